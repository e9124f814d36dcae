"""Child processes whose lines appear here with a prefix, and which never outlive this one."""

import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import IO, Any

from backoffice.local.accounts import Account, as_account
from backoffice.local.refusal import CannotStart

PR_SET_PDEATHSIG = 1
# Loaded here, because little may happen between fork and exec.
_prctl = getattr(ctypes.CDLL(None), "prctl", None)
COLOURS = {"web": 32, "worker": 33, "beat": 35, "postgres": 36, "redis": 31}


def end_with_parent(parent: int, with_signal: int) -> Callable[[], None]:
    """What a child runs before exec: when `parent` dies, however it dies, so does the child."""

    def prepare() -> None:
        if _prctl is not None:
            _prctl(PR_SET_PDEATHSIG, with_signal)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


@dataclass
class Child:
    """One running process; everything it writes comes through `pipe`."""

    name: str
    popen: subprocess.Popen[bytes]
    stop_with: int
    pipe: IO[bytes]
    unfinished: bytes = b""
    fell_silent: bool = False  # nobody holds the other end of the pipe any more

    def is_alive(self) -> bool:
        return self.popen.poll() is None

    def has_gone(self) -> bool:
        """It and all that it forked: a server's children outlive it for a moment."""
        return self.fell_silent and not self.is_alive()

    def signal(self, number: int) -> None:
        if self.is_alive():
            self.popen.send_signal(number)

    def kill_group(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)


@dataclass
class Processes:
    """All children of this command. One thread only: forking is safe, output never interleaves."""

    inherited: Sequence[int] = ()
    quiet: bool = False
    children: list[Child] = field(default_factory=list)
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _interruptions: int = 0
    _stopping: bool = False

    def heed_signals(self) -> None:
        """Closing the terminal and `kill` mean the same as Ctrl-C, even in the background."""
        signal.signal(signal.SIGINT, self._note)
        signal.signal(signal.SIGTERM, self._note)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        """Raising here would be lost where Python ignores exceptions, such as its fork hooks."""
        self._interruptions += 1

    def _raise_if_interrupted(self) -> None:
        if self._interruptions:
            self._interruptions = 0
            raise KeyboardInterrupt

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        account: Account | None = None,
        stop_with: int = signal.SIGTERM,
        die_with: int = signal.SIGKILL,
        inherited: Sequence[int] = (),
    ) -> Child:
        popen = self._popen(
            command,
            env=dict(environment),
            preexec_fn=end_with_parent(os.getpid(), die_with),
            pass_fds=[*self.inherited, *inherited],
            **as_account(account),
        )
        assert popen.stdout
        child = Child(name, popen, stop_with, popen.stdout)
        os.set_blocking(child.pipe.fileno(), False)
        self._selector.register(child.pipe, selectors.EVENT_READ, child)
        self.children.append(child)
        return child

    def _popen(self, command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
        """In a session of its own, so that Ctrl-C reaches only us and we stop things in order."""
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                start_new_session=True,
                cwd="/",
                **options,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise CannotStart(f"{command[0]} could not be started: {error}.") from None

    def run(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> int:
        """Start, show what it says, wait for its end."""
        return self.finish(self.start(name, command, environment))

    def finish(self, child: Child) -> int:
        while child.is_alive():
            self.pump()
        self._forget(child)
        return child.popen.returncode

    def wait_until(
        self, ready: Callable[[], bool], child: Child, seconds: float, what: str
    ) -> None:
        until = time.monotonic() + seconds
        while not ready():
            if not child.is_alive():
                self._forget(child)
                raise CannotStart(f"{what} ended while starting; what it said is above.")
            if time.monotonic() > until:
                raise CannotStart(f"{what} did not start within {seconds:.0f} seconds.")
            self.pump(0.05)

    # --- output --------------------------------------------------------------

    def pump(self, seconds: float = 0.2) -> None:
        """Show what was written meanwhile; wait at most so long for it. Here Ctrl-C is heeded."""
        self._raise_if_interrupted()
        if not self._selector.get_map():
            time.sleep(min(seconds, 0.05))
        for key, _ in self._selector.select(seconds):
            self._read(key.data)

    def _read(self, child: Child) -> bool:
        chunk = child.pipe.read(65536)
        if chunk:
            self._show(child, chunk)
        elif chunk == b"" and not child.fell_silent:
            child.fell_silent = True
            self._selector.unregister(child.pipe)
        return bool(chunk)

    def _show(self, child: Child, chunk: bytes) -> None:
        *lines, child.unfinished = (child.unfinished + chunk).split(b"\n")
        for line in lines:
            self._print(child.name, line)

    def _print(self, name: str, line: bytes) -> None:
        if self.quiet:
            return
        try:
            sys.stdout.buffer.write(prefix(name).encode() + line + b"\n")
            sys.stdout.buffer.flush()
        except OSError:
            # The terminal or the pipe has gone: nobody is left to press Ctrl-C.
            self.quiet = True
            self._interruptions += not self._stopping

    def _forget(self, child: Child) -> None:
        while self._read(child):
            pass
        if child.unfinished:
            self._show(child, b"\n")
        if not child.fell_silent:
            self._selector.unregister(child.pipe)
        child.pipe.close()
        self.children.remove(child)

    # --- the end -------------------------------------------------------------

    def stop(self, *names: str, seconds: float = 10) -> None:
        """Ask these to end, wait, then insist."""
        self._stopping = True
        stopping = [child for child in self.children if child.name in names]
        for child in stopping:
            child.signal(child.stop_with)
        until = time.monotonic() + seconds
        while any(child.is_alive() for child in stopping) and time.monotonic() < until:
            self.pump(0.05)
        for child in stopping:
            child.kill_group()
            child.popen.wait()
            self._forget(child)

    def kill(self) -> None:
        """Without waiting for anything."""
        for child in self.children:
            child.kill_group()


def prefix(name: str) -> str:
    padded = f"{name:<8} | "
    return (
        f"\033[{COLOURS[name]}m{padded}\033[0m"
        if name in COLOURS and sys.stdout.isatty()
        else padded
    )
