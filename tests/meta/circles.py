#!/usr/bin/python3
"""No object files of a folder that need each other: each part stands on those below it."""

import os
import subprocess
import sys
from pathlib import Path

TOP, BUILD = Path(os.environ["TOP"]), Path(os.environ["BUILD"])

CHATD, CHATTUI = "chatd/CMakeFiles/chatd_parts.dir", "chattui/CMakeFiles/chattui_parts.dir"

# Each folder with the place where CMake puts its object files, and the files that count as one:
# chatctl's table has the commands help, complete and shell, and these look at it or run what it has.
FOLDERS = {
    "chatctl": ("chatctl/CMakeFiles/chatctl_parts.dir",
                {f"{name}.c" for name in ("command", "args", "run", "help", "manual", "complete", "shell")}),
    "libcommon/base": ("libcommon/CMakeFiles/chat.dir/base", set()),
    "libcommon/proto": ("libcommon/CMakeFiles/chat.dir/proto", set()),
} | {
    f"chatd/{name}": (f"{CHATD}/{name}", set()) for name in ("api", "core", "store", "db", "import")
} | {
    f"chattui/{name}": (f"{CHATTUI}/{name}", set())
    for name in ("text", "model", "net", "config", "input", "commands", "view", "actions")
}


def symbols(path):
    """The global symbols that an object file defines, and those that it needs."""
    listed = subprocess.run(["nm", "--extern-only", "--format=posix", str(path)],
                            capture_output=True, text=True, check=True).stdout
    defined, needed = set(), set()
    for line in listed.splitlines():
        name, kind = line.split()[:2]
        (needed if kind in "Uvw" else defined).add(name)
    return defined, needed


def needs(folder):
    """File -> those of its folder that it calls."""
    place, together = FOLDERS[folder]
    objects = {path.name: symbols(BUILD / place / f"{path.name}.o")
               for path in sorted((TOP / folder).glob("*.c")) if (BUILD / place / f"{path.name}.o").exists()}
    one = min(together, default=None)
    name_of = {file: one if file in together else file for file in objects}
    home = {name: name_of[file] for file, (defined, _) in objects.items() for name in defined}
    graph = {}
    for file, (_, needed) in objects.items():
        graph.setdefault(name_of[file], set()).update(home[name] for name in needed if name in home)
    return {file: others - {file} for file, others in graph.items()}


def find_circle(graph):
    """The files of one circle in their order, or None. Takes away, again and again, what needs
    nothing that is left; what remains leads round."""
    left = dict(graph)
    while left:
        free = [file for file in left if not left[file] & left.keys()]
        if not free:
            break
        for file in free:
            del left[file]
    if not left:
        return None
    path = [next(iter(left))]
    while (file := min(left[path[-1]] & left.keys())) not in path:
        path.append(file)
    return path[path.index(file):] + [file]


def main():
    faults = 0
    for folder in FOLDERS:
        graph = needs(folder)
        if not graph:
            print(f"{folder}: no files")
            faults += 1
        circle = find_circle(graph)
        if circle:
            print(f"{folder}: {' needs '.join(circle)}")
            faults += 1
    return 1 if faults else 0


sys.exit(main())
