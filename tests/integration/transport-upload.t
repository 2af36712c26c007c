#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The files of a conversion reach the remote directory by SFTP where the server has it, and by cat where it has none, or one
# that cannot be used, whatever the reason.
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from transport_driver import Server, Tap, Transport, memfd

tap = Tap()
BIG = bytes((i * 7 + i // 251) % 256 for i in range(1 << 20))          # the largest that there can be
FILES = {"dmesg": BIG, "lscpu": b"", "lspci": b"x" * 32768, "lsusb": b"y" * 32769}


def convert(server, user="p2v"):
    """One conversion whose virt-v2v does nothing: its last message, and all its notes."""
    transport = Transport()
    transport.login(server.port, user=user, identity=server.key)
    for name, content in FILES.items():
        fd = memfd(content)
        transport.send('attachment { name: "%s" }' % name, [fd])
        os.close(fd)
    transport.send("""conversion_start { machine { name: "guest" architecture: "x86_64" memory_bytes: 1073741824 vcpus: 1
        cpu { sockets: 1 cores: 1 threads: 1 } rtc { } disks { name: "sda" port: 10809 } } output { type: "local" storage: "/var/tmp" } }""")
    notes = ""
    while True:
        message = transport.receive(timeout=150)
        if message.kind == "note":
            notes += message.field("text").decode("utf-8", "replace") + "\n"
        if message.kind in ("conversion_ended", "failure", "connection_lost", "closed"):
            transport.close()
            return message, notes


def arrived(directory):
    """Is every file there, byte for byte, and for its owner alone?"""
    if os.stat(directory).st_mode & 0o7777 != 0o700:
        return False
    for name, content in FILES.items():
        with open(directory + "/" + name, "rb") as file:
            if file.read() != content:
                return False
    return all(os.path.exists(directory + "/" + name) for name in ("physical.xml", "arguments", "virt-v2v-wrapper.sh", "name", "time", "p2v-version"))


def last_directory(server):
    return max(server.remote_directories(), key=lambda path: os.stat(path).st_mtime_ns)


def uploads(name, why_not_sftp, *options, user="p2v", prepare=None):
    """why_not_sftp: None where SFTP must be used, else a word of the reason that is given for cat."""
    with Server("--v2v", "copy", *options) as server:
        server.virt_v2v("[ $# = 1 ] || echo hello")
        if prepare is not None:
            prepare(server)
        message, notes = convert(server, user)
        good = message.field("result") == "CONVERSION_DONE" and arrived(last_directory(server))
        tap.ok(good, name, message.text + notes)
        if why_not_sftp is None:
            tap.ok("by cat" not in notes, "and SFTP is what is used", notes)
        else:
            tap.ok("by cat and not by SFTP" in notes and why_not_sftp in notes, "and cat is what is used, for a reason that is told", notes)


def noisy(server):
    with open(server.root + "/home/p2v/.bashrc", "w") as file:
        file.write("echo welcome to this server, which says something to everybody who comes\n")


def without_scp(server):
    server_path = server.root + "/bin"
    for program in ("scp", "sftp"):
        with open(server_path + "/" + program, "w") as file:
            file.write("#!/bin/sh\nexit 1\n")
        os.chmod(server_path + "/" + program, 0o755)


def sftp_script(text):
    """A function that puts a script where $PRETEND_VIRT_V2V/etc/sftp is on the server."""
    def prepare(server):
        with open(server.root + "/etc/sftp", "w") as file:
            file.write(text)
        os.chmod(server.root + "/etc/sftp", 0o755)
    return prepare


uploads("the server's own SFTP takes the files", None)
uploads("a separate SFTP server takes them", None, "--sshd", "Subsystem sftp /usr/lib/openssh/sftp-server")
uploads("SFTP works beside a noisy shell", None, prepare=noisy)
uploads("without SFTP they arrive", "has no sftp", "--sshd", "Subsystem none /bin/false")
uploads("without SFTP and scp, with a noisy shell", "has no sftp", "--sshd", "Subsystem none /bin/false", prepare=lambda server: (noisy(server), without_scp(server)))
uploads("with an SFTP server behind a noisy shell", "something else than SFTP", "--sshd", "Subsystem sftp /usr/lib/openssh/sftp-server", prepare=noisy)
uploads("with an SFTP server that is not there", "ended SFTP", "--sshd", "Subsystem sftp /nonexistent/sftp-server")
uploads("with an SFTP that only reads", "Permission denied", "--sshd", "Subsystem sftp internal-sftp -R")
uploads("with an SFTP that may make the directory but no files", "SFTP status", "--sshd", "Subsystem sftp internal-sftp -P open")
uploads("with an SFTP that may open files but not write", "SFTP status", "--sshd", "Subsystem sftp internal-sftp -P write")
uploads("with an SFTP that sees another /tmp than commands do", "is not there for commands",
        "--sshd", "Subsystem sftp $PRETEND_VIRT_V2V/etc/sftp", user="root",
        prepare=sftp_script("#!/bin/sh\nexec unshare --mount sh -c 'mount -t tmpfs none /tmp; exec /usr/lib/openssh/sftp-server'\n"))

# An SFTP server that lies: python source in its folder, run as the subsystem, with reply() and ask() at hand.
LIAR = """#!/usr/bin/python3
import struct, sys, time
def ask():
    size = struct.unpack(">I", sys.stdin.buffer.read(4))[0]
    return sys.stdin.buffer.read(size)
def reply(kind, rest, size=None):
    sys.stdout.buffer.write(struct.pack(">IB", len(rest) + 1 if size is None else size, kind) + rest)
    sys.stdout.buffer.flush()
def u32(*numbers): return b"".join(struct.pack(">I", number) for number in numbers)
def string(text): return u32(len(text)) + text
"""
GREET = "ask(); reply(2, u32(3))\n"
SILENT = "time.sleep(600)"
MADE = GREET + "ask(); reply(101, u32(0, 0) + string(b'') * 2)\n"
for name, why, source in (
        ("a length without end", "something else", "reply(2, b'', 0xffffffff)"),
        ("a length of nothing", "something else", "reply(2, b'', 0)"),
        ("half a message", "ended SFTP", "sys.stdout.buffer.write(u32(100) + b'half')"),
        ("an old version", "too old", "ask(); reply(2, u32(2))"),
        ("a status in place of a version", "too old", "ask(); reply(101, u32(3, 0) + string(b'') * 2)"),
        ("a status that has no words", "SFTP status 4", GREET + "ask(); reply(101, u32(0, 4) + u32(0xffffffff))"),
        ("a status for another request", "not asked for", GREET + "ask(); reply(101, u32(77, 0) + string(b'') * 2)"),
        ("a status without a number", "not asked for", GREET + "ask(); reply(101, u32(0))"),
        ("words with escapes", "x??[31m", GREET + "ask(); reply(101, u32(0, 4) + string(b'x\\x1b\\x9b[31m') + string(b''))"),
        ("a handle that is too long", "handle that is none", MADE + "reply(102, u32(0) + string(b'h' * 257)); time.sleep(600)"),
        ("a handle that ends too early", "handle that is none", MADE + "reply(102, u32(0, 9) + b'h'); time.sleep(600)"),
        ("an empty handle", "handle that is none", MADE + "reply(102, u32(0, 0)); time.sleep(600)"),
        ("two handles for a file", "handle that is none", MADE + "[reply(102, u32(0) + string(b'h')) for i in range(2)]; time.sleep(600)"),
        ("a handle for a file that nobody asked for", "not asked for", MADE + "reply(102, u32(1000) + string(b'h')); time.sleep(600)"),
        ("a flood", "something else", "sys.stdout.buffer.write(b'x' * (64 << 20))"),
        ("nothing", "did not answer in time", SILENT)):
    uploads("with an SFTP server that sends " + name, why, "--sshd", "Subsystem sftp $PRETEND_VIRT_V2V/etc/sftp", prepare=sftp_script(LIAR + source + "\n"))

with Server("--v2v", "copy", "--sshd", "Subsystem sftp $PRETEND_VIRT_V2V/etc/sftp") as server:
    sftp_script(LIAR + SILENT + "\n")(server)
    os.chmod(server.root + "/tmp", 0o755)
    message, notes = convert(server)
    tap.ok(message.kind == "failure" and b"cannot be made" in message.field("text") and "did not answer in time" in notes,
           "what fails after an SFTP that was too slow is no lost connection", message.text + notes)

with Server("--v2v", "copy", "--sshd", "Subsystem sftp internal-sftp") as server:
    server.virt_v2v("[ $# = 1 ] || echo hello")
    server.login_shell("/usr/sbin/nologin")
    message, notes = convert(server)
    tap.ok(message.kind == "failure" and b"does not run commands" in message.field("text"), "where SFTP works and commands do not, that is said", message.text + notes)
tap.done()
