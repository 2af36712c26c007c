#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The user's login shell on the conversion server may be any, and may print, and change, what it likes when it starts: the question
# to virt-v2v, the remote directory, the uploads and the conversion are right all the same. An account for each shell, which lives
# in the test's own server.
import atexit
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from transport_driver import Server, Tap, Transport, memfd, quote

tap = Tap()
SHELLS = ("bash", "dash", "zsh", "fish", "tcsh", "mksh")
NOISE = """echo 'Welcome to this server!'
echo virt-p2v- >&2
echo 'version status 0 it''s'
cd /
umask 000
alias cat='echo no cat'
alias echo='true'
"""
DOTFILES = (".bashrc", ".bash_profile", ".profile", ".zshenv", ".zshrc", ".tcshrc", ".cshrc", ".login", ".mkshrc", ".config/fish/config.fish")
# Bytes of every kind, with those that shells and line discipline would change.
CONTENT = bytes(range(256)) * 300 + b"\r\n.\n~.\n$(x)`y`'\"\\\n\0"


def dotfiles(shell):
    aliases = shell in ("tcsh", "csh")
    text = NOISE.replace("alias cat='", "alias cat '").replace("alias echo='", "alias echo '") if aliases else NOISE
    text = text.replace(">&2\n", "> /dev/stderr\n") if aliases else text
    return {name: text for name in DOTFILES}


def convert(server, user):
    """The last message of a conversion, and what virt-v2v printed."""
    transport = Transport()
    transport.login(server.port, user=user, identity=server.key)
    fd = memfd(CONTENT)
    transport.send('attachment { name: "dmesg" }', [fd])
    os.close(fd)
    transport.send("""conversion_start { machine { name: "guest" architecture: "x86_64" memory_bytes: 1073741824 vcpus: 1
        cpu { sockets: 1 cores: 1 threads: 1 } rtc { } disks { name: "sda" port: 10809 } } output { type: "local" storage: %s } }""" % quote("a 'b'\n$(c)!"))
    printed, started = b"", None
    while True:
        message = transport.receive()
        if message.kind == "conversion_output":
            printed += message.field("data")
        elif message.kind == "conversion_started":
            started = message.field("remote_directory").decode()
        elif message.kind not in ("note", "conversion_directory"):
            transport.close()
            return message, printed, started


def test_shell(server, shell, uid):
    path = shutil.which(shell)
    if path is None:
        tap.ok(False, "%s is installed (tests/install-needs.sh)" % shell)
        return
    user = "p2v-" + shell
    server.account(user, uid, path, dotfiles(shell))
    if shell in ("bash", "zsh", "fish", "tcsh"):       # the others read no file for a single command
        said = subprocess.run(["ssh", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-i", server.env["server_key"],
                               "-p", str(server.port), user + "@127.0.0.1", "pwd"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True).stdout
        tap.ok("Welcome to this server!" in said and said.endswith("\n/\n"), "%s is noisy indeed" % shell, said)
    for sudo in ("false", "true"):
        transport = Transport()
        transport.login(server.port, user=user, identity=server.key)
        transport.send("test_connection { sudo: %s }" % sudo)
        answer = transport.receive()
        tap.ok(answer.kind == "features" and answer.field("version") == b"2.2.0", "%s, noisy: virt-v2v answers (sudo: %s)" % (shell, sudo), answer.text)
        transport.close()
    message, printed, directory = convert(server, user)
    tap.ok(message.kind == "conversion_ended" and message.field("result") == "CONVERSION_DONE" and printed == b"[   0.0] hello\n",
           "%s: a conversion runs, and its output is virt-v2v's alone" % shell, "%s %r" % (message.text, printed))
    there = os.stat(server.root + directory)
    tap.equal((oct(there.st_mode & 0o7777), there.st_uid), ("0o700", uid), "%s: the remote directory is its user's alone" % shell)
    with open(server.root + directory + "/dmesg", "rb") as file:
        tap.ok(file.read() == CONTENT, "%s: what is uploaded arrives as it was" % shell)
    with open(server.root + "/log/argv", "rb") as file:
        tap.ok(b"a 'b'\n$(c)!" in file.read().split(b"\0"), "%s: arguments reach virt-v2v as they are" % shell)


with open("/var/tmp/virt-p2v-banner.%d" % os.getpid(), "w") as banner:
    banner.write("\033[2JUnauthorised use is forbidden\nvirt-v2v 1.0.0\n" * 100)
atexit.register(os.unlink, banner.name)
with Server("--v2v", "copy", "--sshd", "Banner " + banner.name, "--sshd", "PrintMotd yes") as server:
    server.virt_v2v('[ "$1" = --machine-readable ] && { echo input:libvirtxml; echo output:local; exit; }; [ $# = 1 ] && { echo virt-v2v 2.2.0; exit; }\n'
                    'umask 022; printf "%s\\0" "$@" > $DIR/log/argv; echo "[   0.0] hello"')
    for number, shell in enumerate(SHELLS):
        if os.path.exists(server.root + "/log/argv"):
            os.unlink(server.root + "/log/argv")
        test_shell(server, shell, 64710 + number)
tap.done()
