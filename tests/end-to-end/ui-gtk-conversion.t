#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A person at a display has a disk converted: virt-p2v as it is, which finds the display by itself, and p2v-ui-gtk, locked as in
# production. In between the display's window is closed, and another one shows how it goes on.
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../integration")
from transport_driver import ROOT, Server, Tap, wait_for
from ui_gtk import Display
from audit_log import shows, ui_messages      # of tests/lib, where ui_gtk has made Python look

tap = Tap()
BIN = os.environ.get("P2V_BUILD", ROOT + "/build") + "/bin"


def content(path):
    with open(path, "rb") as file:
        return file.read()


def uis():
    """Those of this virt-p2v, for other tests have theirs."""
    return subprocess.run(["pgrep", "-P", str(p2v.pid), "-xf", "p2v-ui-gtk"], stdout=subprocess.PIPE, text=True).stdout.split()


with Server("--v2v", "slow") as server:
    with open(server.root + "/etc/slow", "w") as slow:
        slow.write("20")
    out, disk, output, audit = (server.directory + name for name in ("/out", "/disk", "/output", "/audit"))
    os.mkdir(out)
    with open(disk, "wb") as file:
        file.write(os.urandom(1 << 20) + bytes(1 << 20) + os.urandom(1 << 20))
    subprocess.run(["mkfs.ext4", "-q", "-F", disk], check=True)
    display = Display()
    with open(output, "w") as log:
        p2v = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", BIN + "/virt-p2v", "--helper-dir", BIN, "--test-disk", disk, "--audit-log", audit,
                                "--cmdline", "p2v.name=guest p2v.of=raw p2v.os=%s p2v.reconnect=60" % out],
                               env=display.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    tap.ok(display.window() is not None, "where there is a display the dialogs are on it", content(output))
    display.rests()
    display.fills("s", "127.0.0.1")
    display.fills("p", str(server.port))
    display.fills("u", "root")
    display.fills("i", "file://" + server.env["server_key"])
    display.keys("alt+t")
    tap.ok(shows(display, audit, "HostKeyAsk"), "the host key is asked about", content(output))
    display.keys("alt+y")
    tap.ok(shows(display, audit, "UiConnected"), "the connection is tested", content(output))
    display.keys("alt+n")
    tap.ok(shows(display, audit, "UiFindings"), "what is to be converted is checked", content(output))
    display.keys("alt+s")
    if wait_for(lambda: server.remote_directories() or ui_messages(audit).count("UiFindings") > 1, 60) and not server.remote_directories():
        display.rests()
        display.keys("alt+s")                           # warnings are overruled
    tap.ok(wait_for(lambda: server.remote_directories(), 60), "the conversion begins", content(output))
    before = uis()
    display.run("xdotool", "windowclose", display.window())
    tap.ok(before and wait_for(lambda: uis() not in ([], before), 60) and display.window() is not None, "a window that is closed while it converts is followed by another")
    tap.ok(wait_for(lambda: os.path.exists(out + "/guest.xml") or p2v.poll() is not None, 120) and p2v.poll() is None,
           "the conversion ends, and its verdict is shown until the person has seen it", content(output))
    display.rests()
    display.keys("alt+l")
    try:
        status = p2v.wait(60)
    except subprocess.TimeoutExpired:
        p2v.kill()
        status = "it did not end"
    tap.equal(status, 0, "closed by the person, the run ends with status 0")
    tap.equal(content(out + "/guest-sda"), content(disk), "the disk has arrived")
    display.close()
tap.done()
