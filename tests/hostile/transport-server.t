#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A server that lets us in and then misbehaves: p2v-transport ends with a sentence or goes on, and never crashes, hangs or grows.
import array
import fcntl
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import termios
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../integration")
from transport_driver import BUILD, Tap, Transport

tap = Tap()
folder = tempfile.mkdtemp()
KEY = folder + "/key"
subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", KEY], check=True)
# KiB that p2v-transport may take; with the sanitizers as much again as they keep of what was freed (tests/sanitize/sanitize.c).
ROOM = (64 + (32 if os.environ.get("P2V_SANITIZE") else 0)) * 1024
CONVERSION = """conversion_start { sudo: false machine { name: "guest" architecture: "x86_64" memory_bytes: 1073741824 vcpus: 1
    cpu { sockets: 1 cores: 1 threads: 1 } rtc { } disks { name: "sda" port: 10809 } } output { type: "local" } }"""


class Liar:
    """The hostile server and a transport logged in to it, or whatever came of that."""

    def __init__(self, behaviour):
        self.server = subprocess.Popen([BUILD + "/tests/transport-liar", KEY, behaviour], stdout=subprocess.PIPE, text=True)
        self.transport = Transport()
        self.answer = self.transport.login(int(self.server.stdout.readline()), password=b"x")
        self.peak = 0

    def look(self):
        try:
            with open("/proc/%d/status" % self.transport.process.pid) as status:
                self.peak = max([self.peak] + [int(line.split()[1]) for line in status if line.startswith("VmHWM")])
        except OSError:
            pass

    def last(self, limit=90):
        """The message that ends it, and whether that came in time; conversion output is passed over."""
        deadline, count = time.monotonic() + limit, 0
        while time.monotonic() < deadline:
            message = self.transport.receive(limit)
            count += 1
            if count % 32 == 1:
                self.look()
            if message.kind not in ("conversion_directory", "conversion_started", "conversion_output", "note"):
                return message
        return message

    def settle(self, limit=120):
        """Until the server has said something, and nothing more for five seconds: it says each answer to a channel."""
        deadline, before, unread = time.monotonic() + limit, 0, array.array("i", [0])
        while time.monotonic() < deadline and (unread[0] == 0 or unread[0] != before):
            before = unread[0]
            time.sleep(5)
            fcntl.ioctl(self.server.stdout, termios.FIONREAD, unread)

    def end(self):
        self.look()
        status = self.transport.close()
        self.server.kill()
        self.said = self.server.communicate()[0]
        return status


def fails(name, behaviour, request, words=""):
    liar = Liar(behaviour)
    answer = liar.answer
    if answer.kind == "logged_in":
        if request == "forward":
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            liar.transport.send('forward_start { name: "sda" }', [theirs.fileno()])
            theirs.close()
            answer = liar.last()
            if answer.kind == "forward_ready":
                answer = liar.last()
        else:
            liar.transport.send(request)
            answer = liar.last()
    status = liar.end()
    text = answer.field("text").decode("utf-8", "replace")
    kind = "connection_lost" if words == "lost" else "failure"
    tap.ok(answer.kind == kind and status == 1 and re.search(words, text), name, "%s exit status %d" % (answer.text, status))
    tap.ok(liar.peak < ROOM, "  ... and it takes no memory", "%d KiB" % liar.peak)


TEST = "test_connection { sudo: false }"
fails("closed at authentication", "close at auth", TEST, "lost")
fails("closed when a session is opened", "close at session", TEST, "lost")
fails("no session is given", "refuse session", TEST, "opens no session.*MaxSessions.*at least 3")
fails("closed at the command", "close at exec", TEST, "lost")
fails("no command is run", "refuse exec", TEST, "does not let this user run commands")
fails("closed after the command", "close after exec", TEST, "lost")
fails("a command without output", "no output", TEST, "no usable answer")
fails("output without end", "endless noise", TEST, "more than")
fails("a login shell that prints without end", "endless noise", CONVERSION, "prints without end")
fails("a conversion closed after its start", "close after start", CONVERSION, "lost")
fails("a forged status", "forged status", CONVERSION, "without leaving a status")
fails("a status line without end", "status without end", CONVERSION, "no usable result")
fails("closed when a port is asked for", "close at forward", "forward", "lost")
fails("closed when a port was given", "close after forward", "forward", "lost")
fails("a port that is none", "port 70000", "forward", "gives no port")


def test_complaints_without_end():
    liar = Liar("endless complaint")
    liar.transport.send(TEST)
    liar.look()
    answer = liar.last(70)
    liar.look()
    tap.ok(answer.kind == "failure" and liar.peak < ROOM, "complaints without end are dropped", "%s %d KiB" % (answer.text, liar.peak))
    liar.end()


def test_messages_without_end():
    liar = Liar("endless messages")
    liar.transport.send(CONVERSION)
    seen, kind, deadline = 0, "", time.monotonic() + 3
    while (seen <= 10 or time.monotonic() < deadline) and kind not in ("closed", "failure", "connection_lost"):
        kind = liar.transport.receive().kind
        seen += kind == "conversion_output"
    liar.look()
    tap.ok(seen > 10 and liar.peak < ROOM, "messages without end are passed on, and take no memory", "%d messages, %d KiB" % (seen, liar.peak))
    liar.server.kill()
    liar.end()


def test_escapes():
    liar = Liar("escapes and a lie")
    liar.transport.send(CONVERSION)
    answer = liar.last()
    tap.ok(answer.kind == "conversion_ended", "escapes in messages are bytes like others: the UI neutralises them", answer.text)
    tap.equal(liar.end(), 0, "  ... and it ends in peace")


def test_channels(name, behaviour, request, accepted):
    liar = Liar(behaviour)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    liar.transport.send(request, [theirs.fileno()] if "forward" in request else [])
    theirs.close()
    answer = liar.transport.receive()
    liar.settle()
    alive = liar.transport.process.poll() is None
    liar.end()
    tap.equal((liar.said.count("accepted"), liar.said.count("refused") > 0), (accepted, True), name)
    tap.ok((alive or "forward" not in request) and liar.peak < ROOM, "  ... and it goes on, in little memory", answer.text + "%d KiB" % liar.peak)


def test_flood_after_close():
    liar = Liar("floods after close")
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    liar.transport.send('forward_start { name: "sda" }', [theirs.fileno()])
    theirs.close()
    os.close(array.array("i", ours.recvmsg(2, 256)[1][0][2])[0])       # the disk's side goes at once
    liar.settle()
    alive = liar.transport.process.poll() is None
    liar.end()
    tap.equal((liar.said, alive), ("accepted\n", True), "what comes on a channel that was closed is passed over")
    tap.ok(liar.peak < ROOM, "  ... and takes no memory", "%d KiB" % liar.peak)


test_complaints_without_end()
test_messages_without_end()
test_escapes()
test_channels("forwarded channels to a port that is not ours are refused", "wrong port", 'forward_start { name: "sda" }', 0)
test_channels("of a thousand forwarded channels sixteen are accepted", "thousand channels", 'forward_start { name: "sda" }', 16)
test_channels("channels opened in mid-command are refused", "channels in mid-command", TEST, 0)
test_flood_after_close()
shutil.rmtree(folder)
tap.done()
