#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-transport from a shell: `run` gives what a command on the server gave, `forward` brings a port of the server's loopback
# to a Unix socket here; both under the same lock as at work.
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from transport_driver import BUILD, Server, Tap, listens, wait_for

tap = Tap()
PROGRAM = BUILD + "/bin/p2v-transport"
TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PASSWORD = b"a word that nothing else has"


def command(server, word, *options, words=()):
    return [PROGRAM, word, "--server", "127.0.0.1", "--port", str(server.port), "--user", "p2v", "--identity", server.env["server_key"],
            "--hostkey", server.env["server_fingerprint"], *options, *words]


def run(server, *words):
    return subprocess.run(command(server, "run", words=("--", *words)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def tests_of_run(server):
    done = run(server, "id", "-un")
    tap.ok(done.stdout == b"p2v\n" and done.returncode == 0 and done.stderr == b"", "run prints what the command printed", done.stderr)
    tap.equal(run(server, "exit 7").returncode, 7, "and ends with its exit status")
    done = run(server, "echo one; echo two >&2; printf '\\033[31m' >&2; false")
    tap.ok(done.stdout == b"one\n" and b"two" in done.stderr and b"\033" not in done.stderr and done.returncode == 1, "standard error comes to standard error, made harmless", done.stderr)
    tap.equal(run(server, "head -c 3000000 /dev/zero | tr '\\0' x").stdout, b"x" * 3000000, "a long output comes whole")
    tap.equal(run(server, "cat").stdout, b"", "the command's input is empty")
    done = run(server, "kill -9 $$")
    tap.ok(done.returncode == 255 and b"by a signal" in done.stderr, "a command that is killed is told", done.stderr)
    done = subprocess.run(command(server, "run", "--port", "1", words=("--", "true")), stderr=subprocess.PIPE)
    tap.ok(done.returncode == 255 and b"refuses connections" in done.stderr, "no connection is status 255", done.stderr)
    for words in ([], ["run"], ["forward"], ["nothing"], ["test-connection", "more"]):
        done = subprocess.run([PROGRAM, *words, "--server", "127.0.0.1", "--user", "p2v"], stderr=subprocess.PIPE)
        tap.ok(done.returncode == 2 and done.stderr != b"", "%s without what it needs is used wrongly" % (words or "nothing"), done.stderr)


class Echo(threading.Thread):
    """A server on a Unix socket that says everything again, until its client has said all."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(20)
        os.chmod(path, 0o600)                      # for its owner, as p2v-export makes it
        self.start()

    def run(self):
        while True:
            threading.Thread(target=self.serve, args=(self.listener.accept()[0],), daemon=True).start()

    @staticmethod
    def serve(client):
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                client.sendall(data)
        client.close()


@contextlib.contextmanager
def forwarded(server, path, *options):
    process = subprocess.Popen(command(server, "forward", "--unix", path, *options), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process, int(process.stdout.readline() or 0)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        return [int(word) for word in file.read().split()]


def status(pid):
    with open("/proc/%d/status" % pid) as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def locked(pid):
    fields = status(pid)
    return fields["Uid"].split() == ["60703"] * 4 and fields["Seccomp"] == "2" and fields["CapEff"] == fields["CapBnd"] == "0" * 16


def secrets_in(server, pid):
    """What of the identity and the password is in this process's memory."""
    with open(server.env["server_key"], "rb") as key, open(server.directory + "/secrets", "w") as secrets:
        print("identity", key.read().splitlines()[2].hex(), file=secrets)
        print("password", PASSWORD.hex(), file=secrets)
    return subprocess.run([TESTS + "/lib/find-secrets", secrets.name, str(pid)], stdout=subprocess.PIPE, text=True, check=True).stdout


def tests_of_forward(server):
    path = server.directory + "/socket"
    Echo(path)
    with open(server.directory + "/password", "wb") as file:
        file.write(PASSWORD)
    with forwarded(server, path, "--password-file", file.name) as (process, port):
        tap.ok(1 <= port <= 65535, "forward prints the port", process.poll())
        data = os.urandom(3 << 20)

        def through(results):
            with socket.create_connection(("127.0.0.1", port)) as client:
                sender = threading.Thread(target=lambda: (client.sendall(data), client.shutdown(socket.SHUT_WR)))
                sender.start()
                received = b""
                while piece := client.recv(1 << 20):
                    received += piece
                sender.join()
                results.append(received == data)
        results = []
        threads = [threading.Thread(target=through, args=(results,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        tap.equal(results, [True] * 4, "four connections at once bring every byte there and back, and their ends")
        tap.ok(locked(process.pid), "the process with the connection is locked", status(process.pid))
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"x")
            client.recv(1)
            connector = children(process.pid)[0]
            # ASan maps too much to be looked through, and keeps what was freed.
            if "P2V_SANITIZE" not in os.environ:
                found = secrets_in(server, connector)
                tap.ok("looked at 1 processes" in found and "identity" not in found and "password" not in found, "its child never had the identity or the password", found)
            tap.ok(wait_for(lambda: len(children(connector)) == 2 and all(locked(pid) for pid in children(connector))), "and so are those that carry bytes", children(connector))
        tap.ok(wait_for(lambda: children(connector) == []), "which end with their connection", children(connector))
        os.unlink(path)
        with socket.create_connection(("127.0.0.1", port)) as client:
            tap.equal(client.recv(1), b"", "where the socket has gone the connection ends")
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        tap.ok(wait_for(lambda: not os.path.exists("/proc/%d" % connector)), "when it is ended its child ends")
        tap.ok(wait_for(lambda: connection_refused(port)), "and the port is no more")

    done = subprocess.run(command(server, "forward", "--unix", path), stderr=subprocess.PIPE)
    tap.ok(done.returncode == 1 and b"No such file" in done.stderr, "a socket that is not there is named", done.stderr)
    done = subprocess.run(command(server, "forward", "--unix", PROGRAM), stderr=subprocess.PIPE)
    tap.ok(done.returncode == 1 and b"Socket operation on non-socket" in done.stderr, "what is no socket too", done.stderr)


def connection_refused(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != 0


# As in the manual: a disk's p2v-export, by hand, and this; then the server reads the disk.
def test_with_export(server):
    disk, path = server.directory + "/disk", server.directory + "/nbd"
    with open(disk, "wb") as file:
        file.write(os.urandom(5 << 20))
    export = subprocess.Popen([BUILD + "/bin/p2v-export", "--disk", disk, "--socket", path])
    tap.ok(wait_for(lambda: listens(path)), "a p2v-export started by hand listens", export.poll())
    with forwarded(server, path) as (_, port):
        done = run(server, "nbdcopy", "nbd://localhost:%d" % port, "/tmp/copy", "&&", "cat", "/tmp/copy")
        with open(disk, "rb") as file:
            tap.ok(done.stdout == file.read(), "the server reads the disk of a p2v-export started by hand", done.stderr)
    export.terminate()
    export.wait()


with Server("--v2v", "copy") as server:
    tests_of_run(server)
    tests_of_forward(server)
    test_with_export(server)
with Server("--v2v", "copy", "--sshd", "AllowTcpForwarding no") as server:
    Echo(server.directory + "/socket")
    done = subprocess.run(command(server, "forward", "--unix", server.directory + "/socket"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    tap.ok(done.returncode == 1 and done.stdout == b"" and b"AllowTcpForwarding" in done.stderr, "a server that forbids forwarding is named", done.stderr)
tap.done()
