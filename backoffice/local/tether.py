"""Run a module so that whatever it forks ends with it.

python -m backoffice.local.tether gunicorn --bind ...
"""

import os
import runpy
import signal
import sys

from backoffice.local.processes import end_with_parent


def main() -> None:
    def tie_to_parent() -> None:
        # The parent that counts is the one that has just forked this process.
        end_with_parent(os.getppid(), signal.SIGKILL)()

    os.register_at_fork(after_in_child=tie_to_parent)
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
