#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-transport finds a server by DNS while it is locked: by UDP, by TCP where an answer is too long, all addresses in turn.
# It runs in mount and network namespaces of its own, with a name server on 127.0.0.1:53.
import atexit
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading

if len(sys.argv) == 1:
    os.execvp("unshare", ["unshare", "--mount", "--net", sys.executable, os.path.abspath(__file__), "inside"])

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from transport_driver import Tap, Transport

tap = Tap()
asked = set()
silent = False


def answer(query, by_tcp):
    """The reply to a DNS query (RFC 1035): names under .test have addresses in 127/8; long.test only by TCP."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += query[at] + 1
    name, kind = ".".join(labels), struct.unpack(">H", query[at + 1:at + 3])[0]
    asked.add((name, "tcp" if by_tcp else "udp"))
    question = query[12:at + 5]
    addresses = {"one.test": ["127.0.0.1"], "two.test": ["127.0.0.2", "127.0.0.1"], "long.test": ["127.0.0.1"] * 100}.get(name, [])
    if kind != 1:
        addresses = addresses and []
    if name == "long.test" and not by_tcp:
        return query[:2] + b"\x83\x80" + struct.pack(">HHHH", 1, 0, 0, 0) + question
    code = 0 if name in ("one.test", "two.test", "long.test") else 3
    records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(address) for address in addresses)
    return query[:2] + bytes([0x81, 0x80 | code]) + struct.pack(">HHHH", 1, len(addresses), 0, 0) + question + records


def serve_udp(server):
    while True:
        query, peer = server.recvfrom(4096)
        if not silent:
            server.sendto(answer(query, False), peer)


def serve_tcp(server):
    while True:
        client = server.accept()[0]
        while len(size := client.recv(2)) == 2:
            reply = answer(client.recv(struct.unpack(">H", size)[0]), True)
            client.sendall(struct.pack(">H", len(reply)) + reply)
        client.close()


def failure(server, port=4):
    transport = Transport()
    text = transport.login(port, server=server).field("text").decode()
    transport.close()
    return text


subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
with tempfile.NamedTemporaryFile("w", delete=False) as file:
    atexit.register(os.unlink, file.name)          # not before: a mount of a file that is gone cannot be mounted on
    file.write("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
subprocess.run(["mount", "--bind", file.name, "/etc/resolv.conf"], check=True)
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 53))
tcp = socket.create_server(("127.0.0.1", 53))
threading.Thread(target=serve_udp, args=(udp,), daemon=True).start()
threading.Thread(target=serve_tcp, args=(tcp,), daemon=True).start()

tap.ok("one.test refuses connections" in failure("one.test"), "a name is found by DNS")
tap.ok("long.test refuses connections" in failure("long.test") and ("long.test", "tcp") in asked, "a long answer is fetched by TCP")
text = failure("three.test")
tap.ok("three.test is not known" in text, "a name that DNS does not know is named", text)
listener = socket.create_server(("127.0.0.1", 2222))
threading.Thread(target=lambda: listener.accept()[0].close(), daemon=True).start()
text = failure("two.test", 2222)
tap.ok("does not speak SSH" in text, "the second address is tried when the first refuses", text)
silent = True
text = failure("other.test")
tap.ok("other.test" in text and "no name server answers" in text, "a silent name server is named, and no hang", text)
tap.done()
