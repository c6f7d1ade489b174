"""A program in a terminal: a pseudo-terminal whose output libvterm makes a screen of."""

import ctypes
import ctypes.util
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

from .patience import PATIENCE


class _Rect(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in ("top", "bottom", "left", "right")]


class _Pos(ctypes.Structure):
    _fields_ = [("row", ctypes.c_int), ("col", ctypes.c_int)]


class _Cell(ctypes.Structure):
    _fields_ = [("chars", ctypes.c_uint32 * 6), ("width", ctypes.c_char),
                ("attrs", ctypes.c_uint32), ("rest", ctypes.c_uint8 * 64)]


_DAMAGE = ctypes.CFUNCTYPE(ctypes.c_int, _Rect, ctypes.c_void_p)
_PROP = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_BELL = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)
REVERSE = 1 << 5


def _library():
    vterm = ctypes.CDLL(ctypes.util.find_library("vterm") or "libvterm.so.0")
    for name in ("vterm_new", "vterm_obtain_screen", "vterm_obtain_state"):
        getattr(vterm, name).restype = ctypes.c_void_p
    for name in ("vterm_input_write", "vterm_output_read", "vterm_screen_get_text"):
        getattr(vterm, name).restype = ctypes.c_size_t
    return vterm


class Screen:
    """What libvterm makes of a program's output."""

    def __init__(self, rows, cols):
        self.lib = _library()
        self.rows, self.cols = rows, cols
        self.term = ctypes.c_void_p(self.lib.vterm_new(rows, cols))
        self.lib.vterm_set_utf8(self.term, 1)
        self.screen = ctypes.c_void_p(self.lib.vterm_obtain_screen(self.term))
        self.lib.vterm_screen_enable_altscreen(self.screen, 1)
        self.lib.vterm_screen_reset(self.screen, 1)

    def close(self):
        self.lib.vterm_free(self.term)

    def write(self, data):
        """Takes output; what the terminal answers."""
        self.lib.vterm_input_write(self.term, data, ctypes.c_size_t(len(data)))
        answer = ctypes.create_string_buffer(4096)
        n = self.lib.vterm_output_read(self.term, answer, ctypes.c_size_t(4096))
        return answer.raw[:n]

    def resize(self, rows, cols):
        self.rows, self.cols = rows, cols
        self.lib.vterm_set_size(self.term, rows, cols)

    def line(self, row):
        out = ctypes.create_string_buffer(8 * self.cols)
        n = self.lib.vterm_screen_get_text(
            self.screen, out, ctypes.c_size_t(8 * self.cols), _Rect(row, row + 1, 0, self.cols))
        return out.raw[:n].decode("utf-8", "replace").rstrip()

    def lines(self):
        return [self.line(row) for row in range(self.rows)]

    def is_reverse(self, row, col):
        cell = _Cell()
        self.lib.vterm_screen_get_cell(self.screen, _Pos(row, col), ctypes.byref(cell))
        return bool(cell.attrs & REVERSE)

    def cursor(self):
        state = ctypes.c_void_p(self.lib.vterm_obtain_state(self.term))
        pos = _Pos()
        self.lib.vterm_state_get_cursorpos(state, ctypes.byref(pos))
        return pos.row, pos.col


class Terminal:
    """A program on a pseudo-terminal of its own."""

    def __init__(self, command, env, rows=24, cols=80, cwd=None):
        self.screen = Screen(rows, cols)
        self.sent = 0  # bytes of output
        self.raw = b""
        self.status = None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
            if cwd:
                os.chdir(cwd)
            os.execvpe(command[0], command, env)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.status = os.waitpid(self.pid, 0)[1]
        if self.fd is not None:
            os.close(self.fd)
            self.screen.close()
        self.fd = None

    def pump(self, seconds=0.0):
        """Takes what the program writes, for that time; whether there was something."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.sent += len(data)
        self.raw = (self.raw + data)[-1000000:]
        answer = self.screen.write(data)
        if answer:
            os.write(self.fd, answer)
        if not data:
            time.sleep(0.01)
        return bool(data)

    def type(self, keys):
        os.write(self.fd, keys.encode() if isinstance(keys, str) else keys)

    def paste(self, text):
        self.type(b"\033[200~" + text.encode() + b"\033[201~")

    def resize(self, rows, cols):
        self.screen.resize(rows, cols)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def lines(self):
        return self.screen.lines()

    def text(self):
        return "\n".join(self.lines())

    def until(self, probe, what="the screen", seconds=PATIENCE):
        """Takes output until probe() gives something true, which is returned."""
        deadline = time.monotonic() + seconds
        while True:
            found = probe()
            if found:
                return found
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds} s in vain for {what}; there is\n"
                                     + self.text())
            self.pump(0.02)

    def shows(self, *texts, seconds=PATIENCE):
        """Waits until all of the texts (or patterns) are on the screen."""
        for text in texts:
            if isinstance(text, str):
                self.until(lambda t=text: t in self.text(), repr(text), seconds)
            else:
                self.until(lambda t=text: t.search(self.text()), text.pattern, seconds)

    def hides(self, text, seconds=PATIENCE):
        self.until(lambda: text not in self.text(), f"no {text!r}", seconds)

    def quiet(self, seconds=0.15):
        """Takes output until there has been none for a while."""
        while self.pump(seconds):
            pass

    def ends(self, seconds=PATIENCE):
        """Waits for the program's end: its exit status, or minus the signal."""
        def probe():
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = status
            return pid
        self.until(probe, "the program's end", seconds)
        while self.pump(0.05):
            pass
        return os.waitstatus_to_exitcode(self.status)

    def modes(self):
        """The terminal's settings, to see that they are given back."""
        return termios.tcgetattr(self.fd)


_DAY = re.compile(r"([─-]+) \d{1,2} [A-Z][a-z]+ ([─-]+)")


def settled(lines):
    """A screen without what differs from run to run: the date, the lag."""
    def day(match):
        rule = match[1][0]
        return " DAY ".center(len(match[0]), rule)
    lines = [_DAY.sub(day, line) for line in lines]
    return [re.sub(r"  lag \d+ms", lambda m: " " * len(m[0]), line).rstrip() for line in lines]
