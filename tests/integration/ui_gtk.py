# SPDX-License-Identifier: GPL-2.0-or-later
#
# A display of its own (Xvfb with a cookie), a person at its keyboard (xdotool), and p2v-ui-gtk on it, for tests and screenshots.
import contextlib
import ctypes
import glob
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

from transport_driver import BUILD, ROOT, Transport

sys.path.append(ROOT + "/tests/lib")
from configuration import values_in

PROGRAM = BUILD + "/bin/p2v-ui-gtk"


EYE = {"password": (970, 170), "answer": (970, 87)}     # what shows that which is typed, in a window of 1000 pixels: where it is


class ClientMessage(ctypes.Structure):
    """XClientMessageEvent, with room for any XEvent."""
    _fields_ = [("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int), ("display", ctypes.c_void_p), ("window", ctypes.c_ulong),
                ("message_type", ctypes.c_ulong), ("format", ctypes.c_int), ("data", ctypes.c_long * 5), ("rest", ctypes.c_long * 24)]


def runs(process):
    """Whether one of its threads runs, or would where the machine is less busy."""
    if process is None or process.poll() is not None:
        return False
    for path in glob.glob("/proc/%d/task/*/stat" % process.pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError), open(path) as stat:
            if stat.read().rpartition(")")[2].split()[0] == "R":
                return True
    return False


class Display:
    """An X server that lets in nobody without its cookie."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="virt-p2v-ui-gtk.", dir="/var/tmp")
        self.program = None                    # the last that was started on it
        self.cookie = self.directory + "/cookie"
        with open(os.open(self.cookie, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            name = b"MIT-MAGIC-COOKIE-1"
            file.write(struct.pack(">HHHH", 0xffff, 0, 0, len(name)) + name + struct.pack(">H", 16) + os.urandom(16))
        ready, told = os.pipe()
        # Without -noreset it begins anew when its last client goes, and drops whoever connects at that moment.
        self.server = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "Xvfb", "-noreset", "-displayfd", str(told), "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-auth", self.cookie],
                                       pass_fds=[told], stderr=subprocess.DEVNULL)
        os.close(told)
        with os.fdopen(ready) as answer:
            self.name = ":" + answer.readline().strip()
        self.environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "DISPLAY": self.name, "XAUTHORITY": self.cookie}

    def run(self, *arguments):
        return subprocess.run(arguments, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def window(self, seconds=60):
        """Waits for the window and gives it the keyboard: there is no window manager that would."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.run("xdotool", "search", "--onlyvisible", "--name", "^virt-p2v$").stdout.split()
            if found and self.run("xdotool", "windowfocus", "--sync", found[0]).returncode == 0:
                return found[0]
            time.sleep(0.2)
        return None

    def size(self, window):
        shown = self.run("xdotool", "getwindowgeometry", "--shell", window).stdout
        return tuple(int(re.search(name + r"=(\d+)", shown)[1]) for name in ("WIDTH", "HEIGHT"))

    def keys(self, *keys):
        self.run("xdotool", "key", *keys)

    def types(self, text):
        self.run("xdotool", "type", "--", text)

    def fills(self, key, text):
        """Goes to the field of Alt and this letter and types in place of what is there."""
        self.keys("alt+" + key, "ctrl+a")
        self.types(text)

    def clicks(self, x, y):
        """The mouse, and then out of the way: what it rests on gets a tooltip."""
        self.run("xdotool", "mousemove", str(x), str(y), "click", "1", "mousemove", "500", "550")

    def closes(self, window):
        """As a window manager's button does it; xdotool would take the window away from the program instead."""
        os.environ["XAUTHORITY"] = self.cookie
        x11 = ctypes.CDLL("libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        x11.XInternAtom.restype = ctypes.c_ulong
        x11.XSendEvent.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
        connection = ctypes.c_void_p(x11.XOpenDisplay(self.name.encode()))
        event = ClientMessage(type=33, window=int(window), message_type=x11.XInternAtom(connection, b"WM_PROTOCOLS", 0), format=32)
        event.data[0] = x11.XInternAtom(connection, b"WM_DELETE_WINDOW", 0)
        x11.XSendEvent(connection, int(window), 0, 0, ctypes.byref(event))
        x11.XCloseDisplay(connection)

    def picture(self, file):
        """What is to be seen, into a file."""
        self.run("import", "-window", "root", file)

    def rests(self, seconds=60):
        """Waits until the picture does not change any more, and neither the program nor the display has anything to do."""
        last, deadline = None, time.monotonic() + seconds
        while time.monotonic() < deadline:
            now = subprocess.run(["import", "-window", "root", "rgb:-"], env=self.environment, stdout=subprocess.PIPE).stdout
            if now == last and not runs(self.server) and not runs(self.program):
                return True
            last = now
            time.sleep(0.7)
        return False

    def close(self):
        self.server.terminate()
        self.server.wait()
        shutil.rmtree(self.directory)


class Demo:
    """p2v-ui-gtk --demo, by hand."""

    def __init__(self, display, *options, environment=None):
        self.log = tempfile.TemporaryFile(mode="w+", dir="/var/tmp")
        self.process = subprocess.Popen([PROGRAM, *options], env=environment or display.environment, stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log)
        display.program = self.process

    def ends(self, seconds=60):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return None

    def said(self):
        self.log.seek(0)
        return self.log.read()


class Supervised(Transport):
    """p2v-ui-gtk as the supervisor starts it."""

    def __init__(self, display, environment=None):
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        number = theirs.fileno()
        self.log = tempfile.TemporaryFile(mode="w+", dir="/var/tmp")
        self.process = subprocess.Popen([PROGRAM], close_fds=False, env=environment or display.environment, stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log, preexec_fn=lambda: os.dup2(number, 3, inheritable=True))
        display.program = self.process
        theirs.close()
        self.ready = self.receive()

    def settings(self, message):
        return values_in(message.text)

    def status(self, key):
        with open("/proc/%d/status" % self.process.pid) as status:
            return re.search(r"^%s:\s*(.*)$" % key, status.read(), flags=re.M)[1].split()

    said = Demo.said
