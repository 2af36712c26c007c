#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v.bwlimit: several data connections together send no more than the limit, and one alone has all of it.
import array
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from transport_driver import Server, Tap, Transport

tap = Tap()
RATE = 8 << 20                         # bits a second: 1 MiB
SIZE = 4 << 20                         # bytes: four seconds of it
DISK = os.urandom(SIZE)


class Connection:
    """One data connection, whose disk sends DISK to everybody who comes, and then ends."""

    def __init__(self, server, shared):
        self.transport = Transport()
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        threading.Thread(target=self.take, daemon=True).start()
        self.transport.login(server.port, identity=server.key)
        if shared is not None:
            self.transport.send("bandwidth_limit { bits_per_second: %d }" % RATE, [shared])
        self.transport.send('forward_start { name: "sda" }', [theirs.fileno()])
        theirs.close()
        answer = self.transport.receive()
        self.port = int(answer.field("port") or 0)

    def take(self):
        while True:
            data, control, _, _ = self.channel.recvmsg(2, 256)
            if not data:
                return
            connection = socket.socket(fileno=array.array("i", control[0][2])[0])
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    @staticmethod
    def serve(connection):
        with connection:
            connection.sendall(DISK)


def read_all(port, results):
    with socket.create_connection(("127.0.0.1", port)) as client:
        data = bytearray()
        while piece := client.recv(1 << 20):
            data += piece
        results.append(bytes(data) == DISK)


def copy(connections):
    """Reads every disk at once: whether all bytes came, and how long it took."""
    results, began = [], time.monotonic()
    threads = [threading.Thread(target=read_all, args=(connection.port, results)) for connection in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results == [True] * len(connections), time.monotonic() - began


def cpu_seconds(pid):
    with open("/proc/%d/stat" % pid) as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


with Server("--v2v", "copy") as server:
    shared = os.memfd_create("limit", os.MFD_ALLOW_SEALING)
    os.write(shared, bytes(8))
    connections = [Connection(server, shared) for _ in range(3)]
    whole, seconds = copy(connections)
    tap.ok(whole, "three limited connections bring every byte")
    tap.ok(seconds > 0.9 * 3 * SIZE * 8 / RATE, "together in no less time than the limit permits", seconds)
    busy = cpu_seconds(connections[0].transport.process.pid)
    whole, seconds = copy(connections[:1])
    tap.ok(whole and seconds > 0.9 * SIZE * 8 / RATE, "one alone neither", seconds)
    tap.ok(seconds < 2.5 * SIZE * 8 / RATE, "which is not held to a third", seconds)
    busy = cpu_seconds(connections[0].transport.process.pid) - busy
    tap.ok(busy < 0.5 * seconds, "and waits without spinning", busy)
    whole, seconds = copy(connections[:1] * 4)
    tap.ok(whole and seconds > 0.9 * 4 * SIZE * 8 / RATE, "nor can many clients of one disk exceed it", seconds)
    unlimited = Connection(server, None)
    whole, seconds = copy([unlimited] * 4)
    tap.ok(whole and seconds < 0.9 * 4 * SIZE * 8 / RATE, "without a limit it takes less", seconds)
    os.pwrite(shared, b"\xff" * 8, 0)
    tap.ok(all(connection.transport.process.poll() is None for connection in connections), "nonsense in the shared memory harms nobody")
    for connection in [*connections, unlimited]:
        tap.equal(connection.transport.close(), 0, "it ends in peace")

    for what, size in (("empty", 0), ("too short", 7)):
        small = os.memfd_create("small")
        os.write(small, bytes(size))
        transport = Transport()
        transport.login(server.port, identity=server.key)
        transport.send("bandwidth_limit { bits_per_second: %d }" % RATE, [small])
        answer = transport.receive()
        tap.ok(answer.kind == "failure" and b"p2v.bwlimit" in answer.field("text"), "shared memory that is %s is refused" % what, answer.text)
        transport.close()
tap.done()
