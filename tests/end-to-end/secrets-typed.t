#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a person types: a password, the answer to a server's question, the passphrase of an identity. Once the conversion runs, none of them
# is in any process but in the supervisor's locked buffer; with each front end. secrets.t is about the rest.
import os
import random
import shutil
import string
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../integration")
from screen import Screen
from transport_driver import ROOT, Server, Tap, wait_for
from ui_gtk import EYE, Display
from audit_log import shows, ui_messages      # of tests/lib, where ui_gtk has made Python look

tap = Tap()
PASSWORD, PASSPHRASE = ("".join(random.SystemRandom().choices(string.ascii_lowercase, k=40)) for _ in range(2))


def ours(folder):
    """{pid: program} of all that runs from this folder."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            program = os.readlink("/proc/%s/exe" % pid)
        except OSError:
            continue
        if "/%s/bin/" % os.path.basename(folder) in program:
            found[int(pid)] = os.path.basename(program)
    return found


def check(server, name, ui):
    """While they stand still."""
    wanted = sorted(["p2v-export", "p2v-supervisor", "p2v-transport", "p2v-transport", ui, "virt-p2v"])
    wait_for(lambda: sorted(ours(server.directory).values()) == wanted, 60)         # what virt-p2v starts is virt-p2v for a moment
    processes = ours(server.directory)
    tap.equal(sorted(processes.values()), wanted, name + ": all our processes are there")
    for pid in processes:
        os.kill(pid, 19)
    looked = subprocess.run([ROOT + "/tests/lib/find-secrets", server.directory + "/secrets", server.directory], stdout=subprocess.PIPE, text=True, check=True).stdout
    for pid in processes:
        os.kill(pid, 18)
    found = [line for line in looked.splitlines() if not (line.startswith("p2v-supervisor memory:") and ":locked " in line)]
    elsewhere = [line for line in found if not line.startswith("looked at ") and line.split()[2] != "locked"]
    tap.equal(elsewhere, [], name + ": the password and the passphrase are not in them")
    tap.ok("looked at %d processes" % len(processes) in looked, name + ": which have been looked at", looked)


def ends(server, name, process):
    process.send_signal(2)                              # setpriv has become virt-p2v
    if not wait_for(lambda: not ours(server.directory), 10):
        process.send_signal(2)                          # the dialogs show the verdict
    tap.ok(wait_for(lambda: not ours(server.directory), 40), name + ": cancelled, all of them end")
    process.wait(20)


def prepare(server):
    shutil.copytree(ROOT + "/build/bin", server.directory + "/bin")
    with open(server.directory + "/secrets", "w") as secrets:
        print("password", PASSWORD.encode().hex(), file=secrets)
        print("passphrase", PASSPHRASE.encode().hex(), file=secrets)
    shutil.copy(server.env["server_key"], server.directory + "/key")
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", PASSPHRASE, "-f", server.directory + "/key"], stdout=subprocess.DEVNULL, check=True)
    with open(server.directory + "/disk", "wb") as disk:
        disk.write(os.urandom(4 << 20))
    subprocess.run(["mkfs.ext4", "-q", "-F", server.directory + "/disk"], check=True)


def command(server, words, *options):
    return [server.directory + "/bin/virt-p2v", "--helper-dir", server.directory + "/bin", "--test-disk", server.directory + "/disk", *options,
            "--cmdline", "p2v.name=guest p2v.os=/tmp p2v.hostkey=%s p2v.force %s" % (server.env["server_fingerprint"], words)]


def own_terminal():
    import fcntl
    import termios
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def begun(server):
    return wait_for(lambda: server.remote_directories() and list(ours(server.directory).values()).count("p2v-transport") == 2, 120)


# The server asks each connection: the test's, the control's and the disk's.
def text(server):
    ui = Screen(command(server, "p2v.server=127.0.0.1 p2v.port=%d p2v.identity=file://%s/key" % (server.port, server.directory), "--ui=text"),
                columns=200, rows=60, start_new_session=True, preexec_fn=own_terminal)
    tap.ok(ui.sees("passphrase of the SSH identity"), "text: the passphrase is asked for", ui.text())
    ui.types(PASSPHRASE + "{return}")
    for number in range(1, 4):
        tap.ok(ui.sees("(the conversion server asks:.*){%d}" % number), "text: the server asks for the password", ui.text())
        ui.types(PASSWORD + "{return}")
    tap.ok(ui.sees("log files are in", 60) and begun(server), "text: the conversion begins", ui.text())
    tap.ok(PASSWORD not in ui.text() and PASSPHRASE not in ui.text(), "text: nothing that was typed is seen", ui.text())
    check(server, "text", "p2v-ui")
    ends(server, "text", ui.process)
    ui.close()


def terminal(server):
    ui = Screen(command(server, "", "--ui=terminal"), start_new_session=True, preexec_fn=own_terminal)
    tap.ok(ui.sees("SSH configuration.*must be tested"), "terminal: the first dialog is shown", ui.text())
    for label, typed in ("Conversion server", "127.0.0.1"), ("Port", "\177\177%d" % server.port), ("Password", PASSWORD), ("SSH identity URL", "file://%s/key" % server.directory):
        tap.ok(ui.field(label), "terminal: the field " + label, ui.text())
        ui.types(typed)
    ui.press("Test connection")
    tap.ok(ui.sees("Passphrase of"), "terminal: the passphrase is asked for", ui.text())
    ui.types(PASSPHRASE + "{return}")
    tap.ok(ui.sees("Connected"), "terminal: the connection is tested", ui.text())
    ui.press("Next")
    ui.sees("Guest|Name")
    ui.press("Start conversion")
    ui.sees("all the same|sda +[0-9]+%|Connecting|Converting")
    if "all the same" in ui.text():
        ui.press("Yes")
    tap.ok(begun(server), "terminal: the conversion begins", ui.text())
    check(server, "terminal", "p2v-ui")
    ends(server, "terminal", ui.process)
    ui.close()


def gtk(server):
    display, output, audit = Display(), server.directory + "/output", server.directory + "/audit"
    with open(output, "w") as log:
        p2v = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command(server, "", "--audit-log", audit)], env=display.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    tap.ok(display.window() is not None, "gtk: the dialogs are shown")
    display.rests()
    for key, typed in ("s", "127.0.0.1"), ("p", str(server.port)), ("i", "file://%s/key" % server.directory):
        display.fills(key, typed)
    display.clicks(*EYE["password"])                    # what is seen while it is typed must not stay either
    display.fills("w", PASSWORD)
    display.keys("alt+t")
    tap.ok(shows(display, audit, "SecretAsk"), "gtk: the passphrase is asked for", open(output).read())
    display.clicks(*EYE["answer"])
    display.types(PASSPHRASE)
    display.keys("Return")
    tap.ok(shows(display, audit, "UiConnected"), "gtk: the connection is tested", open(output).read())
    display.keys("alt+n")
    tap.ok(shows(display, audit, "UiFindings"), "gtk: what is to be converted is checked", open(output).read())
    display.keys("alt+s")
    if wait_for(lambda: server.remote_directories() or ui_messages(audit).count("UiFindings") > 1, 60) and not server.remote_directories():
        display.rests()
        display.keys("alt+s")                           # warnings are overruled
    tap.ok(begun(server), "gtk: the conversion begins", open(output).read())
    check(server, "gtk", "p2v-ui-gtk")
    ends(server, "gtk", p2v)
    display.close()


for front_end, methods in (text, "publickey,keyboard-interactive"), (terminal, "publickey,password"), (gtk, "publickey,password"):
    with Server("--v2v", "hang", "--pam", "--password", PASSWORD, "--sshd", "AuthenticationMethods " + methods) as server:
        prepare(server)
        front_end(server)
tap.done()
