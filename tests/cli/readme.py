"""Runs the quick start of README.md as it stands, on a terminal, and compares what it prints.

Each ```console block is a script: lines that begin with "$ " are commands, what follows is their
output. Times differ from run to run, so any one stands for any other. The server's own command runs
beside the others until the end.
"""

import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEADLINE = 600  # the first command may have to build
MARK = "--done--"


def commands(text):
    """Yields (command, expected output) of the section "Quick start"."""
    section = text.split("\n## Quick start\n")[1].split("\n## ")[0]
    for block in re.findall(r"```console\n(.*?)```", section, re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def normal(text):
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "TIME", text)
    text = re.sub(r"http://[\d.]+:\d+", "URL", text)
    return "\n".join(line.rstrip() for line in text.replace("\r", "").strip().splitlines())


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Shell:
    """A bash on a terminal of its own."""

    def __init__(self, env, cwd):
        main, sub = pty.openpty()
        # No echo: what comes back is output alone.
        subprocess.run(["stty", "-echo", "cols", "120"], stdin=sub, check=True)
        self.fd = main
        self.process = subprocess.Popen(["bash", "--norc"], stdin=sub, stdout=sub, stderr=sub,
                                        env=env, cwd=cwd, start_new_session=True)
        os.close(sub)
        self.run("PS1= PS2=")

    def run(self, command):
        os.write(self.fd, f"{command}\necho {MARK}$?\n".encode())
        seen = ""
        end = time.monotonic() + 60
        while not re.search(MARK + r"(\d+)\r?\n", seen):
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                sys.exit(f"no end of: {command}\n{seen}")
            seen += os.read(self.fd, 65536).decode()
        output, status = re.match(r"(.*?)" + MARK + r"(\d+)", seen, re.S).groups()
        return re.sub(r"^(bash-[\d.]+\$ ?)+", "", output), int(status)


def await_port(port, server):
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            select.select([], [], [], 0.1)
    sys.exit("the server did not start")


def main():
    steps = list(commands(open(os.path.join(TOP, "README.md"), encoding="utf-8").read()))
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    failed = 0
    with tempfile.TemporaryDirectory() as home:
        env = dict(os.environ, HOME=home, XDG_STATE_HOME=home + "/state", PORT=str(port),
                   CHATCTL_URL=url, DATABASE_URL=f"sqlite:///{home}/chat.db", NO_COLOR="1",
                   TERM="dumb")
        start, _ = steps.pop(0)
        server = subprocess.Popen(["sh", "-c", f"exec {start}"], cwd=TOP, env=env,
                                  start_new_session=True)
        try:
            await_port(port, server)
            shell = Shell(env, TOP)
            for command, expected in steps:
                # What the README says of its own address is true of this one.
                output, status = shell.run(command.replace("http://127.0.0.1:8000", url))
                if status != 0 or normal(output) != normal(expected):
                    failed += 1
                    print(f"$ {command}\nexpected:\n{expected}got (status {status}):\n{output}")
            shell.process.kill()
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(10)
    print(f"{len(steps) - failed} of {len(steps)} commands do what the README says")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
