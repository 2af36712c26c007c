#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# serial_person.py SOCKET MONITOR: a person at the other end of a booted machine's serial line, who has it converted by the terminal dialogs.
# TAP on standard output. The server is in the environment: server_port, server_password, server_fingerprint;
# p2v_out is the folder for the result there. A dialog is waited for by what stands on it: emulated machines are slow.
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../integration")
from screen import Screen
from transport_driver import Tap

tap = Tap()
FIRST = "SSH configuration.*must be tested"


def go_to(ui, text):
    for _ in range(40):
        if ui.cursor_on(text):
            return True
        ui.tab()
    return False


def in_shell(ui, command, regex, seconds=30):
    """Whether a command's output has this; the screen is clear before, and the command itself does not look like its output."""
    ui.types("clear; " + command + "{return}")
    return ui.sees(regex, seconds)


def shell(ui):
    tap.ok(ui.press("Shell") and ui.sees(r"\n# *\n*\Z", 60), "the shell button gives a shell, whose prompt is root's", ui.text())
    tap.ok(in_shell(ui, "id -u; tty", r"\n?0\n/dev/ttyS0\n"), "on the serial line", ui.text())
    tap.ok(in_shell(ui, "no-such-command", "no-such-command: .*not found"), "its errors are seen", ui.text())
    tap.ok(in_shell(ui, "blockdev --getro /dev/sda /dev/nvme0n1 | tr '\\n' '='", "1=1="), "both disks are read-only to the kernel", ui.text())
    for disk in "sda", "nvme0n1":
        tap.ok(in_shell(ui, "dd if=/dev/zero of=/dev/%s count=1; echo status=$?" % disk, "(not permitted|denied|Read-only).*status=1"),
               "root's shell cannot write to %s" % disk, ui.text())
        tap.ok(in_shell(ui, "dd if=/dev/%s of=/dev/null count=1; echo status=$?" % disk, r"1\+0 records in.*status=0"), "but read it", ui.text())
    tap.ok(in_shell(ui, "blockdev --setrw /dev/sda; dd if=/dev/zero of=/dev/sda count=1; echo status=$?; blockdev --setro /dev/sda", "(not permitted|denied).*status=1"),
           "nor can it with that taken away: the unit's own lock is another one", ui.text())
    tap.ok(in_shell(ui, "lsblk --noheadings --raw --output NAME,TYPE,MOUNTPOINTS | grep -v -e ' disk $' -e ' part $' -e '^loop0 ' -e '^sr0 '; "
                    "echo status=$?; lsblk -n -o NAME /dev/nvme0n1 | wc -l", r"\n?status=1\n6\n"),
           "of the data disk's five partitions none is mounted, swapped to, or a part of anything that is assembled", ui.text())
    # Another virtual console in front is what logind would put a login prompt on. The shell's unit may not switch to it, the keyboard may.
    subprocess.run(["socat", "-t", "2", "-", "UNIX-CONNECT:" + sys.argv[2]], input=b"sendkey alt-f2\n", stdout=subprocess.DEVNULL, check=True)
    tap.ok(in_shell(ui, "cat /sys/class/tty/tty0/active", "tty2"), "the second console is in front", ui.text())
    tap.ok(in_shell(ui, "timeout 5 sh -c 'until grep -xE \"agetty|getty|login|sulogin|sshd\" /proc/[0-9]*/comm; do sleep 0.2; done'; echo status=$?",
                    "status=124"), "no console has a login prompt", ui.text())
    ui.types("clear; exit{return}")
    tap.ok(ui.sees(FIRST, 60), "the dialog comes back after the shell", ui.text())


def connection(ui):
    go_to(ui, "____")
    ui.types("10.0.2.2{tab}\177\177" + os.environ["server_port"] + "{tab}{tab}" + os.environ["server_password"])
    tap.ok(ui.sees(r"10\.0\.2\.2.*\*{8}") and os.environ["server_password"] not in ui.text(), "server and password are typed, the password unseen", ui.text())
    tap.ok(ui.press("Test connection") and ui.sees("host key.*Is it the same", 120), "the host key is asked about", ui.text())
    tap.ok(os.environ["server_fingerprint"] in re.sub(r"[\s│|]", "", ui.text()), "it is the server's", ui.text())
    tap.ok(ui.press("Yes") and ui.sees(r"Connected. There is virt-v2v 2\.2\.0", 180), "the connection is tested", ui.text())


def choice(ui):
    tap.ok(ui.press("Next") and ui.sees("network: Guest", 60), "the second dialog", ui.text())
    go_to(ui, "localhost")
    ui.types("\177" * len("localhost.localdomain") + "serial")         # which of the two it is, DHCP and time decide
    go_to(ui, "/var/tmp")
    ui.types("\177" * len("/var/tmp") + os.environ["p2v_out"])
    tap.ok(ui.sees(r"Name +serial_.*-o\) +local .*-os\) +" + re.escape(os.environ["p2v_out"])), "name and storage are typed", ui.text())
    tap.ok(ui.press("Disks") and ui.sees(r"\[\*\] (sda +2.0 GiB|nvme0n1 +64 MiB).*\[\*\] (sda|nvme0n1) "), "both disks are offered", ui.text())
    go_to(ui, "[*] nvme0n1")
    ui.types("{space}")
    tap.ok(ui.sees(r"\[ \] nvme0n1") and "[*] sda" in ui.text(), "one is left out", ui.text())


def conversion(ui):
    ui.press("Start conversion")
    ui.sees("all the same|sda +[0-9]+%|Connecting|Converting", 60)
    if "all the same" in ui.text():
        ui.press("Yes")
    tap.ok(ui.sees("/tmp/virt-p2v-[0-9]{8}-.*sda +[0-9]+%", 180), "the conversion runs", ui.text())
    tap.ok(ui.sees("conversion (is done|has succeeded)", 900), "it is done", ui.text())
    tap.ok(ui.press("Shutdown") and ui.sees("Shut this machine down\\?") and ui.press("Yes"), "the machine is to be shut down", ui.text())
    tap.ok(ui.ends(180) is not None, "and hangs up", ui.text())


def main():
    ui = Screen(["socat", "-,raw,echo=0", "UNIX-CONNECT:" + sys.argv[1]], term="vt220")
    tap.ok(ui.sees(FIRST, 300), "the dialogs come to the serial line", ui.text())
    for part in shell, connection, choice, conversion:
        part(ui)
    ui.close()
    tap.done()


main()
