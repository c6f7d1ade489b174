"""A chatd process in a directory of its own."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

from .patience import PATIENCE

CHATD = os.environ.get("CHATD") or str(
    Path(__file__).resolve().parents[3] / "build/chatd/chatd"
)
SECRET = "a-key-that-only-the-tests-use-0123456789"
KEPT = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "LLVM_PROFILE_FILE",
        "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS")
FAULTS = re.compile(r"Sanitizer|runtime error:|SUMMARY: ")


def is_sanitized(program):
    """Whether a sanitizer, which takes its own time, is built in."""
    data = Path(program).read_bytes()
    return b"__asan_init" in data or b"__tsan_init" in data


def until(probe, what="it", seconds=PATIENCE):
    """Polls until probe() gives something true, which is returned."""
    deadline = time.monotonic() + seconds
    while True:
        found = probe()
        if found:
            return found
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(0.01)


def environment(env):
    """What chatd sees: nothing of the caller's own settings."""
    return {name: os.environ[name] for name in KEPT if name in os.environ} | (env or {})


def run(*options, cwd, env=None):
    """chatd run to its end, as (exit code, standard output, standard error)."""
    done = subprocess.run(
        [CHATD, *options], cwd=cwd, env=environment(env), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )
    return done.returncode, done.stdout, done.stderr


class Daemon:
    """chatd with these options; in `directory` are its database and (by default) its log."""

    def __init__(self, directory, *options, env=None, log=None, preexec=None, program=CHATD):
        self.directory = Path(directory)
        self.options = options or ("--rate-limit", "off")
        self.env = {"SECRET_KEY": SECRET, "LOG_FORMAT": "json"} if env is None else env
        self.log_path = Path(log) if log else self.directory / "chatd.log"
        self.preexec = preexec
        self.program = program
        self.process = None
        self.port = None

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        if self.process and self.process.poll() is None:
            code = self.stop()
            if kind is None:
                assert code == 0, f"chatd ended with {code}:\n{self.log()[-3000:]}"

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    def start(self):
        with open(self.log_path, "ab") as log:
            begin = log.tell()
            options = ["--host", "127.0.0.1", "--port", "0",
                       "--database-url", "sqlite:///./chat.db", *self.options]
            self.process = subprocess.Popen(
                [self.program, *options], cwd=self.directory, env=environment(self.env),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=self.preexec,
            )

        def listening():
            text = self.log()[begin:]
            found = re.search(r"listening.*?port[=\":]+(\d+)", text)
            assert found or self.process.poll() is None, f"chatd does not start:\n{text}"
            return found

        self.port = int(until(listening, "chatd to listen")[1])
        return self

    def log(self):
        return self.log_path.read_text(encoding="utf-8")

    def log_lines(self):
        return [json.loads(line) for line in self.log().splitlines()]

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=PATIENCE):
        """SIGTERM; the exit code. Fails when chatd takes longer, or a sanitizer complained."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"chatd did not end within {seconds} s of SIGTERM") from None
        assert not FAULTS.search(self.log()), self.log()[-5000:]
        return code
