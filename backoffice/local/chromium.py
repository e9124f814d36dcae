"""The browser for the browser tests: Debian's, because it comes with everything it needs.

Chromium without its windows does the same with 40 % of the processor's time.
"""

import os
import shutil
import subprocess

WITHOUT_WINDOWS = "chromium-headless-shell"
PACKAGES = [WITHOUT_WINDOWS, "fonts-dejavu-core"]


def chromium() -> str | None:
    return shutil.which(WITHOUT_WINDOWS) or shutil.which("chromium")


def why_no_browser() -> str:
    """Empty if there is one, after installing it where we may."""
    if chromium():
        return ""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return f"there is no Chromium on the PATH (on Debian: apt-get install {WITHOUT_WINDOWS})"
    print("Installing Chromium for the browser tests ...", flush=True)
    return apt_get("update") or apt_get("install", "--yes", "--no-install-recommends", *PACKAGES)


def apt_get(*arguments: str) -> str:
    done = subprocess.run(
        ["apt-get", "--quiet", *arguments],
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    return f"apt-get {arguments[0]} failed: {done.stderr.strip()}" if done.returncode else ""
