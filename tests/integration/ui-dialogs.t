#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-ui's dialogs on a terminal as the supervisor has them: what is said on the channel, step by step, and that nothing else is.
import os
import re
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.append(os.path.dirname(sys.path[0]) + "/lib")
from configuration import HIDDEN, parts, values_in
from screen import Screen
from transport_driver import BUILD, Tap, Transport, quote

tap = Tap()
PRINT = "SHA256:" + 43 * "A"
CPU = 'cpu { sockets: 1 cores: 4 threads: 1 } rtc { }'
INVENTORY = ('inventory { hostname: "db7" architecture: "x86_64" memory_bytes: 8589934592 ' + CPU +
             ' disks { name: "sda" size_bytes: 10737418240 model: "Disk A" } disks { name: "sdb" size_bytes: 10737418240 }'
             ' nics { name: "em1" mac: "52:54:00:00:00:01" } }')
CONTENTS = 'contents { name: "sda" table: "gpt" contents { partition: 1 type: "ext4" label: "root" } }'
VALUES = {"remote.port": "22", "auth.username": "root", "auth.sudo": "false", "guestname": "db7", "vcpu.phys_topo": "false", "vcpu.cores": "4",
          "memory": "8589934592", "disks": "sda,sdb", "removable": "", "interfaces": "em1", "network_map": "default", "output.type": "local",
          "output.allocation": "sparse", "output.storage": "/var/tmp"}
SETTINGS = "ui_settings { %s }" % parts(["connection", "guest", "output"], VALUES)
CONNECTED = 'ui_connected { features { version: "2.2.0" output_drivers: "local" output_drivers: "libvirt" } fingerprint: "%s" }' % PRINT


class Ui(Transport):
    def __init__(self, start="dialogs: true"):
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        number = theirs.fileno()
        self.screen = Screen([BUILD + "/bin/p2v-ui", "--front-end=terminal"], preexec_fn=lambda: os.dup2(number, 3, inheritable=True))
        self.process = self.screen.process
        theirs.close()
        self.ready = self.receive()
        self.send("ui_start { %s }" % start)

    def sees(self, regex):
        return tap.ok(self.screen.sees(regex), "on the screen: " + regex[:60], self.screen.text())

    def press(self, button):
        return tap.ok(self.screen.press(button), "the button " + button, self.screen.text())

    def says(self, kind):
        """The next message; the screen is read meanwhile, so that the UI never waits for it."""
        for _ in range(600):
            self.screen.read(0.05)
            try:
                message = self.receive(0.05)
            except (TimeoutError, BlockingIOError):
                continue
            tap.equal(message.kind, kind, "it says " + kind)
            return message
        tap.ok(False, "it says " + kind, self.screen.text())
        raise SystemExit(1)

    def is_silent(self, why):
        self.screen.sees("NOTHING", 1)
        try:
            message = self.receive(0.2)
            return tap.ok(False, why, message.text)
        except (TimeoutError, BlockingIOError):
            return tap.ok(True, why)

    def settings(self, message):
        return values_in(message.text)

    def asking(self, settings=SETTINGS):
        for text in (INVENTORY, CONTENTS, settings, "ui_phase { phase: PHASE_ASKING }"):
            self.send(text)


def test_session():
    ui = Ui("dialogs: true shell: true power: true")
    ui.sees("This machine is being inspected")
    ui.send('note { level: WARNING text: "a disk is slow" }')
    ui.asking()
    ui.sees("SSH configuration.*db7.*<Shell>")
    tap.ok("Configure network" not in ui.screen.text(), "what is not granted is not offered", ui.screen.text())

    ui.screen.types("conv.example.com")
    ui.press("Test connection")
    message = ui.says("ui_connect")
    tap.equal(ui.settings(message), {"remote.server": "conv.example.com", "remote.port": "22", "auth.username": "root", "auth.identity.url": "",
                                     "auth.sudo": "false"}, "  ... with the first dialog's settings")
    tap.ok("password_given" not in message.text, "  ... and no password, where none was typed")
    ui.send('ui_connected { name: "remote.server" text: "connection refused" }')
    ui.sees("! conv.example.com.*connection refused")
    ui.is_silent("it does not try again by itself")

    ui.press("Test connection")
    ui.says("ui_connect")
    ui.send('host_key_ask { server: "conv.example.com" type: "ssh-ed25519" fingerprint: "%s" person: true }' % PRINT)
    ui.sees("SHA256:A{43}.*Is it the same")
    ui.send('note { text: "meanwhile" }')
    ui.press("Yes")
    tap.equal(ui.says("host_key_answer").field("answer"), "ANSWER_YES", "the host key is accepted")
    ui.send("secret_ask { kind: SECRET_PASSPHRASE }")
    ui.sees("Passphrase")
    ui.screen.types(1025 * "x" + "{return}")
    ui.sees("at most 1024 bytes.*Passphrase")
    ui.screen.types("open sesame{return}")
    tap.equal(ui.says("secret_answer").field("secret"), b"open sesame", "a secret is told, and what was too long is not")
    ui.send("secret_ask { kind: SECRET_PASSPHRASE again: true }")
    ui.sees("That was not it")
    ui.screen.types("{escape}")
    tap.equal(ui.says("secret_answer").field("answer"), "ANSWER_NO", "or not")
    ui.send(CONNECTED)
    ui.sees("Connected. There is virt-v2v 2.2.0")

    ui.press("Shell")
    ui.says("ui_request")
    os.write(ui.screen.person, b"typed for the shell\n")
    ui.is_silent("the terminal is the shell's")
    os.read(ui.screen.theirs, 100)                       # as a shell would
    ui.send("ui_request_done { kind: UI_REQUEST_SHELL done: true }")
    ui.sees("SSH configuration.*conv.example.com.*Connected")

    ui.press("Next")
    ui.says("ui_check")
    ui.send("ui_findings { }")
    ui.press("Disks")
    ui.sees(r"\[\*\] sda.*Disk A.*ext4 root.*\[\*\] sdb.*contents not known")
    ui.screen.field("sdb")
    ui.screen.types("{space}")
    message = ui.says("ui_check")
    tap.equal(ui.settings(message).get("disks"), "sda", "a change is checked")
    ui.screen.types("{space}")
    ui.is_silent("one check at a time")
    ui.send('ui_findings { findings { name: "disks" text: "sdb is needed" } findings { text: "the moon is full" } }')
    message = ui.says("ui_check")
    tap.equal(ui.settings(message).get("disks"), "sda,sdb", "and the next one when it was answered")
    ui.send('ui_findings { findings { name: "disks" text: "sdb is old" } findings { text: "the moon is full" } }')
    ui.sees("Fixed hard disks: sdb is old.*the moon is full")
    ui.press("Start conversion")
    message = ui.says("ui_convert")
    tap.ok("overrule" not in message.text, "  ... which overrules nothing", message.text)
    tap.equal(ui.settings(message), {"guestname": "db7", "vcpu.phys_topo": "false", "vcpu.cores": "4", "memory": "8192M", "disks": "sda,sdb", "removable": "",
              "interfaces": "em1", "network_map": "em1:default", "output.type": "local", "output.allocation": "sparse", "output.connection": "",
              "output.format": "", "output.storage": "/var/tmp", "output.misc": ""}, "  ... with the second dialog's settings, all of them")
    ui.send('ui_findings { findings { name: "disks" text: "sdb is old" } }')
    ui.sees("all the same.*sdb is old")
    ui.press("Yes")
    tap.equal(ui.says("ui_convert").field("overrule"), "true", "a warning is overruled")
    ui.send('ui_phase { phase: PHASE_CONNECTING server: "conv.example.com" }')
    ui.sees("Connecting to conv.example.com.*a disk is slow")
    converting(ui)


def reach_choice(ui):
    """The second dialog, with nothing said against it."""
    ui.asking()
    ui.sees("SSH configuration")
    ui.screen.types("conv.example.com")
    ui.press("Test connection")
    ui.says("ui_connect")
    ui.send(CONNECTED)
    ui.sees("Connected")
    ui.press("Next")
    ui.says("ui_check")
    ui.send("ui_findings { }")
    ui.sees("Disks and network: Guest")


def findings(*texts, name="disks"):
    return "ui_findings { %s }" % " ".join("findings { name: %s text: %s }" % (quote(name), quote(text)) for text in texts)


def test_warnings():
    """The question whether to start all the same has every warning, whatever else is on the screen; and all of it can be read."""
    ui = Ui()
    reach_choice(ui)
    ui.press("Network")
    ui.press("Identify")
    ui.says("ui_request")
    ui.sees("light of this interface blinks")
    ui.press("Start conversion")
    ui.says("ui_convert")
    ui.send(findings("sdb is old", "sda is older"))
    ui.sees("all the same.*sdb is old.*sda is older.*<No>")
    ui.press("No")
    ui.send("ui_request_done { kind: UI_REQUEST_IDENTIFY done: true }")
    ui.sees("sdb is old.*sda is older")
    ui.press("Start conversion")
    ui.says("ui_convert")
    many = ["the warning number %d of the many that were found" % number for number in range(15)]
    ui.send(findings(*many))
    ui.sees("all the same.*number 0 .*<No>")
    ui.screen.types("{up}" + 3 * "{pgdn}")
    ui.sees("number 14 .*<No>")
    ui.press("No")
    ui.sees("number 0 .*PgDn: all of it")
    ui.screen.types("{pgdn}{up}" + 3 * "{pgdn}")
    ui.sees("number 14 .*<Close>")
    ui.press("Close")
    ui.press("Start conversion")
    ui.says("ui_convert")
    ui.send(findings(*many))
    ui.sees("all the same")
    ui.screen.types("{return}")
    ui.is_silent("Return alone starts nothing")
    ui.channel.close()
    ui.screen.ends()


def test_news():
    """What warns of something before the conversion is seen where it happens, as long as that dialog is open."""
    ui = Ui()
    ui.asking()
    ui.sees("SSH configuration")
    ui.screen.types("conv.example.com")
    ui.press("Test connection")
    ui.says("ui_connect")
    ui.send('note { level: WARNING text: "the host key is trusted unseen" }')
    ui.send('note { level: INFO text: "logged in" }')
    ui.send(CONNECTED)
    ui.sees("Connected. There is virt-v2v 2.2.0.*Warning: the host key is trusted unseen")
    ui.press("Next")
    ui.says("ui_check")
    ui.send("ui_findings { }")
    tap.ok(ui.screen.sees("network: Guest") and "unseen" not in ui.screen.text(), "the next dialog is not about it", ui.screen.text())
    ui.send('note { level: ERROR text: "the light cannot blink" }')
    ui.sees("Error: the light cannot blink")
    ui.channel.close()
    ui.screen.ends()


def test_over():
    """An answer that comes while something is open over the dialog is told when that is closed."""
    ui = Ui("dialogs: true shell: true")
    ui.asking()
    ui.sees("SSH configuration")
    ui.screen.types("conv.example.com")
    ui.press("Test connection")
    ui.says("ui_connect")
    ui.send(CONNECTED)
    ui.sees("Connected")
    ui.press("Next")
    ui.says("ui_check")
    ui.send("ui_findings { }")
    ui.press("Network")
    ui.press("Identify")
    ui.says("ui_request")
    ui.press("Guest")
    ui.press("Change")
    ui.sees("local.*libvirt")
    ui.send('ui_request_done { kind: UI_REQUEST_IDENTIFY done: false text: "em1 has no light" }')
    ui.screen.sees("NOTHING", 1)
    ui.screen.types("{escape}")
    ui.sees("could not be done: em1 has no light")
    ui.press("Close")
    ui.channel.close()
    ui.screen.ends()


def test_marks():
    """Each field with a mistake has its mark, wherever the cursor is."""
    ui = Ui()
    ui.asking()
    ui.sees("SSH configuration")
    ui.screen.types("a b{tab}x")
    ui.sees("! a b.*! 22x")
    ui.screen.size(30, 100)                             # it is made anew, with the cursor in the first field
    ui.sees(r"\A\n+ {9,}\S.*! a b.*! 22x.*p2v.server=a b")
    ui.channel.close()
    ui.screen.ends()


def test_log():
    """Who has scrolled back goes on reading the same lines, whatever comes."""
    ui = Ui()
    ui.asking()
    ui.send('ui_phase { phase: PHASE_CONVERTING server: "conv.example.com" remote_directory: "/tmp/virt-p2v-20261122-abcdefgh" }')
    ui.send("conversion_output { data: %s }" % quote("".join("line %03d\n" % number for number in range(100))))
    ui.sees("line 099")
    ui.screen.types("{pgup}{pgup}")
    seen = re.findall(r"line \d+", ui.screen.text())
    tap.ok(seen and "line 099" not in seen, "the log is scrolled back", seen)
    ui.send("conversion_output { data: %s }" % quote("".join("later %03d, %s\n" % (number, 100 * "x") for number in range(50))))
    ui.screen.sees("NOTHING", 2)
    tap.equal(re.findall(r"line \d+", ui.screen.text()), seen, "and stands still while lines come")
    ui.screen.types(20 * "{pgdn}")
    ui.sees("later 049")
    ui.channel.close()
    ui.screen.ends()


def test_quit():
    ui = Ui()
    ui.asking()
    ui.sees("SSH configuration")
    ui.press("Quit")
    ui.sees("Quit virt-p2v")
    ui.press("No")
    ui.is_silent("who may have pressed Quit by mistake is asked first")
    ui.press("Quit")
    ui.press("Yes")
    tap.equal(ui.says("ui_request").field("kind"), "UI_REQUEST_CANCEL", "the first dialog can be left")
    ui.channel.close()
    tap.ok(ui.screen.ends() == 0 and ui.screen.as_it_was(), "  ... and the terminal is as it was")
    ui = Ui()
    reach_choice(ui)
    ui.press("Disks")
    ui.press("Quit")
    ui.press("Yes")
    tap.equal(ui.says("ui_request").field("kind"), "UI_REQUEST_CANCEL", "and so can the second")
    ui.channel.close()
    ui.screen.ends()


def converting(ui):
    ui.send('ui_phase { phase: PHASE_CONVERTING server: "conv.example.com" remote_directory: "/tmp/virt-p2v-20261122-abcdefgh" }')
    ui.send('progress { name: "sda" size_bytes: 10737418240 sent_bytes: 1073741824 zero_bytes: 4294967296 }')
    ui.send("conversion_output { data: %s }" % quote("[   1.0] \033[35mOpening\033[0m \033[2Jthe source\n"))
    ui.sees("virt-p2v-20261122-abcdefgh.*sda +50%.*4.0 GiB zeroes skipped.*Opening the source")
    ui.press("Cancel conversion")
    ui.sees("Cancel the conversion\\?")
    ui.is_silent("a cancel asks first")
    ui.press("No")
    ui.press("Cancel conversion")
    ui.press("Yes")
    tap.equal(ui.says("ui_request").field("kind"), "UI_REQUEST_CANCEL", "it is cancelled")
    ui.send("ui_request_done { kind: UI_REQUEST_CANCEL done: true }")
    ui.send('ui_phase { phase: PHASE_CANCELLING server: "conv.example.com" }')
    ui.sees("Cancelling")
    ui.press("Cancel conversion")
    ui.is_silent("and once is enough")
    ui.send('ui_verdict { result: CONVERSION_CANCELLED text: "It was cancelled.\\nNothing is left." }')
    ui.sees("It was cancelled.*Nothing is left.*Nothing on this machine was changed.*<Close>.*<Save log>")
    ui.is_silent("the verdict stays until the person closes it")
    ui.press("Save log")
    tap.equal(ui.says("ui_request").field("kind"), "UI_REQUEST_SAVE_LOG", "the log is to be saved")
    ui.send('ui_request_done { kind: UI_REQUEST_SAVE_LOG done: true text: "/root/virt-p2v.log" }')
    ui.sees("saved as /root/virt-p2v.log")
    ui.press("Close")
    ui.press("Close")
    ui.says("ui_finished")
    tap.ok(ui.screen.ends() == 0 and ui.screen.as_it_was(), "it ends, and the terminal is as it was")


def test_hidden():
    """What is configured and must not be shown: a password, a URL with one, a secret -oo."""
    ui = Ui()
    values = dict(VALUES, **{"remote.server": "conv.example.com", "auth.identity.url": HIDDEN, "output.misc": HIDDEN})
    ui.asking("ui_settings { %s password_set: true }" % parts(["connection", "guest", "output"], values))
    ui.sees(r"User name +root.*Password +\*.*SSH identity URL +\*.*given before stays where a \* is")
    ui.press("Test connection")
    message = ui.says("ui_connect")
    tap.equal(ui.settings(message)["auth.identity.url"], HIDDEN, "a hidden identity that is left alone is sent back as that")
    ui.send('ui_connected { name: "auth.identity.url" text: "404 Not Found" }')
    ui.sees("! .*404 Not Found")
    ui.screen.field("SSH identity URL")
    ui.screen.types("file:///id")
    ui.press("Test connection")
    tap.equal(ui.settings(ui.says("ui_connect"))["auth.identity.url"], "file:///id", "and what is typed takes its place")
    ui.send(CONNECTED)
    ui.sees("Connected")
    ui.press("Next")
    tap.equal(ui.settings(ui.says("ui_check"))["output.misc"], HIDDEN, "hidden options of virt-v2v's too")
    ui.send("ui_findings { }")
    ui.sees(r"Other options \(-oo\) +\*.*given before stays where a \* is")
    ui.screen.field("Other options (-oo)")
    ui.screen.types("x=y")
    tap.equal(ui.settings(ui.says("ui_check"))["output.misc"], "x=y", "until others are typed")
    ui.channel.close()
    ui.screen.ends()


def test_another_one():
    ui = Ui()
    for text in (INVENTORY, CONTENTS, SETTINGS):
        ui.send(text)
    converting_from_the_middle(ui)


def converting_from_the_middle(ui):
    ui.send('ui_phase { phase: PHASE_CONVERTING server: "conv.example.com" remote_directory: "/tmp/virt-p2v-20261122-abcdefgh" }')
    ui.send("conversion_output { data: %s }" % quote("[   1.0] Opening the source\n"))
    ui.sees("Converting on conv.example.com.*Opening the source")
    ui.channel.close()
    tap.ok(ui.screen.ends() == 0 and ui.screen.as_it_was(), "a UI that is started later shows the state; a supervisor that goes ends it")


def test_unexpected():
    for name, text in (("UiConnected", CONNECTED), ("UiFindings", "ui_findings { }"), ("BadRanges", "bad_ranges { }"), ("UiRequestDone", "ui_request_done { kind: UI_REQUEST_SHELL }")):
        ui = Ui()
        ui.asking()
        ui.screen.sees("SSH configuration")
        ui.send(text)
        tap.ok(name.encode() in ui.says("failure").field("text"), "%s that nobody asked for is refused" % name)
        tap.ok(ui.screen.ends() == 1 and ui.screen.as_it_was(), "  ... and ends it, with the terminal as it was")


def test_no_dialogs():
    ui = Ui("")
    ui.send('note { level: INFO text: "connected" }')
    ui.sees("virt-p2v: connected")
    tap.ok("Cancel conversion" not in ui.screen.text(), "without dialogs it shows how it goes, and asks for nothing", ui.screen.text())
    ui.send('ui_verdict { result: CONVERSION_DONE text: "It was done." }')
    ui.sees("It was done")
    ui.press("Close")
    ui.says("ui_finished")


test_session()
test_warnings()
test_news()
test_over()
test_marks()
test_log()
test_quit()
test_hidden()
test_another_one()
test_unexpected()
test_no_dialogs()
tap.done()
