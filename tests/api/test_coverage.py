"""Every endpoint was called, answered well, was checked, and was seen to refuse."""

import pytest

from chatlib import ENDPOINTS, recorder


def implied(endpoint):
    """The statuses that a row promises."""
    statuses = {endpoint.status}
    if endpoint.rank >= 0:
        statuses.add(401)
    if endpoint.rank >= 1:
        statuses.add(403)
    if endpoint.params:
        statuses.add(404)
    if endpoint.query != "none":
        statuses.add(422)
    if endpoint.request != "none":
        statuses |= {400, 413, 415, 422}
    return statuses


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=str)
def test_endpoint_was_seen(endpoint):
    missing = implied(endpoint) - recorder.seen[endpoint.name]
    assert not missing, f"{endpoint} was never seen to answer {sorted(missing)}"
    unchecked = recorder.seen[endpoint.name] - recorder.checked[endpoint.name]
    assert not unchecked, f"{endpoint}: {sorted(unchecked)} never checked against /openapi.json"
