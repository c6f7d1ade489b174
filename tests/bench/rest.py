"""What a request costs chatd: processor time for small answers, one at a time and pipelined, plain
and under TLS, and what an idle gateway keeps in memory. With --beside, another chatd in the same run.

wrk loads one core, chatd has the other; the figures are chatd's own user and system time, from /proc,
for each request that was answered. Each round loads all servers in turn.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("BUILD") or HERE.parents[1] / "build")
os.environ.setdefault("CHATD", str(BUILD / "chatd/chatd"))
sys.path.insert(0, str(HERE.parent / "lib"))

# pylint: disable=wrong-import-position
from chatlib import Gateway, User
from chatlib.daemon import Daemon
from chatlib.tls import OPTIONS, make_certificate

TICK = os.sysconf("SC_CLK_TCK")
DEPTH = 16
LOADS = {"GET": (False, False), f"GET, {DEPTH} pipelined": (False, True),
         "GET, TLS": (True, False), f"GET, TLS, {DEPTH} pipelined": (True, True)}
SCRIPT = f"""
init = function()
	all = string.rep(wrk.format("GET", "/"), {DEPTH})
end
request = function() return all end
"""


def spent(pid):
    """Seconds of processor time."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def resident(pid):
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGESIZE")


def cost(daemon, tls, pipelined, script, options):
    """Microseconds of chatd's time for one answer."""
    command = ["wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds}s"]
    if pipelined:
        command += ["-s", str(script)]
    before = spent(daemon.process.pid)
    done = subprocess.run([*command, f"{'https' if tls else 'http'}://127.0.0.1:{daemon.port}/"],
                          capture_output=True, text=True, check=True)
    used = spent(daemon.process.pid) - before
    found = re.search(r"(\d+) requests in", done.stdout)
    if found is None or "Non-2xx" in done.stdout:
        sys.exit(f"the load failed: {done.stdout}{done.stderr}")
    return used * 1e6 / int(found[1])


def start(directory, program, tls):
    directory.mkdir()
    if tls:
        make_certificate(directory)
    return Daemon(directory, "--rate-limit", "off", *(OPTIONS if tls else ()), program=program)


def idle(daemon, count):
    """Bytes that each of so many gateways keeps."""
    user = User(daemon)
    before = resident(daemon.process.pid)
    sockets = [Gateway(user) for _ in range(count)]
    for gateway in sockets:
        gateway.ready()
    grown = resident(daemon.process.pid) - before
    for gateway in sockets:
        gateway.close()
    return grown / count


def main():
    parser = argparse.ArgumentParser(prog="run.sh rest", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--idle", type=int, default=2000, help="gateways")
    parser.add_argument("--beside", metavar="CHATD", help="another chatd to compare with")
    options = parser.parse_args()
    programs = {"chatd": os.environ["CHATD"]} | ({"beside": options.beside} if options.beside else {})
    figures = {name: {} for name in programs}
    with ExitStack() as stack:
        top = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        script = top / "pipeline.lua"
        script.write_text(SCRIPT, encoding="ascii")
        for number, (load, (tls, pipelined)) in enumerate(LOADS.items()):
            daemons = {name: stack.enter_context(start(top / f"{name}-{number}", program, tls))
                       for name, program in programs.items()}
            for _ in range(options.rounds):
                for name, daemon in daemons.items():
                    figures[name].setdefault(load, []).append(cost(daemon, tls, pipelined, script, options))
            if number == 0:
                for name, daemon in daemons.items():
                    figures[name]["an idle gateway"] = [idle(daemon, options.idle)]
    for load in [*LOADS, "an idle gateway"]:
        unit = "bytes" if load.startswith("an") else "us"
        line = f"{load:24} {median(figures['chatd'][load]):8.2f} {unit}"
        if options.beside:
            ratios = sorted(a / b for a, b in zip(figures["chatd"][load], figures["beside"][load]))
            line += f"   beside {median(figures['beside'][load]):8.2f}   ratio {median(ratios):.2f} " \
                    f"({ratios[0]:.2f} to {ratios[-1]:.2f})"
        print(line)


main()
