#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-ui asks the person: host keys and secrets, on a terminal; with none it says that nobody is there.
import os
import pty
import re
import select
import socket
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from transport_driver import BUILD, Tap, Transport, quote, wait_for

tap = Tap()
PRINT = "SHA256:" + 43 * "A"
HOST_KEY = 'host_key_ask { server: "[conv.example.com]:2222" type: "ssh-ed25519" fingerprint: "%s" person: true }' % PRINT
PASSPHRASE = "secret_ask { kind: SECRET_PASSPHRASE }"
VERDICT = 'ui_verdict { result: CONVERSION_FAILED text: "It was too late." }'


class Ui(Transport):
    """p2v-ui on a terminal (or with standard input from /dev/null), as the supervisor sees it, and as the person does."""

    def __init__(self, terminal=True):
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        number = theirs.fileno()
        self.person, slave = pty.openpty()          # the second stays open: a terminal outlives its programs
        self.process = subprocess.Popen([BUILD + "/bin/p2v-ui"], close_fds=False, stdin=slave if terminal else subprocess.DEVNULL,
                                        stdout=slave, stderr=slave, preexec_fn=lambda: os.dup2(number, 3, inheritable=True))
        theirs.close()
        self.shown = ""
        self.receive()
        self.send("ui_start { }")

    def sees(self, regex, seconds=60):
        """Whether the person comes to see it."""
        deadline = time.monotonic() + seconds
        while not re.search(regex, self.shown, flags=re.S) and time.monotonic() < deadline:
            if select.select([self.person], [], [], 0.2)[0]:
                self.shown += os.read(self.person, 65536).decode().replace("\r\n", "\n")
                self.shown = re.sub("\033\\[[0-9;]*m", "", self.shown)
        return re.search(regex, self.shown, flags=re.S)

    def types(self, line):
        os.write(self.person, line.encode() + b"\n")

    def echo(self):
        return bool(termios.tcgetattr(self.person)[3] & termios.ECHO)

    def ends(self):
        """Ends it as a run ends."""
        self.send(VERDICT)
        finished = self.receive().kind
        status = self.close()
        os.close(self.person)
        return finished == "ui_finished" and status == 0


def test_host_key():
    ui = Ui()
    ui.send(HOST_KEY)
    tap.ok(ui.sees(r"host key of \[conv.example.com\]:2222 is ssh-ed25519\n.*SHA256:A{43}\n.*yes/no\) $"), "a host key is shown with its server and fingerprint", ui.shown)
    ui.types("y")
    tap.ok(ui.sees(r"type yes or no: $"), "who means yes writes it out", ui.shown)
    ui.types("yes")
    tap.equal(ui.receive().field("answer"), "ANSWER_YES", "yes is yes")
    ui.send(HOST_KEY)
    ui.shown = ""
    ui.sees(r"yes/no\) $")
    ui.send('note { level: WARNING text: "meanwhile" }')
    tap.ok(ui.sees(r"yes/no\) \nvirt-p2v: warning: meanwhile\nvirt-p2v: the host key.*yes/no\) $"), "what comes meanwhile is shown, and the question again", ui.shown)
    ui.shown = ""
    ui.send('note { level: DEBUG text: "not seen" }')
    ui.send('note { level: WARNING text: "later" }')
    ui.sees(r"yes/no\) $")
    tap.ok(ui.shown.startswith("\nvirt-p2v: warning: later\n") and ui.shown.count("yes/no") == 1, "what is not shown does not repeat it", ui.shown)
    ui.types("no")
    tap.equal(ui.receive().field("answer"), "ANSWER_NO", "no is no")
    tap.ok(ui.ends(), "and then it goes on as always", ui.shown)


def test_secret():
    ui = Ui()
    ui.types("typed before it was asked")
    tap.ok(wait_for(lambda: "typed before" in ui.shown or ui.sees("typed before", 1)), "something is typed", ui.shown)
    ui.send(PASSPHRASE)
    tap.ok(ui.sees(r"passphrase of the SSH identity: $") and wait_for(lambda: not ui.echo()), "a passphrase is asked for, unseen", ui.shown)
    ui.types("open sesame \u00e9")
    answer = ui.receive()
    tap.equal((answer.field("answer"), answer.field("secret").decode()), ("ANSWER_YES", "open sesame \u00e9"), "it arrives as it was typed, and nothing typed before it")
    tap.ok(wait_for(ui.echo), "and afterwards what is typed is seen again")
    ui.send("secret_ask { kind: SECRET_PASSPHRASE again: true }")
    tap.ok(ui.sees(r"that was not it; passphrase of the SSH identity: $"), "a wrong one is told", ui.shown)
    ui.types("")
    answer = ui.receive()
    tap.equal((answer.field("answer"), answer.field("secret")), ("ANSWER_YES", b""), "an empty one is one")
    ui.send("secret_ask { kind: SECRET_QUESTION prompt: %s echo: true }" % quote("virt-p2v: passphrase of the SSH identity: "))
    tap.ok(ui.sees(r"the conversion server asks: virt-p2v: passphrase of the SSH identity: +$") and ui.echo(), "the server's own words are named as such", ui.shown)
    ui.types("x" * 2000)
    answer = ui.receive()
    tap.equal((answer.field("answer"), answer.field("secret")), ("ANSWER_NO", b""), "what is too long is no answer")
    tap.ok("open sesame" not in ui.shown, "no secret was ever shown", ui.shown)
    tap.ok(ui.ends(), "and then it goes on as always", ui.shown)


def test_hostile_question():
    """What turns the writing round has no place in a line: the sender should have cleaned it, so it is not believed at all."""
    ui = Ui()
    ui.send("secret_ask { kind: SECRET_QUESTION prompt: %s }" % quote("\u061cedoC"))
    failure = ui.receive()
    tap.ok(failure.kind == "failure" and b"SecretAsk.prompt" in failure.field("text"), "a question that turns the writing round is refused at the border", failure)
    tap.ok(ui.process.wait(20) != 0 and not ui.sees("edoC", 1), "  ... and is never seen", ui.shown)
    ui.channel.close()
    os.close(ui.person)


def test_verdict_in_between():
    ui = Ui()
    ui.send(PASSPHRASE)
    tap.ok(ui.sees("identity: $") and wait_for(lambda: not ui.echo()), "a question is open", ui.shown)
    ui.send(VERDICT)
    tap.equal(ui.receive().kind, "ui_finished", "a verdict closes it")
    tap.ok(ui.sees(r"identity: \nvirt-p2v: error: It was too late.\n"), "  ... is shown on a line of its own", ui.shown)
    tap.ok(wait_for(ui.echo), "  ... and the terminal is as it was")
    tap.equal(ui.close(), 0, "  ... and it ends")
    ui = Ui()
    ui.send(PASSPHRASE)
    ui.sees("identity: $")
    wait_for(lambda: not ui.echo())
    ui.channel.close()
    tap.ok(ui.process.wait(60) == 0 and ui.echo(), "so does a supervisor that goes")


def test_nobody():
    ui = Ui(terminal=False)
    ui.send(HOST_KEY)
    tap.equal(ui.receive().field("answer"), "ANSWER_NOBODY", "without a terminal nobody is there for a host key")
    ui.send(PASSPHRASE)
    tap.equal(ui.receive().field("answer"), "ANSWER_NOBODY", "or for a passphrase")
    tap.ok(ui.ends(), "and it goes on as always", ui.shown)
    ui = Ui()
    ui.send(HOST_KEY)
    ui.sees(r"yes/no\) $")
    os.write(ui.person, b"\x04")
    tap.equal(ui.receive().field("answer"), "ANSWER_NOBODY", "an end of the input is nobody")
    tap.ok(ui.ends(), "and it goes on as always", ui.shown)


test_host_key()
test_secret()
test_hostile_question()
test_verdict_in_between()
test_nobody()
tap.done()
