#!/usr/bin/python3
"""The generated parts of pages and completions are as the programs print them; --write makes them so.

Such a part stands between two comment lines, whatever the file's comments look like:

    .\\" made by: chat-gen man-api
    .\\" made until here
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BUILD", TOP / "build"))
PROGRAMS = {"chat-gen": "libcommon/chat-gen", "chatd": "chatd/chatd", "chatctl": "chatctl/chatctl",
            "chattui": "chattui/chattui"}
PART = re.compile(r"^(\S+ made by: ([^\n]*?)(?: -->)?\n)(.*?)^(\S+ made until here)", re.M | re.S)


def output(command):
    program, *arguments = shlex.split(command)
    return subprocess.run([BUILD / PROGRAMS[program], *arguments], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=True).stdout


def main():
    write = sys.argv[1:] == ["--write"]
    parts = stale = 0
    for path in sorted([*TOP.glob("man/*"), *TOP.glob("completions/*"), TOP / "README.md"]):
        if not path.is_file():
            continue
        old = path.read_text()
        new = PART.sub(lambda part: part[1] + output(part[2]) + part[4], old)
        parts += len(PART.findall(old))
        if new != old:
            stale += 1
            print(f"{path.relative_to(TOP)}: {'written' if write else 'stale; run fresh.py --write'}")
            if write:
                path.write_text(new)
    if not parts:
        print("nothing is generated")
        return 77
    return 1 if stale and not write else 0


sys.exit(main())
