"""Popups over wide characters: both halves of one are there again, and nothing beside them moved."""

import re

import pytest

NAME = "\u65e5\u672c\u8a9e\u30c1\u30e3\u30f3\u30cd\u30eb\u540d\u524d\u9577\u3044"


def screen_of(screen):
    return [re.sub(r"lag +\d+ms", "", line) for line in screen.lines()]


@pytest.mark.parametrize("cols", [80, 81, 120, 121])
@pytest.mark.parametrize("pad", ["", "x"])
@pytest.mark.parametrize("term", ["xterm-256color", "vt100"])
def test_popup_over_halves(scene, start, cols, pad, term):
    scene.channel(pad + NAME)
    for i in range(20):
        scene.bob.send(scene.general, pad + NAME * (1 + i % 5))
    screen = start(scene.alice, cols=cols, term=term, config="[general]\ntime-format = 12:00\n")
    screen.shows(" #" + pad + NAME[:4], "bob")
    screen.quiet()
    before = screen_of(screen)
    for keys, title in (("\x0b", "Go to"), ("\033OP", "Help"), ("\x0bx", "Go to")):
        screen.type(keys)
        screen.shows(title)
        screen.quiet()
        over = screen_of(screen)
        screen.type("\x0c")
        screen.quiet()
        assert screen_of(screen) == over
        screen.type("\033")
        screen.hides(title)
        screen.quiet()
        assert screen_of(screen) == before
