"""Headless Chromium."""

import os
import subprocess

OPTIONS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-extensions", "--no-first-run", "--no-default-browser-check", "--no-proxy-server",
]
# There is no other host than this one.
OFFLINE = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]


def environment(home):
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}


def dump(program, home, address, seconds=60):
    """The page as its scripts have made it, without internet, and what they complained of."""
    done = subprocess.run(
        [program, *OPTIONS, *OFFLINE, f"--user-data-dir={home}/profile", "--enable-logging=stderr",
         f"--virtual-time-budget={seconds * 1000}", "--dump-dom", address],
        env=environment(home), cwd=home, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=seconds, check=False)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]
