"""Peers that are dead are found. The sockets open when the suite begins and this comes last, so that
the time passes under the other tests."""

HEARTBEAT_SECONDS = 25
HANDSHAKE_SECONDS = 10


def test_who_answers_no_ping_is_cut_off_within_a_minute(sleepers):
    assert HEARTBEAT_SECONDS - 1 < sleepers.wait("silent") < 60


def test_who_owes_acknowledgements_is_cut_off_within_a_minute(sleepers):
    """One whose receive buffer is full, so that no ping reaches it."""
    assert HEARTBEAT_SECONDS - 1 < sleepers.wait("full") < 60


def test_half_a_handshake_is_cut_off(sleepers):
    assert HANDSHAKE_SECONDS - 1 < sleepers.wait("half") < HANDSHAKE_SECONDS + 10


def test_who_answers_pings_stays(sleepers):
    sleepers.wait("silent")
    sleepers.check_alive()
