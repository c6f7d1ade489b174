"""The contract as libcommon's tables have it: endpoints, objects, events, errors."""

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path

TABLES = Path(__file__).resolve().parents[3] / "libcommon/include/chat"
RANKS = {"ALL": -1, "USER": 0, "MEMBER": 1, "MODERATOR": 2, "ADMIN": 3, "OWNER": 4}


def _rows(file, macro):
    """The arguments of each use of a macro at the start of a line."""
    text = (TABLES / file).read_text(encoding="utf-8")
    for body in re.findall(rf'^{macro}\((.*?)\)$', text, re.M | re.S):
        line = " ".join(body.split())
        yield [cell.strip() for cell in next(csv.reader([line], skipinitialspace=True))]


@dataclass
class Endpoint:
    name: str
    method: str
    path: str
    access: str
    rate: str
    where: str
    query: str
    request: str
    shape: str
    response: str
    status: int
    words: str
    summary: str
    aliases: list = field(default_factory=list)

    def __str__(self):
        return self.name

    @property
    def rank(self):
        return RANKS[self.access]

    @property
    def params(self):
        return re.findall(r"{(\w+)}", self.path)

    @property
    def paths(self):
        return [self.path, *self.aliases]

    def fill(self, values, path=None):
        """The path with its parameters' values in place."""
        return re.sub(r"{(\w+)}", lambda m: str(values[m[1]]), path or self.path)


@dataclass
class Field:
    name: str
    type: str
    flags: frozenset
    min: int
    max: int


def _read_endpoints():
    found = {}
    for row in _rows("endpoints.def", "EP"):
        endpoint = Endpoint(*row)
        endpoint.status = int(endpoint.status)
        found[endpoint.name] = endpoint
    for name, path in _rows("endpoints.def", "ALIAS"):
        found[name].aliases.append(path)
    return found


def _number(text, limits):
    if text == "LIMIT_ID_MAX":
        return 2**53 - 1
    return limits[text[len("LIMIT_"):]] if text.startswith("LIMIT_") else int(text)


def _read_objects():
    limits = {name: int(value) for name, value, _ in _rows("limits.def", "LIMIT")}
    found = {name: {} for name, _ in _rows("objects.def", "OBJECT")} | {"none": {}}
    for owner, name, kind, flags, low, high, _ in _rows("objects.def", "F"):
        words = frozenset(flags.split(" | ")) - {"0"}
        found[owner][name] = Field(name, kind, words, _number(low, limits), _number(high, limits))
    for owner, name, kind, flags, _, _ in _rows("objects.def", "R"):
        found[owner][name] = Field(name, kind, frozenset(flags.split(" | ")), 0, 0)
    return found


ENDPOINTS = _read_endpoints()
OBJECTS = _read_objects()
EVENTS = {name: data for name, data, *_ in _rows("events.def", "EVENT")}
REACH = {name: reach for name, _, reach, _ in _rows("events.def", "EVENT")}
# code -> status
ERROR_ROWS = {name: (int(status), code) for name, status, code, _ in _rows("errors.def", "ERR")}
ERRORS = {code: status for status, code in ERROR_ROWS.values() if status}

# Literal segments go before parameters, as in chatd's own matching.
_PATTERNS = sorted(
    (
        (path.count("{"), re.compile(re.sub(r"{\w+}", "[^/]+", path) + "/?"), endpoint)
        for endpoint in ENDPOINTS.values()
        for path in endpoint.paths
    ),
    key=lambda entry: entry[0],
)


def match(method, path):
    """The endpoint of a method and a path, or None."""
    bare = path.partition("?")[0]
    for _, pattern, endpoint in _PATTERNS:
        if pattern.fullmatch(bare) and endpoint.method == ("GET" if method == "HEAD" else method):
            return endpoint
    return None
