#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Helpers that somebody has taken over: each real one, locked and waiting, is made (by ptrace) to make a system call that its policy does
# not permit.  It ends, and says which call it was; so does the supervisor.
import os
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
import seccomp_filter
from transport_driver import BUILD, Tap, Transport, wait_for

BIN = BUILD + "/bin"
HELPERS = [("p2v-inspect", "connect"), ("p2v-inspect --contents", "openat2"), ("p2v-plan", "openat"), ("p2v-export", "connect"),
           ("p2v-transport", "execve"), ("p2v-fetch", "ptrace"), ("p2v-ui", "socket")]
NUMBERS = seccomp_filter.numbers()
tap = Tap()
if os.geteuid() != 0:
    print("1..0 # SKIP only root may take over a locked helper")
    raise SystemExit(0)


def waits(pid):
    with open("/proc/%d/stat" % pid) as stat:
        return stat.read().rpartition(")")[2].split()[0] == "S"


def test_helper(command, call):
    words = tempfile.TemporaryFile()
    before = os.dup(2)
    os.dup2(words.fileno(), 2)
    program, *options = command.split()
    try:
        helper = Transport(BIN + "/" + program, options)
    finally:
        os.dup2(before, 2)
        os.close(before)
    tap.ok(wait_for(lambda: waits(helper.process.pid)), "%s waits" % command)
    seccomp_filter.take_over(helper.process.pid, NUMBERS[call])
    tap.equal(helper.process.wait(60), -signal.SIGSYS, "%s that tries %s ends by SIGSYS" % (command, call))
    words.seek(0)
    tap.equal(words.read().decode(), "%s: it tried the system call %s, which its policy does not permit\n" % (program, call), "and says so")


def children(pid):
    """The pids of all processes below this one: by the parents that status names."""
    found, last = [pid], -1
    while len(found) != last:
        last = len(found)
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/stat" % entry) as stat:
                    parent = int(stat.read().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent in found and int(entry) not in found:
                found.append(int(entry))
    return found


def helper_of(supervisor, name):
    """The pid of the helper of that name that has locked itself and waits; None where there is none yet."""
    for pid in children(supervisor):
        try:
            with open("/proc/%d/status" % pid) as status:
                text = status.read()
            if text.startswith("Name:\t%s\n" % name) and "Seccomp:\t2\n" in text and waits(pid):
                return pid
        except (FileNotFoundError, ProcessLookupError):
            continue
    return None


def test_supervisor():
    """A server that takes connections and says nothing: p2v-transport waits for it."""
    with socket.create_server(("127.0.0.1", 0)) as silent, tempfile.NamedTemporaryFile() as disk:
        disk.truncate(1 << 20)
        words = "p2v.server=127.0.0.1 p2v.port=%d p2v.password=x p2v.os=/var/tmp p2v.wait=0" % silent.getsockname()[1]
        run = subprocess.Popen([BIN + "/virt-p2v", "--helper-dir=" + BIN, "--test-disk=" + disk.name, "--cmdline=" + words],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        client = silent.accept()[0]
        found = []                             # the pid, of one look: at the next it may be at work for a moment
        tap.ok(wait_for(lambda: found.append(helper_of(run.pid, "p2v-transport")) or found[-1]), "p2v-transport waits for the server")
        seccomp_filter.take_over(found[-1], NUMBERS["execve"])
        output = run.communicate(timeout=60)[0]
        client.close()
    tap.equal(run.returncode, 1, "a conversion whose p2v-transport is taken over fails")
    tap.ok("p2v-transport was ended: it tried the system call execve, which its policy does not permit" in output,
           "and the person reads which helper, and which call", output)


for helper_command, refused_call in HELPERS:
    test_helper(helper_command, refused_call)
test_supervisor()
tap.done()
