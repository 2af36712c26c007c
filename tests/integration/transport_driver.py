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
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("P2V_BUILD", ROOT + "/build")     # the Makefile tells it
SANITIZED = bool(os.environ.get("P2V_SANITIZE"))                # make SANITIZE=1
sys.path.append(ROOT + "/tests/server")
import conversion_server


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
    def __init__(self, program=BUILD + "/bin/p2v-transport", options=()):
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        number = theirs.fileno()
        self.process = subprocess.Popen([program, *options], close_fds=False, stdin=subprocess.DEVNULL,
                                        preexec_fn=lambda: os.dup2(number, 3, inheritable=True))
        theirs.close()
        self.ready = self.receive()

    def send(self, text, fds=()):
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        self.channel.sendmsg([protoc("encode", text.encode())], control)

    def receive_raw(self, timeout=120):
        self.channel.settimeout(timeout)
        try:
            return self.channel.recv(65536)
        except ConnectionResetError:
            return b""

    def receive(self, timeout=120):
        return decode(self.receive_raw(timeout))

    def login(self, port, user="p2v", password=b"", identity=b"", server="127.0.0.1", more="", answers=None):
        """What the login ends with. Questions are answered out of `answers`, the host key by yes; self.asked has them all,
        self.notes what was told meanwhile. more: fields of Login as protobuf text."""
        self.send("login { server: %s port: %d username: %s password: %s identity: %s %s }" %
                  (quote(server), int(port), quote(user), quote(password), quote(identity), more))
        self.asked, self.notes, answers = [], [], list(answers or [])
        while True:
            message = self.receive()
            if message.kind == "note":
                self.notes.append(message.field("text").decode("utf-8", "replace"))
            elif message.kind == "host_key_ask":
                self.asked.append(message)
                self.send(answers.pop(0) if answers else "host_key_answer { answer: ANSWER_YES }")
            elif message.kind == "secret_ask":
                self.asked.append(message)
                self.send(answers.pop(0) if answers else "secret_answer { answer: ANSWER_NOBODY }")
            else:
                return message

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
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", ROOT + "/tests/server/conversion-server.sh", self.root, *options],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.env = conversion_server.wait_until_ready(self.process.stdout)
        if self.env is None:
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

    def account(self, name, uid, shell, dotfiles):
        """Another user, of this server alone: its account files are its own, and go with it. dotfiles: {name: text}."""
        home = self.root + "/home/" + name
        for file, line in (("passwd", "%s:x:%d:%d::%s:%s" % (name, uid, uid, home, shell)), ("shadow", name + ":*:19000:0:99999:7:::"),
                           ("group", "%s:x:%d:" % (name, uid)), ("sudoers", name + " ALL=(ALL:ALL) NOPASSWD: ALL")):
            with open(self.root + "/etc/" + file, "a") as accounts:
                accounts.write(line + "\n")
        for file, text in dotfiles.items():
            path = home + "/" + file
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as noise:
                noise.write(text)
        for folder, _, files in os.walk(home):
            for path in [folder] + [folder + "/" + file for file in files]:
                os.chown(path, uid, uid)

    def remote_directories(self):
        return sorted(self.root + "/tmp/" + name for name in os.listdir(self.root + "/tmp") if name.startswith("virt-p2v-"))

    def processes(self):
        """Of user p2v's sessions and jobs: command lines, sshd's own left out."""
        script = '. "$1/tests/server/conversion-server.sh"; server_processes "$2"'
        lines = subprocess.run(["bash", "-c", script, "-", ROOT, self.root], stdout=subprocess.PIPE, text=True, check=True).stdout
        return [line for line in lines.splitlines() if "sshd" not in line and len(line.split()) > 1]


class Asker:
    """transport-asker, for the life of this object; events() is what it has seen so far."""

    def __init__(self, key, mode="refuse"):
        self.file = tempfile.TemporaryFile("w+", dir="/var/tmp")
        self.process = subprocess.Popen([BUILD + "/tests/transport-asker", key, mode], stdout=self.file)
        if not wait_for(lambda: self.lines()):
            raise RuntimeError("transport-asker %s does not start: its exit status is %s" % (mode, self.process.poll()))
        self.port = int(self.lines()[0])

    def lines(self):
        return os.pread(self.file.fileno(), 1 << 20, 0).decode().splitlines()

    def events(self):
        return self.lines()[1:]

    def all_events(self):
        """When every connection so far is over: they are served one after the other."""
        count = self.events().count("connection")
        with socket.create_connection(("127.0.0.1", self.port)):
            if not wait_for(lambda: self.events().count("connection") > count):
                raise RuntimeError("transport-asker still serves an earlier connection: " + ", ".join(self.events()))
        return self.events()[:-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def listens(path):
    """Whether somebody listens at this Unix socket: between bind(2) and listen(2) the file is there, and nobody."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


def wait_for(condition, seconds=30):
    """Until condition() is true: whether it became so in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()
