#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A server that breaks off, babbles, lies or takes for ever during the SSH handshake ends p2v-transport with a sentence, and no worse.
import concurrent.futures
import itertools
import os
import re
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../integration")
from transport_driver import Tap, Transport

tap = Tap()
BANNER = b"SSH-2.0-OpenSSH_9.2\r\n"


def names(text):
    return struct.pack(">I", len(text)) + text


def kexinit(kex=b"curve25519-sha256", key=b"ssh-ed25519", cipher=b"aes128-gcm@openssh.com"):
    lists = [kex, key, cipher, cipher, b"hmac-sha2-256", b"hmac-sha2-256", b"none", b"none", b"", b""]
    return packet(b"\x14" + os.urandom(16) + b"".join(names(one) for one in lists) + b"\0" * 5)


def packet(payload, length=None):
    padding = 8 - (5 + len(payload)) % 8 + 8
    return struct.pack(">IB", 1 + len(payload) + padding if length is None else length, padding) + payload + b"\0" * padding


def flood(client, data):
    """Sends data again and again until the other side has had enough."""
    client.settimeout(20)
    try:
        while True:
            client.sendall(data)
    except OSError:
        pass


def drip(data):
    """Sends data a byte at a time, and its last byte for ever after, until the other side has had enough."""
    def send(client):
        for i in itertools.count():
            client.sendall(data[min(i, len(data) - 1):][:1])
            time.sleep(0.5)
    return send


def wait_for_end(client):
    while client.recv(65536):
        pass


def meet(*actions):
    """A login at a server that does the actions, each bytes to send or a function of the socket, and then closes: how the login
    ends, p2v-transport's exit status, and the seconds it took."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        def serve():
            client = server.accept()[0]
            with client:
                try:
                    for action in actions:
                        if callable(action):
                            action(client)
                        else:
                            client.sendall(action)
                except OSError:
                    pass
        threading.Thread(target=serve, daemon=True).start()
        began = time.monotonic()
        transport = Transport()
        try:
            answer = transport.login(server.getsockname()[1], password=b"secret")
            return answer, transport.close(), time.monotonic() - began
        finally:
            transport.process.kill()


LOST, EITHER = ("connection_lost",), ("connection_lost", "failure")


# A server that is away may be tried again, one that says what can never be right may not: a Failure; where it says that and goes,
# libssh sees either.
def hostile(name, *actions, kind=EITHER):
    answer, status, seconds = meet(*actions)
    sentence = answer.field("text").decode("utf-8", "replace")
    tap.ok(answer.kind in kind and status == 1 and seconds < 30 and re.fullmatch(r"[^\n]+[^ \n]", sentence), name,
           "%s after %.1f s, exit status %d" % (answer.text, seconds, status))


def wait_for_client(client):
    client.settimeout(10)
    client.recv(65536)


def rst(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


# Each of these takes all the time that there is for a login, so they run beside the others.  One without end is a TimeoutError of
# Transport.receive().
NO_GREETING = "sends no greeting of an SSH server"
LATE = "did not complete the login within 60 seconds"
SLOW = (
    ("a server that says nothing", "says nothing", wait_for_end),
    ("a banner a byte at a time without end", NO_GREETING, drip(b"SSH-2.0-Slow")),
    ("lines before the banner a byte at a time without end", NO_GREETING, drip(b"hello\r\n" * 100)),
    ("silence after the banner", LATE, BANNER, wait_for_end),
    ("a key exchange a byte at a time", LATE, BANNER, drip(kexinit())),
    ("a packet a byte at a time without end", LATE, BANNER, drip(packet(b"\x14", 30000))),
    ("silence after the algorithms", LATE, BANNER, kexinit(), wait_for_end),
    ("a key exchange answer a byte at a time", LATE, BANNER, kexinit(), wait_for_client, drip(packet(b"\x1f" + os.urandom(300), 30000))),
)
pool = concurrent.futures.ThreadPoolExecutor(len(SLOW))
slow = [(name, words, pool.submit(meet, *actions)) for name, words, *actions in SLOW]

hostile("a connection closed at once", kind=LOST)
hostile("a connection reset at once", rst, kind=LOST)
hostile("half a banner", b"SSH-2.0-Op", kind=LOST)
hostile("a banner without end", lambda client: flood(client, b"A" * 65536))
hostile("lines before the banner without end", lambda client: flood(client, b"hello\r\n" * 8192))
hostile("an SSH 1 server", b"SSH-1.5-old\r\n")
hostile("NUL bytes for a banner", b"\0" * 4096)
hostile("closed after the banner", BANNER, kind=LOST)
hostile("closed after the client's key exchange", BANNER, wait_for_client, wait_for_client, kind=LOST)
hostile("rubbish after the banner", BANNER, os.urandom(65536))
hostile("a packet of 4 GiB", BANNER, packet(b"\x14", 0xffffffff))
hostile("a packet of no bytes", BANNER, packet(b"\x14", 0))
hostile("a packet that is all padding", BANNER, struct.pack(">IB", 12, 11) + b"\0" * 11)
hostile("a key exchange cut short", BANNER, packet(b"\x14" + b"\0" * 16))
hostile("a key exchange whose lists have no end", BANNER, packet(b"\x14" + b"\0" * 16 + b"\xff\xff\xff\xff" + b"a" * 100))
hostile("algorithms that we do not know", BANNER, kexinit(kex=b"rot13"))
hostile("a weak cipher alone", BANNER, kexinit(cipher=b"3des-cbc"))
hostile("an SHA-1 host key alone", BANNER, kexinit(key=b"ssh-rsa"))
hostile("closed after the algorithms", BANNER, kexinit(), wait_for_client, kind=LOST)
hostile("a key exchange answer of rubbish", BANNER, kexinit(), wait_for_client, packet(b"\x1f" + os.urandom(300)))
hostile("a key exchange answer of zeroes", BANNER, kexinit(), wait_for_client, packet(b"\x1f" + names(b"\0" * 51) + names(b"\0" * 32) + names(b"\0" * 83)))
hostile("zeroes after the algorithms", BANNER, kexinit(), wait_for_client, b"\0" * 8, wait_for_end)
hostile("new keys without an exchange", BANNER, kexinit(), packet(b"\x15"))
hostile("success before anything", BANNER, packet(b"\x34"), kexinit())
hostile("a channel opened before the login", BANNER, kexinit(), packet(b"\x5a" + names(b"session") + b"\0" * 12))
hostile("messages to ignore without end", BANNER, kexinit(), lambda client: flood(client, packet(b"\x02" + names(b"x" * 1000)) * 64))
hostile("a disconnect with escapes in it", BANNER, kexinit(), packet(b"\x01\0\0\0\x02" + names(b"\x1b[2Jbad\n\xff") + names(b"")))
for name, words, met in slow:
    answer, status, seconds = met.result()
    sentence = answer.field("text").decode()
    tap.ok(answer.kind == "connection_lost" and status == 1 and re.fullmatch(r"127\.0\.0\.1 [^\n]*%s[^\n]*" % words, sentence), name,
           "%s after %.1f s, exit status %d" % (answer.text, seconds, status))
tap.done()
