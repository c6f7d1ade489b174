"""How long chatctl takes before it does what it is asked: a person's prompt and a script's loop wait.

What counts is the time on the processor, the least of several runs: other tests run beside this.
"""

import os
import subprocess
from pathlib import Path

import pytest

from chatlib import Daemon, User, is_sanitized

CHATCTL = Path(os.environ["PREFIX"]) / "bin/chatctl"
BUDGET = 0.020  # s
RUNS = 15


def least(*args, env):
    times = []
    for _ in range(RUNS):
        with subprocess.Popen([CHATCTL, *args], env=env, stdout=subprocess.DEVNULL) as process:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, args
        times.append(used.ru_utime + used.ru_stime)
    return min(times)


def test_startup(tmp_path):
    if is_sanitized(CHATCTL):
        pytest.skip("a sanitizer takes its own time")
    with Daemon(tmp_path) as chatd:
        alice = User(chatd, "alice")
        env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CHATCTL_TOKEN": alice.token,
               "CHATCTL_URL": f"http://127.0.0.1:{chatd.port}"}
        for args in (["--version"], ["whoami"]):
            took = least(*args, env=env)
            print(f"chatctl {' '.join(args)}: {took * 1000:.1f} ms")
            assert took <= BUDGET, args
