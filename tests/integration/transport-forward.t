#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The data role of p2v-transport: what goes in at the server's port comes out at the disk's side, byte for byte, and back.
import array
import ctypes
import glob
import hashlib
import os
import signal
import socket
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from transport_driver import SANITIZED, Server, Tap, Transport, wait_for

tap = Tap()
MIB = 1 << 20


class Peer:
    """p2v-export's place: a thread a connection, each doing what `serve` does."""

    def __init__(self, serve):
        self.channel, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.serve, self.arrived = serve, 0
        threading.Thread(target=self.take, daemon=True).start()

    def take(self):
        while True:
            data, control, _, _ = self.channel.recvmsg(2, 256)
            if not data:
                return
            self.arrived += 1
            connection = socket.socket(fileno=array.array("i", control[0][2])[0])
            threading.Thread(target=self.run, args=(connection,), daemon=True).start()

    def run(self, connection):
        with connection:
            try:
                self.serve(connection)
            except OSError:
                pass                   # cut off


def forward(server, serve, more=""):
    transport, peer = Transport(), Peer(serve)
    transport.login(server.port, identity=server.key)
    transport.send('forward_start { name: "sda" %s }' % more, [peer.theirs.fileno()])
    peer.theirs.close()
    answer = transport.receive()
    return transport, peer, int(answer.field("port") or 0), answer


def connect(port):
    client = socket.create_connection(("127.0.0.1", port), timeout=60)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def read_exactly(connection, size):
    data = bytearray()
    while len(data) < size:
        piece = connection.recv(min(MIB, size - len(data)))
        if not piece:
            break
        data += piece
    return bytes(data)


DISK = os.urandom(16 * MIB)


def disk(connection):
    """Answers (offset, size) with these bytes of a disk that is DISK again and again."""
    while len(request := read_exactly(connection, 12)) == 12:
        offset, size = struct.unpack(">QI", request)
        while size > 0:
            begin = offset % len(DISK)
            piece = DISK[begin:begin + min(size, MIB)]
            connection.sendall(piece)
            offset += len(piece)
            size -= len(piece)


def wanted(offset, size):
    begin = offset % len(DISK)
    return (DISK[begin:] + DISK * (size // len(DISK) + 1))[:size]


def ask(client, offset, size):
    client.sendall(struct.pack(">QI", offset, size))
    return read_exactly(client, size)


def echo(connection):
    while data := connection.recv(65536):
        connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)


def copy(port, total, results, index):
    """Reads total bytes in requests of many sizes; True where each was right."""
    with connect(port) as client:
        offset, size, good = index * 4097, 1, True
        while offset < total and good:
            good = ask(client, offset, size) == wanted(offset, size)
            offset += size
            size = min(size * 3 + 1, 8 * MIB)
    results[index] = good


def test_bytes(server, what, total, connections):
    transport, _, port, answer = forward(server, disk)
    if not tap.ok(port > 0, "a port is given (%s)" % what, answer.text):
        return
    results = [False] * connections
    threads = [threading.Thread(target=copy, args=(port, total, results, i)) for i in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    tap.equal(results, [True] * connections, "%d MiB by each of %d connections are the same bytes (%s)" % (total // MIB, connections, what))
    with open("/proc/%d/status" % transport.process.pid) as status:
        peak = int([line.split()[1] for line in status if line.startswith("VmHWM")][0])
    most = 256 if SANITIZED else 64        # MiB; what is freed stays with the sanitizer for a while, and all has its shadow
    tap.ok(peak < most * 1024, "its memory stayed below %d MiB (%s)" % (most, what), "%d KiB" % peak)
    tap.equal(transport.close(), 0, "it ends in peace (%s)" % what)


def test_both_ways(server, what):
    transport, _, port, _ = forward(server, echo)
    data = os.urandom(24 * MIB)
    with connect(port) as client:
        got = []
        reader = threading.Thread(target=lambda: got.append(read_exactly(client, len(data) + 1)))
        reader.start()
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        reader.join(120)
    tap.ok(got and hashlib.sha256(got[0]).digest() == hashlib.sha256(data).digest(), "24 MiB sent and echoed at once are the same, and the end is passed on (%s)" % what)
    transport.close()


def test_ends(server):
    transport, peer, port, _ = forward(server, lambda connection: connection.sendall(b"x" * 300000))
    with connect(port) as client:
        tap.equal(len(read_exactly(client, MIB)), 300000, "when the disk's side closes, the last bytes and then the end arrive")
    transport.close()

    transport, peer, port, _ = forward(server, disk)
    for _ in range(40):
        client = connect(port)
        client.sendall(struct.pack(">QI", 0, 4 * MIB))
        client.recv(1)
        client.close()
    tap.ok(wait_for(lambda: served_again(port)), "connections that are cut off in mid-answer leave room for new ones")
    transport.close()


def test_limit(server):
    transport, peer, port, _ = forward(server, disk)
    clients = [connect(port) for _ in range(20)]
    served = 0
    for client in clients:
        try:
            served += ask(client, 0, 9) == wanted(0, 9)
        except OSError:
            pass
    tap.equal(served, 16, "sixteen connections at once are served, more are refused")
    for client in clients:
        client.close()
    tap.ok(wait_for(lambda: served_again(port)), "and when they have gone, new ones are served")
    peer.channel.shutdown(socket.SHUT_RDWR)
    peer.channel.close()
    tap.ok(wait_for(lambda: not served_again(port)), "when p2v-export has gone, connections are refused")
    tap.ok(transport.process.poll() is None, "and the transport waits for the supervisor")
    tap.equal(transport.close(), 0, "which ends it in peace")
    tap.ok(wait_for(lambda: is_closed(port)), "the port on the server is closed after that")     # by sshd, a moment later


def is_closed(port):
    try:
        connect(port).close()
        return False
    except OSError:
        return True


def served_again(port):
    try:
        with connect(port) as client:
            client.settimeout(20)
            return ask(client, 1, 3) == wanted(1, 3)
    except OSError:
        return False


def session_of(server, answer):
    """The server's own number of a process -> ours."""
    lines = subprocess.run(["grep", "-H", "^NSpid:.*\\s%s$" % answer.field("session_pid")] + glob.glob("/proc/[0-9]*/status"), stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, text=True).stdout.splitlines()
    init = os.readlink("/proc/%d/ns/pid" % server.pid())

    def is_there(pid):
        try:
            return os.readlink("/proc/%d/ns/pid" % pid) == init
        except FileNotFoundError:              # another's of the same number, which has ended since
            return False
    found = [pid for pid in (int(line.split("/")[2]) for line in lines) if is_there(pid)]
    if len(found) != 1:
        raise RuntimeError("the session's process is not one: %r, of %s" % (found, answer.text))
    return found[0]


def test_same_port(server):
    for shell in ("/bin/bash", "/bin/dash", "/usr/bin/zsh", "/usr/bin/fish", "/usr/bin/tcsh", "/bin/mksh"):
        server.login_shell(shell)
        transport, _, _, answer = forward(server, disk)
        with open("/proc/%d/comm" % session_of(server, answer)) as comm:
            tap.ok(comm.read().startswith("sshd"), "the session's sshd is found (login shell %s)" % shell)
        transport.close()
    server.login_shell("/bin/bash")

    transport, _, port, answer = forward(server, disk)
    session = session_of(server, answer)
    again = "port: %d session_pid: %s session_began: %s" % (port, answer.field("session_pid"), answer.field("session_began"))
    wrong = "port: %d session_pid: %s session_began: 1" % (port, answer.field("session_pid"))
    other, _, _, refusal = forward(server, disk, wrong)
    tap.ok(refusal.kind == "connection_lost" and b"is still held" in refusal.field("text") and transport.process.poll() is None,
           "a port that somebody else holds is not taken from him", refusal.text)
    other.close()
    os.kill(session, signal.SIGSTOP)
    other, _, _, refusal = forward(server, disk, again)
    tap.equal(refusal.kind, "connection_lost", "nor from a session that does not end")
    other.close()
    os.kill(session, signal.SIGCONT)           # it ends of the signal that has waited for it
    tap.ok(wait_for(lambda: not os.path.exists("/proc/%d" % session)), "which was told to")
    transport.close()

    transport, _, port, answer = forward(server, disk)
    again = "port: %d session_pid: %s session_began: %s" % (port, answer.field("session_pid"), answer.field("session_began"))
    other, _, same, answer = forward(server, disk, again)
    tap.equal(same, port, "a port that a lost connection's session holds is had again")
    with connect(same) as client:
        tap.ok(ask(client, 5, 100) == wanted(5, 100), "and serves the disk")
    lost = transport.receive()
    tap.ok(lost.kind == "connection_lost", "and that session's own transport says that it is lost", lost.text)
    transport.close()
    other.close()


def test_outsiders():
    """A server with GatewayPorts listens for its whole network, and says that it listens on localhost."""
    ctypes.CDLL(None).unshare(0x40000000)      # CLONE_NEWNET, with an address that is not the loopback's; for what is started from here as well
    for words in ("link set lo up", "address add 192.0.2.1/32 dev lo"):
        subprocess.run(["ip", *words.split()], check=True)
    with Server("--v2v", "copy", "--sshd", "GatewayPorts yes") as server:
        transport, peer, port, answer = forward(server, disk)
        heard = []
        for address in ("192.0.2.1", "192.0.2.1"):
            with socket.create_connection((address, port), timeout=60) as client:
                client.sendall(struct.pack(">QI", 0, 9))
                try:
                    heard.append(client.recv(9))
                except ConnectionResetError:
                    heard.append(b"")
        tap.equal((heard, peer.arrived), ([b"", b""], 0), "where the server listens for its network (GatewayPorts), nobody but the server gets a byte of the disk")
        note = transport.receive()
        tap.ok(note.kind == "note" and b"GatewayPorts" in note.field("text") and b"192.0.2.1" in note.field("text"), "and the person is told", note.text)
        for address in ("127.0.0.1", "::1"):
            with socket.create_connection((address, port), timeout=60) as client:
                tap.equal(ask(client, 5, 100), wanted(5, 100), "its own loopback is served (%s)" % address)
        transport.channel.settimeout(1)
        try:
            more = transport.channel.recv(65536)
        except TimeoutError:
            more = None
        tap.equal(more, None, "once")
        tap.equal(transport.close(), 0, "and it ends in peace")


def test_lock(transport):
    with open("/proc/%d/status" % transport.process.pid) as status:
        facts = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
    tap.equal(facts["Uid"].split(), ["60703"] * 4, "it runs under its own uid")
    tap.equal([int(facts[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")], [0] * 5, "it has no capability in any set")
    tap.equal((facts["Seccomp"], facts["NoNewPrivs"]), ("2", "1"), "it runs under a seccomp filter and no_new_privs")
    with open("/proc/%d/limits" % transport.process.pid) as limits:
        processes = [line for line in limits if line.startswith("Max processes")][0].split()
    tap.equal(processes[2:4], ["0", "0"], "it can start no process")


with Server("--v2v", "copy") as server:
    transport, _, _, _ = forward(server, disk)
    test_lock(transport)
    transport.send("test_connection { sudo: false }")
    answer = transport.receive()
    tap.ok(answer.kind == "failure" and b"TestConnection" in answer.field("text"), "a second job is refused", answer.text)
    test_bytes(server, "defaults", 160 * MIB, 1)
    test_bytes(server, "defaults", 24 * MIB, 8)
    test_both_ways(server, "defaults")
    test_ends(server)
    test_limit(server)
    test_same_port(server)
for line in ("RekeyLimit 1M", "Ciphers chacha20-poly1305@openssh.com", "Ciphers aes256-ctr"):
    with Server("--v2v", "copy", "--sshd", line) as server:
        test_bytes(server, line, 120 * MIB, 1)
        test_bytes(server, line, 12 * MIB, 8)
        test_both_ways(server, line)
with Server("--v2v", "copy", "--sshd", "AllowTcpForwarding no") as server:
    transport, _, port, answer = forward(server, disk)
    tap.ok(answer.kind == "failure" and b"AllowTcpForwarding must be yes" in answer.field("text"), "a server that forbids forwarding is named", answer.text)
    tap.equal(transport.close(), 1, "and the exit status is 1")
test_outsiders()
tap.done()
