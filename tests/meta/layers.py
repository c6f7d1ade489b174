#!/usr/bin/python3
"""What a source file may include: lower layers, never another program, each library from its home."""

import os
import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]

# Each layer with those that it may include besides itself.
LAYERS = {
    "libcommon/base": [],
    "libcommon/proto": ["libcommon/base"],
    "libcommon/client": ["libcommon/base", "libcommon/proto"],
    "libcommon/gen": ["libcommon/base", "libcommon/proto"],
    "chatd/config": ["libcommon/base", "libcommon/proto"],
    "chatd/bus": ["libcommon/base", "libcommon/proto"],
    "chatd/db": ["libcommon/base", "libcommon/proto"],
    "chatd/store": ["chatd/db", "libcommon/base", "libcommon/proto"],
    "chatd/core": ["chatd/store", "chatd/bus", "libcommon/base", "libcommon/proto"],
    "chatd/api": ["chatd/config", "chatd/core", "chatd/store", "chatd/bus",
                  "libcommon/base", "libcommon/proto"],
    "chatd/net": ["chatd/config", "chatd/api", "chatd/core", "chatd/bus",
                  "libcommon/base", "libcommon/proto"],
    "chatd/import": ["chatd/config", "chatd/core", "chatd/store", "chatd/db",
                     "libcommon/base", "libcommon/proto"],
    "chatd": ["chatd/config", "chatd/import", "chatd/net", "chatd/api", "chatd/core",
              "chatd/store", "chatd/bus", "chatd/db", "libcommon/base", "libcommon/proto"],
    "chatctl": ["libcommon/base", "libcommon/proto", "libcommon/client"],
    "chattui/text": ["libcommon/base", "libcommon/proto"],
    "chattui/model": ["chattui/text", "libcommon/base", "libcommon/proto", "libcommon/client"],
    "chattui/net": ["chattui/model", "libcommon/base", "libcommon/proto", "libcommon/client"],
    "chattui/config": ["chattui/text", "libcommon/base", "libcommon/proto"],
    "chattui/input": ["chattui/config", "chattui/text", "libcommon/base"],
    "chattui/commands": ["chattui/config", "chattui/net", "chattui/model", "chattui/text",
                         "libcommon/base", "libcommon/proto"],
    "chattui/view": ["chattui/input", "chattui/config", "chattui/net", "chattui/model",
                     "chattui/text", "libcommon/base", "libcommon/proto", "libcommon/client"],
    "chattui/actions": ["chattui/view", "chattui/commands", "chattui/input", "chattui/config",
                        "chattui/net", "chattui/model", "chattui/text",
                        "libcommon/base", "libcommon/proto", "libcommon/client"],
    "chattui": ["chattui/actions", "chattui/view", "chattui/commands", "chattui/input",
                "chattui/config", "chattui/net", "chattui/model", "chattui/text",
                "libcommon/base", "libcommon/proto", "libcommon/client"],
}

# A library's headers, and the files that are its home.
LIBRARIES = {
    "libwebsockets.h": ["chatd/net/link.c", "libcommon/client/gateway*", "libcommon/client/socket*"],
    "ev.h": ["chatd/net/*"],
    "openssl/*": ["chatd/net/link.c", "chatd/net/upgrade.c"],
    "sqlite3.h": ["chatd/db/*", "chattui/net/cache.c"],
    "libpq-fe.h": ["chatd/db/*"],
    "nats/*": ["chatd/bus/nats.c"],
    "curl/*": ["libcommon/client/rest.c"],
    "jansson.h": ["libcommon/proto/*", "libcommon/client/*"],
    "zlib.h": ["chatd/api/asset.c"],
    "jwt.h": ["chatd/core/token.c"],
    "sodium.h": ["chatd/core/password.c"],
    "crypt.h": ["chatd/core/password.c"],
    "uni*.h": ["libcommon/base/text.c"],
    "readline/*": ["chatctl/shell.c"],
    "*curses*": ["chattui/view/term.c", "chattui/view/view.c"],
    "fribidi.h": ["chattui/text/bidi.c"],
    "ini.h": ["chattui/config/config.c"],
    "md4c.h": ["libcommon/proto/markup.c", "libcommon/proto/mention.c", "chattui/text/markdown.c"],
    "utf8proc.h": ["chattui/text/glyph.c"],
}

# The compiler's own; the rest of the C library's come from its packages.
COMPILER = {"float.h", "limits.h", "stdalign.h", "stdarg.h", "stdatomic.h", "stdbool.h",
            "stddef.h", "stdint.h", "stdnoreturn.h"}


def libc_headers():
    listed = subprocess.run(["dpkg-query", "-L", "libc6-dev", "linux-libc-dev"],
                            capture_output=True, text=True, check=True).stdout
    return {re.sub(r"^/usr/include/([a-z0-9_]+-linux-gnu[a-z0-9]*/)?", "", line)
            for line in listed.split("\n") if line.endswith(".h")} | COMPILER


def public_layers():
    """The layer of each public header: where the .c file of its name stands, else the protocol."""
    layers = {"errors.def": "libcommon/base"}
    for header in (TOP / "libcommon/include/chat").iterdir():
        for layer in ("libcommon/base", "libcommon/client"):
            if (TOP / layer / f"{header.stem}.c").exists():
                layers[header.name] = layer
        layers.setdefault(header.name, "libcommon/proto")
    return layers


def layer_of(path, public):
    if path.parent.as_posix() == "libcommon/include/chat":
        return public[path.name]
    if path.parent.as_posix() == "chatd" and path.stem in ("config", "options"):
        return "chatd/config"  # the options as plain data: no part of what main() wires
    return path.parent.as_posix()


def fault(path, quote, name, public, libc):
    """What is wrong with one #include, or None."""
    layer = layer_of(path, public)
    if quote == '"':
        program = path.parts[0] if layer.startswith(("chatd", "chatctl", "chattui")) else layer
        found = [place for place in (path.parent / name, Path(program) / name)
                 if (TOP / place).exists()]
        if not found:
            return "is neither in the file's folder nor under its program"
        to = layer_of(Path(os.path.normpath(found[0])), public)
    elif name.startswith("chat/"):
        to = public.get(name.removeprefix("chat/"))
        if to is None:
            return "is no public header"
    else:
        if name in libc:
            return None
        homes = [home for pattern, home in LIBRARIES.items() if fnmatch(name, pattern)]
        if not homes:
            return "is of a library that has no home; see LIBRARIES"
        if not any(fnmatch(path.as_posix(), pattern) for pattern in homes[0]):
            return f"has its home in {' '.join(homes[0])}"
        return None
    if to != layer and to not in LAYERS[layer]:
        return f"is of {to}, which {layer} may not use"
    return None


def main():
    public, libc = public_layers(), libc_headers()
    faults = 0
    for program in ("libcommon", "chatd", "chatctl", "chattui"):
        for path in sorted((TOP / program).rglob("*.[ch]")):
            path = path.relative_to(TOP)
            for number, line in enumerate((TOP / path).read_text().split("\n"), 1):
                match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)', line)
                what = match and fault(path, *match.groups(), public, libc)
                if what:
                    print(f"{path}:{number}: {match[2]} {what}")
                    faults += 1
    return 1 if faults else 0


sys.exit(main())
