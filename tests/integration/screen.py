# SPDX-License-Identifier: GPL-2.0-or-later
#
# A person at a terminal, for tests: a program on a pseudo-terminal, and what stands on its screen (pyte).
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

import pyte

KEYS = {"up": "\033OA", "down": "\033OB", "tab": "\t", "return": "\r", "escape": "\033", "pgup": "\033[5~", "pgdn": "\033[6~", "space": " "}


class Screen:
    def __init__(self, command, term="xterm-256color", locale="C.UTF-8", rows=24, columns=80, env=None, **more):
        self.person, self.theirs = pty.openpty()
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.stream.select_other_charset("G" if "UTF-8" in locale else "@")
        self.raw = b""
        self.size(rows, columns)
        self.before = termios.tcgetattr(self.person)
        environment = {"PATH": os.environ["PATH"], "TERM": term, "LC_ALL": locale, **(env or {})}
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], stdin=self.theirs, stdout=self.theirs, stderr=subprocess.PIPE, env=environment,
                                        close_fds=False, **more)

    def size(self, rows, columns):
        fcntl.ioctl(self.person, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def read(self, seconds):
        if select.select([self.person], [], [], seconds)[0]:
            data = os.read(self.person, 65536)
            self.raw += data
            self.stream.feed(data)

    def settle(self):
        """Until the program has taken what was typed, waits for more, and all that it has drawn is read."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if select.select([self.person], [], [], 0.1)[0]:
                self.read(0)
            elif self.waits() and not select.select([self.person], [], [], 0)[0]:
                return

    def waits(self):
        """Whether it has nothing to do: it sleeps, and has read all keys (lines may be for the next program), or it has ended."""
        if self.process.poll() is not None:
            return True
        keys = not termios.tcgetattr(self.theirs)[3] & termios.ICANON
        if keys and struct.unpack("i", fcntl.ioctl(self.theirs, termios.FIONREAD, struct.pack("i", 0)))[0] > 0:
            return False
        with open("/proc/%d/stat" % self.process.pid) as stat:
            return stat.read().rpartition(")")[2].split()[0] != "R"

    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def sees(self, regex, seconds=40):
        """Whether it comes to stand on the screen; all that is on its way is read first."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.read(0.1)
            if not select.select([self.person], [], [], 0.15)[0] and re.search(regex, self.text(), flags=re.S) and self.waits():
                return True
            if self.process.poll() is not None and not select.select([self.person], [], [], 0)[0]:
                break
        return bool(re.search(regex, self.text(), flags=re.S))

    def types(self, text):
        """Text, with keys' names in braces: "{tab}"."""
        for part in re.split(r"(\{\w+\})", text):
            os.write(self.person, (KEYS[part[1:-1]] if part[:1] == "{" else part).encode())
            if part:
                self.read(0.3)
                self.settle()

    def cursor_on(self, text):
        """Whether the cursor, or the one thing that is drawn inversely, is this button."""
        row = self.screen.display[self.screen.cursor.y]
        start = row.find(text)
        return start >= 0 and start <= self.screen.cursor.x <= start + len(text)

    def tab(self):
        """To the next one: waits until the cursor has gone there."""
        before = (self.screen.cursor.y, self.screen.cursor.x)
        os.write(self.person, b"\t")
        for tenths in range(200):
            if (self.screen.cursor.y, self.screen.cursor.x) != before or (tenths >= 50 and self.waits()):
                break
            self.read(0.1)
        self.settle()

    def field(self, label):
        """Goes to the field behind this label, or to the checkbox before it, by Tab; False where there is none."""
        for _ in range(30):
            row = self.screen.display[self.screen.cursor.y]
            start, x = row.find(label), self.screen.cursor.x
            if start >= 0 and (start + len(label) < x < start + 30 or start - 4 <= x <= start):
                return True
            self.tab()
        return False

    def press(self, button):
        """Goes to a button by Tab and presses it; False where there is none."""
        for _ in range(30):
            if self.cursor_on("<%s>" % button):
                self.types("{return}")
                return True
            self.tab()
        return False

    def ends(self, seconds=60):
        """Its exit status."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read(0.1)
        return self.process.poll()

    def as_it_was(self):
        return termios.tcgetattr(self.person)[:4] == self.before[:4]

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.person)
        os.close(self.theirs)
