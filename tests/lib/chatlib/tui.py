"""chattui as somebody uses it."""

import os
import re
from pathlib import Path

from .daemon import KEPT
from .terminal import Terminal

CHATTUI = os.environ.get("CHATTUI") or str(
    Path(__file__).resolve().parents[3] / "build/chattui/chattui"
)
CONFIG = "[general]\ntime-format = 12:00\n"


def tui(user, home, *options, rows=24, cols=80, term="xterm-256color", config=CONFIG, env=None,
        url=None, command=CHATTUI):
    """chattui in a terminal; home is a directory for its files, user None for nobody."""
    home = Path(home)
    conf = home / "config/chat/chattui.conf"
    conf.parent.mkdir(parents=True, exist_ok=True)
    conf.write_text(config, encoding="utf-8")
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment |= {
        "TERM": term, "LANG": "C.UTF-8", "TZ": "UTC", "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"), "XDG_STATE_HOME": str(home / "state"),
    }
    if user:
        host, port = user.daemon.address
        environment |= {"CHATCTL_URL": f"http://{host}:{port}", "CHATCTL_TOKEN": user.token}
    if url:
        environment["CHATCTL_URL"] = url
    return Terminal([command, *options], environment | (env or {}), rows, cols)


def invite_code(screen):
    """The code of the invite that is shown, once all of it is drawn."""
    return screen.until(lambda: re.search(r"code +(\w{20})\b", screen.text()), "the code")[1]
