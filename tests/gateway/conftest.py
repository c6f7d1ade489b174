import os

from chatlib.fixtures import *  # pylint: disable=wildcard-import,unused-wildcard-import

SEEDS = int(os.environ.get("SEEDS", "200"))


def pytest_addoption(parser):
    parser.addoption("--seed", type=int, help="replays one seed of the model test")
    parser.addoption("--crowd", type=int, default=1000, help="users of the reconnection storm")


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        one = metafunc.config.getoption("seed")
        metafunc.parametrize("seed", range(SEEDS) if one is None else [one])
