"""The table of hostile heads, tests/lib/heads.def, as the parser's unit test has it."""

import re
from dataclasses import dataclass
from pathlib import Path

from . import contract

TABLE = Path(__file__).resolve().parents[1] / "heads.def"
TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|\w+|[(),]')
ESCAPE = re.compile(r"\\(x[0-9a-fA-F]+|[0-7]{1,3}|.)", re.S)
LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", '"': '"', "\\": "\\"}


@dataclass
class Head:
    name: str
    error: str | None  # the row's name in errors.def; None: it is not refused
    whole: bool
    bytes: bytes
    read: str | None = None

    def __str__(self):
        return self.name

    @property
    def refusal(self):
        """Status and code."""
        return contract.ERROR_ROWS[self.error]

    @property
    def length(self):
        """Of the body; 0 when none was given."""
        found = re.search(r" 1\.\d (\d+) (keep|close)", self.read or "")
        return int(found[1]) if found else 0

    @property
    def keeps(self):
        return self.read is None or re.search(r" 1\.\d (-|\d+) keep", self.read) is not None

    @property
    def behind(self):
        """What stands behind a whole head."""
        return self.bytes[self.bytes.index(b"\r\n\r\n", 2) + 4:]


def _unescape(match):
    word = match[1]
    if word[0] == "x":
        return chr(int(word[1:], 16))
    return chr(int(word, 8)) if word[0] in "01234567" else LETTERS[word]


def _literal(tokens, words):
    """Adjacent literals, and words that stand for such, as one string of bytes."""
    return b"".join(words[token] if token in words else
                    ESCAPE.sub(_unescape, token[1:-1]).encode("latin-1") for token in tokens)


def _arguments(tokens):
    """The tokens up to the closing parenthesis, by argument."""
    arguments = [[]]
    for token in tokens:
        if token == ")":
            return arguments
        if token == ",":
            arguments.append([])
        elif token != "(":
            arguments[-1].append(token)
    raise ValueError("a row does not end")


def _head(kind, arguments, words):
    def text(i):
        return _literal(arguments[i], words)

    name = text(0).decode()
    error = arguments[1][0] if kind.endswith("BAD") else None
    rest = 2 if error else 1
    data = text(rest)
    if kind.startswith("LONG"):
        data += int(arguments[rest + 1][0]) * text(rest + 2) + text(rest + 3)
    return Head(name, error, kind.endswith("GOOD"), data,
                text(2).decode("latin-1") if kind == "GOOD" else None)


def _read():
    text = re.sub(r"/\*.*?\*/", "", TABLE.read_text(encoding="utf-8"), flags=re.S)
    words = {}
    for name, body in re.findall(r"^#define (\w+) (.*)$", text, re.M):
        words[name] = _literal(TOKEN.findall(body), words)
    tokens = iter(TOKEN.findall(re.sub(r"^#.*$", "", text, flags=re.M)))
    return [_head(kind, _arguments(tokens), words) for kind in tokens]


HEADS = _read()
GOOD = [head for head in HEADS if head.whole]
BAD = [head for head in HEADS if head.error]
