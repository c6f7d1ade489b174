"""SQLite's files, byte by byte: https://sqlite.org/fileformat2.html, "The Write-Ahead Log"."""

import struct
from pathlib import Path

HEADER, FRAME = 32, 24


def newest_pages(path):
    """{number: bytes} of what the log of the database at this path has, as of its last commit."""
    log = Path(f"{path}-wal").read_bytes()
    size, = struct.unpack_from(">I", log, 8)
    salt = log[16:24]
    committed, pending = {}, {}
    for at in range(HEADER, len(log) - FRAME - size + 1, FRAME + size):
        number, commit = struct.unpack_from(">II", log, at)
        if log[at + 8:at + 16] != salt:  # left over from before the log began anew
            break
        pending[number] = log[at + FRAME:at + FRAME + size]
        if commit:
            committed.update(pending)
            pending.clear()
    return committed


def copy_back(path, count):
    """Copies the first pages of the log into the database as a checkpoint does, in the order of
    their numbers, and is killed after so many."""
    pages = newest_pages(path)
    with open(path, "r+b") as file:
        for number in sorted(pages)[:count]:
            file.seek((number - 1) * len(pages[number]))
            file.write(pages[number])


def pages_missing(path):
    """How many pages the database says to have beyond what its file has."""
    header = Path(path).read_bytes()[:100]
    size, = struct.unpack_from(">H", header, 16)
    count, = struct.unpack_from(">I", header, 28)
    return count - Path(path).stat().st_size // size
