#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A person at a terminal has a machine converted: virt-p2v as it is, every button of its dialogs, the real virt-v2v, and the result
# boots. In between the UI is killed, and another one goes on. About four minutes.
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../integration")
from screen import Screen
from transport_driver import ROOT, Server, Tap, wait_for

tap = Tap()
BIN = os.path.abspath(os.environ.get("P2V_BUILD", ROOT + "/build") + "/bin")
guest = subprocess.run([ROOT + "/tests/guest/make-guest.sh"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def uis():
    """Those of this virt-p2v, for other tests have theirs."""
    return subprocess.run(["pgrep", "-P", str(ui.process.pid), "-xf", "p2v-ui --front-end=terminal"], stdout=subprocess.PIPE, text=True).stdout.split()


def go_to(ui, text):
    for _ in range(40):
        if ui.cursor_on(text):
            return True
        ui.tab()
    return False


def first_dialog(ui):
    tap.ok(ui.sees("SSH configuration.*must be tested"), "the first dialog is shown", ui.text())
    tap.ok(ui.press("About") and ui.sees("GNU GPL") and ui.press("Close"), "About", ui.text())
    tap.ok(ui.press("Shell") and wait_for(lambda: not ui.sees("SSH configuration", 1), 40), "a shell has the terminal", ui.text())
    ui.types("echo forty-$((6 * 7)){return}")
    tap.ok(ui.sees("forty-42"), "which does what is typed", ui.text())
    ui.types("sleep 100{return}")
    ui.types("\003")
    ui.types("echo alive-$((6 * 7)){return}")
    tap.ok(ui.sees("alive-42"), "^C is the shell's", ui.text())
    ui.types("exit{return}")
    tap.ok(ui.sees("SSH configuration.*must be tested"), "and the dialog comes back", ui.text())
    tap.ok(ui.press("Configure network") and ui.sees("network.*(not installed|failed)") and ui.press("Close"), "a network configuration that is not there is told", ui.text())
    go_to(ui, "____")
    ui.types("127.0.0.1{tab}\177\1771{tab}{tab}{tab}{tab}file://" + server.env["server_key"])
    tap.ok(ui.press("Test connection") and ui.sees("refuses connections on port 1"), "a wrong port is told", ui.text())
    go_to(ui, "127.0.0.1")
    ui.types("{tab}\177%d" % server.port)
    tap.ok(ui.press("Test connection") and ui.sees("host key.*Is it the same"), "the host key is asked about", ui.text())
    tap.ok(server.env["server_fingerprint"] in re.sub(r"[\s│|]", "", ui.text()), "it is the server's", ui.text())
    tap.ok(ui.press("Yes") and ui.sees(r"Connected. There is virt-v2v 2\.[0-9]"), "the connection is tested", ui.text())


def second_dialog(ui):
    tap.ok(ui.press("Next") and ui.sees("Guest.*guest.*local.*/out"), "the second dialog has what the kernel command line said", ui.text())
    tap.ok(ui.press("Disks") and ui.sees(r"\[\*\] sda.*\[\*\] sdb"), "both disks are offered", ui.text())
    go_to(ui, "[*] sdb")
    ui.types("{space}")
    tap.ok(ui.sees(r"\[ \] sdb"), "one is left out", ui.text())
    tap.ok(ui.press("Network") and ui.sees("network: Network"), "the network's page", ui.text())
    tap.ok(ui.press("Removable") and ui.sees("network: Removable"), "the removable drives' page", ui.text())
    tap.ok(ui.press("Back") and ui.sees("SSH configuration.*Connected") and ui.press("Next") and ui.sees("Guest"), "back and forth", ui.text())


def conversion(ui):
    ui.press("Start conversion")
    ui.sees("all the same|sda +[0-9]+%|Connecting|Converting")
    if "all the same" in ui.text():
        ui.press("Yes")
    tap.ok(ui.sees("/tmp/virt-p2v-[0-9]{8}-.*sda +[0-9]+%", 120), "the third dialog has the remote directory and the disk's progress", ui.text())
    tap.ok(ui.sees(r"\[ +[0-9.]+\] Opening the source", 120), "virt-v2v's messages are shown", ui.text())
    tap.ok(ui.press("Cancel conversion") and ui.sees("Cancel the conversion") and ui.press("No"), "who does not mean it does not cancel", ui.text())
    before = uis()
    subprocess.run(["kill", "-KILL", *before], check=True)
    tap.ok(wait_for(lambda: uis() not in ([], before), 60), "a UI that is killed is followed by another")
    tap.ok(ui.sees("/tmp/virt-p2v-[0-9]{8}-.*sda +[0-9]+%", 60), "which shows where the conversion is", ui.text())
    tap.ok(ui.sees("conversion (is done|has succeeded)", 900), "it is done", ui.text())
    tap.ok("do not" in ui.text(), "and what to do next is told", ui.text())
    tap.ok(ui.press("Save log") and ui.sees(r"/var/tmp/virt-p2v-[0-9-]+\.log"), "the log is saved", ui.text())
    saved = re.search(r"/var/tmp/virt-p2v-[0-9-]+\.log", ui.text())
    with open(saved[0] if saved else "/dev/null") as log:
        text = log.read()
    tap.ok("Opening the source" in text and "Finishing off" in text, "from virt-v2v's first message to its last", text[-2000:])
    if saved:
        os.unlink(saved[0])
    ui.press("Close")
    tap.ok(ui.press("Close") and ui.ends() == 0 and ui.as_it_was(), "the end: status 0, and the terminal is as it was", ui.text())


with Server("--v2v", "real") as server:
    out, other = server.directory + "/out", server.directory + "/other"
    os.mkdir(out)
    with open(other, "wb") as file:
        file.truncate(1 << 20)
    ui = Screen([BIN + "/virt-p2v", "--helper-dir", BIN, "--allow-shell", "--test-disk", guest, "--test-disk", other,
                 "--cmdline", "p2v.name=guest p2v.o=local p2v.of=raw p2v.os=%s p2v.reconnect=60" % out], start_new_session=True,
                preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0))
    for part in first_dialog, second_dialog, conversion:
        if ui.process.poll() is None:
            part(ui)
        else:
            tap.ok(False, "virt-p2v lives", ui.process.stderr.read())
    ui.close()
    tap.ok(wait_for(lambda: not uis(), 20), "no UI is left")
    boots = subprocess.run([ROOT + "/tests/guest/boot-guest.sh", out + "/guest-sda", "raw"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    tap.ok(boots.returncode == 0, "the virtual machine boots to a login prompt", boots.stdout)
tap.done()
