import os
from pathlib import Path

import pytest

from chatlib import Client, Daemon, User, recorder, settled, tui

GOLDEN = Path(__file__).with_name("golden")


@pytest.fixture(scope="session")
def session_chatd(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("chatd")) as daemon:
        recorder.load(Client(daemon).get("/openapi.json").json())
        yield daemon


@pytest.fixture
def chatd(session_chatd):
    yield session_chatd
    assert session_chatd.alive(), "chatd died"


@pytest.fixture
def own_chatd(tmp_path):
    """A chatd for one test, which names its users and stops it as it likes."""
    directory = tmp_path / "own"
    directory.mkdir()
    with Daemon(directory) as daemon:
        daemon.options += ("--port", str(daemon.port))
        recorder.load(Client(daemon).get("/openapi.json").json())
        yield daemon


@pytest.fixture
def scene(own_chatd):
    """alice and bob in a server of alice's with two channels, and what they said."""
    alice, bob = User(own_chatd, "alice"), User(own_chatd, "bob")
    place = alice.place("acme")
    place.join(bob)
    place.dev = place.channel("dev")
    alice.send(place.general, "hi all")
    bob.send(place.general, "see https://example.org/ and **this**")
    bob.send(place.dev, "ping @alice")
    place.alice, place.bob = alice, bob
    return place


@pytest.fixture
def start(tmp_path):
    """Starts chattui; ends all of them after the test."""
    started = []

    def start(user, *options, name=None, **how):
        home = tmp_path / (name or (user.name if user else "nobody"))
        started.append(tui(user, home, *options, **how))
        return started[-1]
    yield start
    for terminal in started:
        terminal.close()


@pytest.fixture
def golden():
    """Waits until the screen is the one in golden/NAME.txt. GOLDEN=write writes it instead."""
    def golden(terminal, name):
        path = GOLDEN / f"{name}.txt"
        if os.environ.get("GOLDEN") == "write":
            terminal.quiet(0.5)
            path.parent.mkdir(exist_ok=True)
            path.write_text("\n".join(settled(terminal.lines())) + "\n", encoding="utf-8")
            return
        wanted = path.read_text(encoding="utf-8").split("\n")[:-1]
        try:
            terminal.until(lambda: settled(terminal.lines()) == wanted, name)
        except AssertionError as error:
            rows = zip(wanted, settled(terminal.lines()))
            differ = [f"  wanted {a}\n  there  {b}" for a, b in rows if a != b]
            raise AssertionError(f"{error}\ndiffers from {path.name}:\n"
                                 + "\n".join(differ)) from None
    return golden
