#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-ui's dialogs on a terminal: the demonstration, by keyboard, on terminals of several kinds, locked as at work; and texts of
# outside that try to harm the terminal.
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from screen import Screen
from transport_driver import BUILD, Tap

tap = Tap()
UI = BUILD + "/bin/p2v-ui"
DEMO = [UI, "--demo", "--front-end=terminal"]
KINDS = [("vt100", "C"), ("vt100", "C.UTF-8"), ("xterm-256color", "C"), ("xterm-256color", "C.UTF-8"), ("linux", "C"), ("linux", "C.UTF-8")]


def connected(ui):
    """Through dialog 1."""
    if not ui.sees(r"SSH configuration"):
        return False
    ui.types("conv.example.com")
    return (ui.press("Test connection") and ui.sees("SHA256:3mVqYx0J.*Is it the same") and ui.press("Yes") and
            ui.sees("Connected. There is virt-v2v 2.2.0"))


def test_kind(term, locale):
    name = "%s, %s: " % (term, locale)
    ui = Screen(DEMO, term, locale)
    tap.ok(ui.sees("SSH configuration.*This machine: web01.*Conversion server.*<Configure network>.*<Shell>.*<About>.*<Next>"),
           name + "dialog 1 is shown", ui.text())
    tap.equal("+--" in ui.text() and "─" not in ui.text(), locale == "C", name + "lines are of ASCII where there is no UTF-8")
    colours = re.search(rb"\x1b\[[0-9;]*[34][0-7][0-9;]*m", ui.raw) is not None
    tap.equal(colours, term != "vt100", name + "colours are used where there are some")
    tap.ok(connected(ui), name + "the connection is tested", ui.text())
    ui.size(30, 100)
    tap.ok(ui.sees(r"\A\n+ {9,}\S.*SSH configuration.*Connected"), name + "it fits itself to a larger terminal", ui.text())
    ui.size(24, 80)
    tap.ok(ui.sees(r"\A\n\n  \S.*conv\.example\.com.*Connected"), name + "and back to 80x24, with all that was typed", ui.text())
    tap.ok(ui.press("Next") and ui.sees("Disks and network: Guest.*web01.*32768.*local.*sparse.*virt-v2v 2.2.0"), name + "dialog 2 follows", ui.text())
    tap.ok(ui.press("Start conversion") and ui.sees("Conversion.*sda +[0-9]+%"), name + "dialog 3 follows, with progress", ui.text())
    tap.ok(ui.press("Cancel conversion") and ui.sees("Cancel the conversion\\?") and ui.press("Yes") and ui.sees("was cancelled.*Nothing on this machine"),
           name + "cancelled, after a question", ui.text())
    tap.ok(ui.press("Close") and ui.ends() == 0 and ui.as_it_was(), name + "the end leaves the terminal as it was", ui.text())
    ui.close()


def test_connection():
    ui = Screen(DEMO)
    ui.sees("must be tested")
    tap.ok(ui.press("Next") and ui.sees("must be tested first") and ui.press("Close"), "Next needs a test", ui.text())
    tap.ok(ui.press("Test connection") and ui.sees("must be named first") and ui.press("Close"), "a test needs a server", ui.text())
    tap.ok(ui.press("About") and ui.sees("turns this physical machine.*GNU GPL") and ui.press("Close"), "About", ui.text())
    tap.ok(ui.press("Shell") and ui.sees("this is a demonstration") and ui.press("Close"), "a shell is asked for, and comes back", ui.text())
    tap.ok(ui.press("Configure network") and ui.sees("this is a demonstration") and ui.press("Close"), "and so is the network's configuration", ui.text())
    ui.field("Conversion server")
    ui.types("wrong{tab}x")
    tap.ok(ui.sees(r"! 22x.*p2v\.port=22x is refused: it must be a number from 1 to 65535"), "a mistake is told as it is made, at its field", ui.text())
    tap.ok(ui.press("Test connection") and ui.sees("must be mended") and ui.press("Close"), "and nothing is tested", ui.text())
    ui.field("Port")
    ui.types("\177")
    tap.ok(ui.sees(r"  22_.*must be tested\."), "it is mended", ui.text())
    tap.ok(ui.press("Test connection") and ui.sees("! wrong.*Connection refused"), "a server that does not answer is told at its field", ui.text())
    ui.close()


def test_questions():
    ui = Screen(DEMO)
    ui.sees("must be tested")
    ui.types("conv.example.com{tab}{tab}\177\177\177\177token{tab}open sesame")
    tap.ok(ui.sees(r"\*{11}_") and "sesame" not in ui.text(), "a password is not seen", ui.text())
    ui.types("{tab}{space}")
    tap.ok(ui.sees("open sesame"), "but where it is asked for", ui.text())
    ui.types("{space}")
    ui.sees(r"\*{11}_")
    ui.types("{tab}file:///root/id")
    tap.ok(ui.press("Test connection") and ui.sees("Is it the same") and ui.press("No") and ui.sees("host key was not accepted"), "a host key is refused", ui.text())
    tap.ok(ui.press("Test connection") and ui.sees("Is it the same") and ui.press("Yes") and ui.sees("Passphrase of the SSH identity"), "a passphrase is asked for", ui.text())
    ui.types("alpha")
    tap.ok(ui.sees(r"\*{5}_") and "alpha" not in ui.text(), "  ... unseen", ui.text())
    ui.types("{return}")
    tap.ok(ui.sees("The conversion server asks: Verification code:"), "what the server asks is marked as its own words", ui.text())
    ui.types("1234{return}")
    tap.ok(ui.sees("Connected") and not re.search(r"\*\*", ui.text()), "connected: the password is the supervisor's alone", ui.text())
    raw = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", ui.raw)
    tap.ok(b"alpha" not in raw and b"1234" not in raw, "no answer was ever drawn")
    ui.close()


def test_choice():
    ui = Screen(DEMO)
    connected(ui)
    ui.press("Next")
    ui.sees("Guest")
    tap.ok(ui.press("Disks") and ui.sees(r"Disks and network: Disks.*\[\*\] sda +16 GiB  Example SSD 16  s/n EX16-0123456.*in use: mounted on /srv; vfat EFI, ext4 boot, volume group vg0"
                                          r".*\[\*\] sdb +32 GiB.*volume group vg0.*\n[^\[]*sdc.*the running system is on it"),
           "disks with size, model, serial and what is on them; the running system's is not offered", ui.text())
    ui.field("sda")
    ui.types("{space}")
    tap.ok(ui.sees(r"\[ \] sda.*Fixed hard disks: the volume group vg0 is on sda and sdb"), "a volume group is not split", ui.text())
    tap.ok(ui.press("Start conversion") and ui.sees("cannot begin so.*vg0") and ui.press("Close"), "an error cannot be overruled", ui.text())
    ui.field("sda")
    ui.types("{space}")
    tap.ok(ui.sees(r"\[\*\] sda") and not ui.sees("volume group vg0 is on", 1), "it is whole again", ui.text())
    tap.ok(ui.press("Removable") and ui.sees(r"\[\*\] sr0 +Example DVD-ROM"), "removable drives", ui.text())
    tap.ok(ui.press("Network") and ui.sees(r"\[\*\] eno1 +Example Networks Gigabit.*52:54:00:12:34:56, link, 1000 Mb/s.*default.*52:54:00:12:34:57, no link.*ens1f0.*10000 Mb/s"),
           "interfaces with maker, MAC, link, speed and network", ui.text())
    tap.ok(ui.press("Identify") and ui.sees("light of this interface blinks"), "identify", ui.text())
    tap.ok(ui.press("Guest") and ui.sees("Disks and network: Guest"), "back on the first page", ui.text())
    tap.ok(ui.press("Change") and ui.sees("libvirt.*openstack.*rhv-upload"), "output modes are the server's own", ui.text())
    ui.types("{up}{return}")
    tap.ok(ui.sees(r"Output to \(-o\) +libvirt"), "one is chosen", ui.text())
    ui.field("Memory (MiB)")
    ui.types("\177" * 5 + "65536")
    tap.ok(ui.sees("Memory.*! 65536.*more memory than the machine has"), "a warning is told at its field", ui.text())
    tap.ok(ui.press("Start conversion") and ui.sees("all the same\\?") and ui.press("No") and ui.sees("Disks and network"), "a warning is asked about", ui.text())
    tap.ok(ui.press("Back") and ui.sees("SSH configuration.*conv.example.com") and ui.press("Next") and ui.sees("65536"), "back and forth, nothing is lost", ui.text())
    tap.ok(ui.press("Start conversion") and ui.sees("all the same\\?") and ui.press("Yes") and ui.sees("Connecting to conv.example.com|Converting on"),
           "and overruled", ui.text())
    tap.ok(ui.sees("/tmp/virt-p2v-20261122-k3v9xq2m.*sda +[0-9]+%.*MiB/s, .*zeroes skipped"), "the remote log directory, progress, rate and zeroes are shown", ui.text())
    tap.ok(ui.sees("connection of the disk sda was lost.*virt-p2v: the connection of the disk sda is back", 60), "reconnects are told", ui.text())
    ui.types("{pgup}{pgup}")
    tap.ok(ui.sees("Setting up the source"), "the messages can be scrolled back", ui.text())
    tap.ok(ui.sees("The conversion is done.*sda +100%.*web01.xml describes it.*do not start it", 60), "the verdict, and what to do next", ui.text())
    tap.ok(ui.press("Save log") and ui.sees("saved as /var/log/virt-p2v.log") and ui.press("Close"), "the log is saved", ui.text())
    for button in ("Shutdown", "Reboot"):
        tap.ok(ui.press(button) and ui.sees(r"this machine\?|Reboot") and ui.press("Yes") and ui.sees("demonstration: nothing was") and ui.press("Close"),
               button + " asks, and is asked for", ui.text())
    tap.ok(ui.press("Close") and ui.ends() == 0, "closed", ui.text())
    ui.close()


# What S-Lang and libnewt themselves send: text, moving, clearing, colours, keypad and screen modes, character sets.
HARMLESS = re.compile(rb"(?:[ -~\n\r\x08\x0e\x0f]|\xc2[\xa0-\xbf]|[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|"
                      rb"\x1b\[[0-9;]*[ABCDHJKLMPXdfmrhlG@]|\x1b\[\?[0-9;]*[hlc]|\x1b\[!p|\x1b[=>78DM]|\x1b[()][0AB]|\x1b\[[0-9;]*t)*\Z")


def test_hostile(locale):
    name = "hostile, %s: " % locale
    ui = Screen([UI, "--demo=hostile"], locale=locale)
    tap.ok(ui.sees("SSH configuration") and ui.sees("must be tested"), name + "dialog 1", ui.text())
    ui.types("conv.example.com{tab}{tab}\177\177\177\177token{tab}{tab}{tab}file:///root/id")
    tap.ok(ui.press("Test connection") and ui.sees("SHA256:3mVqYx0J.*conv.example.com.*Yes") and ui.press("Yes"), name + "no name hides a host key's fingerprint", ui.text())
    tap.ok(ui.sees("Passphrase"), name + "a passphrase", ui.text())
    ui.types("x{return}")
    tap.ok(ui.sees("Verification.*code:.*Give up"), name + "the server's question", ui.text())
    ui.types("x{return}")
    tap.ok(ui.sees(r"There is virt-v2v.*2\.2\.0") and ui.press("Next") and ui.sees("Guest"), name + "connected", ui.text())
    for page in ("Disks", "Removable", "Network"):
        tap.ok(ui.press(page) and ui.sees("network: " + page), name + page, ui.text())
    tap.ok(ui.press("Start conversion") and ui.sees("The virtual machine|The machine was converted", 60), name + "a verdict", ui.text())
    tap.ok(ui.press("Save log") and ui.sees("saved as.*/var/log/virt-p2v.log") and ui.press("Close"), name + "a file's name", ui.text())
    tap.ok(ui.press("Close") and ui.ends() == 0, name + "the end", ui.text())
    harm = [b"\x1b]", b"\x1bP", b"\x07", b"\x1b[6n", b"\x1b[2Jx", b"\xe2\x80\xae", b"\xe2\x81\xa6", b"\xc2\x9b", b"title\x07"]
    tap.ok(not [found for found in harm if found in ui.raw], name + "nothing of what was tried reached the terminal", [found for found in harm if found in ui.raw])
    rest = ui.raw[HARMLESS.match(ui.raw).end():]
    bad = next((ui.raw[at:at + 40] for at in [len(re.match(HARMLESS.pattern[:-2], ui.raw).group(0))] if at < len(ui.raw)), b"")
    tap.equal(bad, b"", name + "and all that did is text and what the terminal's description has")
    tap.ok(locale != "C" or max(ui.raw) < 0x80, name + "in ASCII where there is no UTF-8")
    ui.close()


def test_german():
    with tempfile.TemporaryDirectory(dir="/var/tmp") as place:
        os.chmod(place, 0o755)
        subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", place + "/de_DE.UTF-8"], check=True)
        ui = Screen(DEMO, locale="de_DE.UTF-8", env={"LOCPATH": place})
        tap.ok(ui.sees("Diese Maschine: web01.*Umwandlungsserver.*Benutzer.*Passwort.*<Verbindung prüfen>.*<Über virt-p2v>"), "dialog 1 in German", ui.text())
        ui.close()


def test_no_terminal():
    for term, why in (("nonsense", 'type "nonsense" are not known'), ("dumb", "cannot show dialogs")):
        ui = Screen(DEMO, term=term)
        tap.ok(ui.ends() == 1 and why.encode() in ui.process.stderr.read() and ui.as_it_was(), "TERM=%s is told" % term, ui.text())
        ui.close()
    done = subprocess.run(DEMO, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    tap.ok(done.returncode == 1 and b"--front-end=text" in done.stderr, "and so is that there is none", done.stderr)
    ui = Screen(DEMO)
    ui.sees("SSH configuration")
    os.close(ui.theirs)
    os.close(ui.person)
    tap.equal(ui.process.wait(20), 0, "a terminal that is closed ends it")


for kind in KINDS:
    test_kind(*kind)
test_connection()
test_questions()
test_choice()
test_hostile("C.UTF-8")
test_hostile("C")
test_german()
test_no_terminal()
tap.done()
