"""The browser for the browser tests: Debian's, because it comes with everything it needs."""

import os
import shutil
import subprocess

PACKAGES = ["chromium", "fonts-dejavu-core"]


def why_no_browser() -> str:
    """Empty if there is one, after installing it where we may."""
    if shutil.which("chromium"):
        return ""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return "there is no chromium on the PATH (on Debian: apt-get install chromium)"
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
