"""What the suites need to talk to a real chatd: its process, two raw clients, and people."""

from .contract import ENDPOINTS, ERRORS, EVENTS, OBJECTS, REACH, Endpoint
from .daemon import CHATD, SECRET, Daemon, is_sanitized, run, until
from .gateway import Gateway, Mirror
from .http1 import Closed, Connection, Reply
from .people import Client, Place, User, jwt, now
from .recorder import recorder
from .terminal import Screen, Terminal, settled
from .tui import CHATTUI, invite_code, tui
from .ws import Socket

__all__ = [
    "CHATD", "CHATTUI", "ENDPOINTS", "ERRORS", "EVENTS", "OBJECTS", "REACH", "SECRET",
    "Client", "Closed", "Connection", "Daemon", "Endpoint", "Gateway", "Mirror", "Place", "Reply",
    "Screen", "Socket", "Terminal", "User", "invite_code", "is_sanitized", "jwt", "now", "recorder", "run",
    "settled", "tui", "until",
]
