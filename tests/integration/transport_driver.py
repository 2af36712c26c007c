# SPDX-License-Identifier: GPL-2.0-or-later
#
# The supervisor's side of p2v-transport, for tests: starts build/bin/p2v-transport with a channel, speaks the messages of
# proto/p2v.proto as protobuf text (by protoc), passes descriptors.
import array
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def protoc(direction, data):
    return subprocess.run(["protoc", "--" + direction + "=p2v.Envelope", "--proto_path=" + ROOT + "/proto", "p2v.proto"],
                          input=data, stdout=subprocess.PIPE, check=True).stdout


def quote(value):
    """A string or bytes as a protobuf text literal."""
    data = value.encode() if isinstance(value, str) else value
    return '"' + "".join("\\%03o" % byte for byte in data) + '"'


def unquote(literal):
    return re.sub(rb"\\(?:([0-7]{1,3})|(.))", lambda m: bytes([int(m[1], 8)]) if m[1] else
                  {b"n": b"\n", b"r": b"\r", b"t": b"\t"}.get(m[2], m[2]), literal.encode("latin-1"), flags=re.S)


class Message:
    def __init__(self, text):
        self.text = text                                # protobuf text
        self.kind = text.split(" ", 1)[0] if text else "closed"

    def fields(self, name):
        found = re.findall(r"^\s*" + name + r": (\"(?:[^\"\\]|\\.)*\"|\S+)$", self.text, flags=re.M)
        return [unquote(value[1:-1]) if value.startswith('"') else value for value in found]

    def field(self, name):
        values = self.fields(name)
        return values[0] if values else b""


def decode(data):
    return Message(protoc("decode", data).decode("latin-1") if data else "")


class Transport:
    def __init__(self, program=ROOT + "/build/bin/p2v-transport"):
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        number = theirs.fileno()
        self.process = subprocess.Popen([program], close_fds=False, stdin=subprocess.DEVNULL,
                                        preexec_fn=lambda: os.dup2(number, 3, inheritable=True))
        theirs.close()
        self.ready = self.receive()

    def send(self, text, fds=()):
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        self.channel.sendmsg([protoc("encode", text.encode())], control)

    def receive_raw(self, timeout=70):
        self.channel.settimeout(timeout)
        try:
            return self.channel.recv(65536)
        except ConnectionResetError:
            return b""

    def receive(self, timeout=70):
        return decode(self.receive_raw(timeout))

    def login(self, port, user="p2v", password=b"", identity=b"", server="127.0.0.1"):
        self.send("login { server: %s port: %d username: %s password: %s identity: %s }" %
                  (quote(server), int(port), quote(user), quote(password), quote(identity)))
        return self.receive()

    def close(self):
        """Goes away as the supervisor does, and returns the exit status."""
        self.channel.close()
        return self.process.wait(timeout=60)


def memfd(content):
    fd = os.memfd_create("attachment")
    os.write(fd, content)
    return fd


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def ok(self, good, name, detail=None):
        self.count += 1
        self.failed += not good
        print("%sok %d - %s" % ("" if good else "not ", self.count, name), flush=True)
        if not good and detail is not None:
            for line in str(detail).splitlines():
                print("# " + line, flush=True)
        return good

    def equal(self, got, wanted, name):
        return self.ok(got == wanted, name, "got    %r\nwanted %r" % (got, wanted))

    def done(self):
        print("1..%d" % self.count)
        raise SystemExit(1 if self.failed else 0)


class Server:
    """A conversion server of tests/server, for the life of this object."""

    def __init__(self, *options):
        self.directory = tempfile.mkdtemp(prefix="virt-p2v-transport.", dir="/var/tmp")
        os.chmod(self.directory, 0o755)
        self.root = self.directory + "/server"
        self.process = subprocess.Popen([ROOT + "/tests/server/conversion-server.sh", self.root, *options],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.env = {}
        for line in self.process.stdout:
            name, _, value = line.strip().partition("=")
            self.env[name] = value
            if name == "server_fingerprint":
                break
        if "server_fingerprint" not in self.env:
            raise RuntimeError("the conversion server did not start")
        self.port = int(self.env["server_port"])
        self.password = self.env["server_password"].encode()
        with open(self.env["server_key"], "rb") as key:
            self.key = key.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.process.stdout.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def pid(self):
        """The first process inside the server's own namespaces."""
        with open(self.root + "/pid") as file:
            return int(subprocess.run(["pgrep", "-P", file.read().strip()], stdout=subprocess.PIPE, text=True, check=True).stdout)

    def pretend(self, word):
        with open(self.root + "/etc/pretend", "w") as file:
            file.write(word)

    def virt_v2v(self, script):
        """Puts a shell script where virt-v2v is; /bin/sh, and $DIR is the server's directory."""
        path = self.root + "/bin/virt-v2v"
        with open(path, "w") as file:
            file.write("#!/bin/sh\nDIR=%s\n%s" % (self.root, script))
        os.chmod(path, 0o755)

    def login_shell(self, shell):
        path = self.root + "/etc/passwd"
        with open(path) as file:
            lines = [re.sub(r":[^:]*$", ":" + shell, line) if line.startswith("p2v:") else line for line in file.read().splitlines()]
        with open(path, "w") as file:      # in place: it is mounted over the server's /etc/passwd
            file.write("\n".join(lines) + "\n")

    def remote_directories(self):
        return sorted(self.root + "/tmp/" + name for name in os.listdir(self.root + "/tmp") if name.startswith("virt-p2v-"))

    def processes(self):
        """Of user p2v's sessions and jobs: command lines, sshd's own left out."""
        script = '. "$1/tests/server/conversion-server.sh"; server_processes "$2"'
        lines = subprocess.run(["bash", "-c", script, "-", ROOT, self.root], stdout=subprocess.PIPE, text=True, check=True).stdout
        return [line for line in lines.splitlines() if "sshd" not in line and len(line.split()) > 1]


def wait_for(condition, seconds=10):
    """Until condition() is true: whether it became so in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()
