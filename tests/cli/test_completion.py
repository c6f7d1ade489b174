"""Tab in real shells: bash, zsh and fish, each on a terminal, with the installed completions.

After Tab the line is run, by a function of the program's name that shows its arguments. So what
counts is what the program would get, whatever quotes the shell makes of a name.
"""

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from chatlib import Daemon, Terminal, User, is_sanitized, until

PREFIX = Path(os.environ["PREFIX"])
# A name with much that shells treat in a way of their own.
PLAIN = "plain"
HOSTILE = ["x:#y", "#hash", "qu'o\"te", "back\\slash", "oh!x", "a b", "~tilde", "gl*ob?"]
ODD = "It's $HOME \"x\" 100% & more"
POSIX = """
chatctl() { printf '<%s>' "$@"; echo =; }
chattui() { printf '<%s>' "$@"; echo =; }
"""
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], POSIX + """
source SHARE/bash-completion/completions/chatctl
source SHARE/bash-completion/completions/chattui
PS1='ready> '
"""),
    "zsh": (["zsh", "-f", "-i"], POSIX + """
unsetopt prompt_sp
fpath=(SHARE/zsh/site-functions $fpath)
autoload -Uz compinit
compinit -D -u
PROMPT='ready> '
"""),
    "fish": (["fish", "--no-config", "-i"], """
set -g fish_autosuggestion_enabled 0
source SHARE/fish/vendor_completions.d/chatctl.fish
source SHARE/fish/vendor_completions.d/chattui.fish
function chatctl; printf '<%s>' $argv; echo =; end
function chattui; printf '<%s>' $argv; echo =; end
function fish_prompt; printf 'ready> '; end
"""),
}


@pytest.fixture(scope="module")
def chatd(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("chatd")) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def env(chatd, tmp_path_factory):
    """The environment of somebody who is logged in and has completed something before."""
    home = tmp_path_factory.mktemp("home")
    alice, bob = User(chatd, "alice"), User(chatd, "bob")
    place = alice.place("ACME")
    place.channel("dev")
    place.join(bob)
    alice.place(ODD).channel("ops")
    plain = alice.place(PLAIN)
    for name in HOSTILE:
        plain.channel(name)
    alice.place("4711")
    (home / "my password.txt").write_text(alice.password + "\n")
    (home / "folder.txt").touch()
    env = {"PATH": f"{PREFIX}/bin:{os.environ['PATH']}", "HOME": str(home), "LC_ALL": "C.UTF-8",
           "TERM": "xterm", "NO_COLOR": "1", "CHATCTL_URL": f"http://127.0.0.1:{chatd.port}"}
    chatctl(env, "-c", "work", "login", "alice", "--password-file", home / "my password.txt")
    chatctl(env, "context", "add", "spare", "http://127.0.0.1:1")
    until(lambda: offers(env, "send", "ACME:#d"), "the names to be known")
    return env


def chatctl(env, *args):
    done = subprocess.run([PREFIX / "bin/chatctl", *args], env=env, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done
    return done.stdout


def offers(env, *words):
    """What chatctl itself offers for the last of the words."""
    return chatctl(env, "complete", "--", *words).splitlines()


class Shell(Terminal):
    """A shell on a terminal, with the completions."""

    def __init__(self, name, env, folder):
        command, settings = SHELLS[name]
        self.cleared = 0
        rc = folder / "rc"
        rc.write_text(settings.replace("SHARE", str(PREFIX / "share")))
        super().__init__(command, env, rows=60, cols=160, cwd=env["HOME"])
        self.until(lambda: self.text().strip(), "a prompt")
        self.type(f"source {rc}\r")
        self.until(self.is_ready, "the prompt")

    def is_ready(self):
        return self.lines()[self.screen.cursor()[0]] == "ready>"

    def clear(self):
        """An empty line on a screen that shows only a number."""
        self.cleared += 1
        self.type(f"\x15clear; echo {self.cleared}\r")
        self.until(lambda: self.lines()[0] == str(self.cleared) and self.is_ready(), "a clear screen")

    def arguments(self, line):
        """Types the line, Tab and Enter; the arguments that the program then gets."""
        self.clear()
        self.type(line + "\t\r")
        shown = self.until(lambda: re.search(r"^(<.*>)=$", self.text(), re.M), f"what {line!r} gives")
        return shown[1][1:-1].split("><")

    def lists(self, line, words):
        """Types the line and Tab twice, and waits until all of the words are listed."""
        self.clear()
        self.type(line + "\t\t")
        self.shows(*(re.compile(rf"(^|[\s(]){re.escape(word)}(\s|$)", re.M) for word in words))
        self.clear()


@pytest.fixture(params=SHELLS)
def shell(request, env, tmp_path):
    if not shutil.which(request.param):
        pytest.skip(f"no {request.param} here")
    with Shell(request.param, env, tmp_path) as shell:
        shell.name = request.param
        yield shell


def test_one_that_fits(shell):
    for line, expected in {
        "chatctl hist": ["history"],
        "chatctl server cr": ["server", "create"],
        "chatctl -c work server lis": ["-c", "work", "server", "list"],
        "chatctl send 1 --li": ["send", "1", "--lines"],
        "chatctl whoami -o nd": ["whoami", "-o", "ndjson"],
        "chatctl whoami --output=nd": ["whoami", "--output=ndjson"],
        "chatctl status aw": ["status", "away"],
        "chatctl member role ACME @bob mod": ["member", "role", "ACME", "@bob", "moderator"],
        "chatctl whoami -c sp": ["whoami", "-c", "spare"],
        "chatctl server show AC": ["server", "show", "ACME"],
        "chatctl send ACME:": ["send", "ACME:#"],
        "chatctl send ACME:#d": ["send", "ACME:#dev"],
        "chatctl send 'ACME:#d": ["send", "ACME:#dev"],
        "chatctl send '#de": ["send", "#dev"],
        "chatctl ban add ACME @b": ["ban", "add", "ACME", "@bob"],
        "chatctl server show It": ["server", "show", ODD],
        "chatctl server show \"It": ["server", "show", ODD],
        "chatctl send It": ["send", ODD + ":#"],
        "chatctl nonsense x": ["nonsense", "x"],
    }.items():
        assert shell.arguments(line) == expected, line


def test_hostile_names(shell, env):
    """What Tab makes of a name's beginning is one argument, and one that chatctl finds."""
    for name in HOSTILE:
        begin = name[:2]  # fish expands what has a * itself
        line = f"chatctl send '{PLAIN}:#{begin}" if "'" not in begin else f'chatctl send "{PLAIN}:#{begin}'
        found = shell.arguments(line)
        assert found == ["send", f"{PLAIN}:#{name}"], line
        shown = json.loads(chatctl(env, "channel", "show", found[1], "--json", "name"))
        assert shown == {"name": name}
    assert shell.arguments("chatctl server show 47") == ["server", "show", "4711:"]
    assert json.loads(chatctl(env, "server", "show", "4711:", "--json", "name")) == {"name": "4711"}


def test_twice_on_one_line(shell):
    """What was completed, with whatever escapes the shell made, is in the way of nothing."""
    shell.clear()
    shell.type("chatctl member role It\t")
    shell.shows("more")
    shell.type("@al\tmod\t\r")
    shown = shell.until(lambda: re.search(r"^(<.*>)=$", shell.text(), re.M), "the arguments")
    assert shown[1][1:-1].split("><") == ["member", "role", ODD, "@alice", "moderator"]
    assert shell.arguments("chatctl channel create back\\\\slash --des") == \
        ["channel", "create", "back\\slash", "--description"]
    assert shell.arguments("chatctl send a\\ b --li") == ["send", "a b", "--lines"]


def test_files(shell):
    for line, expected in {
        "chatctl login alice --password-file my": ["login", "alice", "--password-file", "my password.txt"],
        "chatctl -f \"fold": ["-f", "folder.txt"],
        # Where a file is not wanted, none is offered.
        "chatctl server show my": ["server", "show", "my"],
    }.items():
        assert shell.arguments(line) == expected, line


def test_several_that_fit(shell, env):
    commands = json.loads(chatctl(env, "help", "-o", "json"))
    shell.lists("chatctl ", {command["words"].split()[0] for command in commands["commands"]})
    about = [] if shell.name == "bash" else ["Make a server with a channel"]
    shell.lists("chatctl server ", ["create", "list", "show", "update", "delete", *about])
    shell.lists("chatctl whoami --", [option["name"] for option in commands["options"]])
    shell.lists("chatctl member role ACME @bob ", ["member", "moderator", "admin", "owner"])


def test_chattui(shell, env):
    assert shell.arguments("chattui --no-c") == ["--no-cache"]
    assert shell.arguments("chattui -c sp") == ["-c", "spare"]
    assert shell.arguments("chattui --context wo") == ["--context", "work"]
    assert shell.arguments("chattui --config fol") == ["--config", "folder.txt"]
    usage = subprocess.run([PREFIX / "bin/chattui", "--help"], env=env, capture_output=True,
                           text=True, check=True).stdout
    shell.lists("chattui --", re.findall(r"^ .*(--[a-z-]+)", usage, re.M))


def test_every_flag_of_every_command(env):
    """From the table: what help says of a command is what Tab offers."""
    commands = json.loads(chatctl(env, "help", "-o", "json"))
    every = {option["name"] for option in commands["options"]}
    lines = [(*command["words"].split(), "--") for command in commands["commands"]]
    for command, line in zip(commands["commands"], lines):
        own = {arg["name"] for arg in command["arguments"] if arg["name"].startswith("--")}
        assert set(offers(env, *line)) == own | every, line


def grow_old(env):
    for cache in Path(env["HOME"], ".cache/chat").glob("places-*"):
        assert cache.stat().st_mode & 0o777 == 0o600
        os.utime(cache, (0, 0))


def test_new_names_come_in_time(env):
    chatctl(env, "-c", "work", "channel", "create", "ACME", "newest")
    grow_old(env)
    until(lambda: "ACME:#newest" in offers(env, "send", "ACME:#n"), "the new name")
    assert offers(env, "ban", "add", "ACME", "") == ["@alice", "@bob"]


def test_a_slow_server_delays_nobody(env, chatd):
    """The names come from the cache, however old, and the server is asked in the background."""
    known = offers(env, "send", "")
    assert "ACME:#dev" in known
    os.kill(chatd.process.pid, 19)  # SIGSTOP
    try:
        grow_old(env)
        def is_quick():
            begin = time.monotonic()
            assert offers(env, "send", "") == known
            return time.monotonic() - begin < budget
        # Other tests run beside this one.
        budget = 1 if is_sanitized(PREFIX / "bin/chatctl") else 0.1
        until(is_quick, "what is known")
    finally:
        os.kill(chatd.process.pid, 18)  # SIGCONT
