# SPDX-License-Identifier: GPL-2.0-or-later
#
# A name server on 127.0.0.1:53, the only one, for a test that runs in mount and network namespaces of its own:
# one.test, two.test (two addresses), long.test (its answer is so long that it comes by TCP).
# "name_server.py ADDRESS" serves at that address by UDP, with ADDRESS for one.test, until it is ended.
import atexit
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading

asked = set()                      # (name, "udp" or "tcp")
silent = threading.Event()         # set: it answers no more
slow_seconds = {}                  # by name: how long its answer by UDP takes
addresses_of = {"one.test": ["127.0.0.1"], "two.test": ["127.0.0.2", "127.0.0.1"], "long.test": ["127.0.0.1"] * 100}


def in_own_namespaces(script):
    """Runs the script again, in namespaces of its own; returns there."""
    if len(sys.argv) == 1:
        os.execvp("unshare", ["unshare", "--mount", "--net", sys.executable, os.path.abspath(script), "inside"])


def answer(query, by_tcp):
    """The name in a DNS query (RFC 1035), and the reply: names under .test have addresses in 127/8; long.test only by TCP."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += query[at] + 1
    name, kind = ".".join(labels).lower(), struct.unpack(">H", query[at + 1:at + 3])[0]
    asked.add((name, "tcp" if by_tcp else "udp"))
    question = query[12:at + 5]
    addresses = addresses_of.get(name, [])
    if kind != 1:
        addresses = addresses and []
    if name == "long.test" and not by_tcp:
        return name, query[:2] + b"\x83\x80" + struct.pack(">HHHH", 1, 0, 0, 0) + question
    code = 0 if name in addresses_of else 3
    records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(address) for address in addresses)
    return name, query[:2] + bytes([0x81, 0x80 | code]) + struct.pack(">HHHH", 1, len(addresses), 0, 0) + question + records


def serve_udp(server):
    while True:
        query, peer = server.recvfrom(4096)
        if not silent.is_set():
            name, reply = answer(query, False)
            threading.Timer(slow_seconds.get(name, 0), server.sendto, (reply, peer)).start()


def serve_tcp(server):
    while True:
        client = server.accept()[0]
        while len(size := client.recv(2)) == 2:
            _, reply = answer(client.recv(struct.unpack(">H", size)[0]), True)
            client.sendall(struct.pack(">H", len(reply)) + reply)
        client.close()


def start():
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


if __name__ == "__main__":
    addresses_of["one.test"] = [sys.argv[1]]
    alone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    alone.bind((sys.argv[1], 53))
    serve_udp(alone)
