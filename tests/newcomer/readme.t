#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The newcomer: on a machine with a small Debian and nothing else (bare), with a fresh copy of the source, every command of the README
# is run, one by one and word for word, by root and by an ordinary user. Each works, or says what is missing; then the newcomer does what
# it says, and nothing else, and it works. `make check-newcomer`; needs root, Debian's packages and a quarter of an hour or more, for `make demo` is
# one of those commands. P2V_NEWCOMER_WITHOUT=REGEX leaves some out, by name; P2V_NEWCOMER=USER has it done by one of the two.
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, ROOT + "/tests/integration")
from screen import Screen
from transport_driver import Tap

BARE = HERE + "/bare"
HOMES = {"root": "/root", "newcomer": "/home/newcomer"}
COMMAND = re.compile(r"^(sudo |make\b|apt(-get)? |man |git |cd |mkdir |cat |virt-p2v|p2v-|(\./)?(build|image|packaging|tests|bench)/)")

# What no newcomer's machine has, as the README writes it: the command ends, and says that it is this that is not there.
ELSEWHERE = ((r"^(?!.*dump_config).*conv\.example\.com", r"conv\.example\.com|/root/id|disk\.img"), (r"/dev/sdX", r"/dev/sdX"), (r"p2v-ui-gtk\b.*--demo", r"display"))
# Commands that ask: what is on the screen then.
ASKS = ((r"p2v-ui(?!-gtk)\b.*--demo", r"Conversion server"),)
# Whole test suites: what they install is what make demo installs, and .ci/run runs them on a clean checkout.
TESTS = re.compile(r"\bmake (check|fuzz|bench)\b")

# How a program says what to do, and what the newcomer does then, as root: the command itself, where that is to be root's.
SELF = object()
SAYS = (
    (r"as root: ((?:packaging|tests|bench)/install-needs\.sh)", r"\1"),
    (r"as root: (make clean)", r"\1"),
    (r"(?:install|as root): ((?:apt-get|apt) install [^\n]*)", r"\1"),
    (r"programs are missing; install: ([^\n]*)", r"apt-get install \1"),
    (r"(?:^|\s)([\w.+-]+): (?:command )?not found", r"apt-get install \1"),
    (r"become root", SELF),
)

tap = Tap()


def readme_commands(text):
    """The commands of the README: of its blocks, fenced or indented, that begin with one. Comments are the reader's."""
    blocks, block, fenced = [], [], False
    for line in text.splitlines() + [""]:
        if line.startswith("```"):
            fenced = not fenced
            line = ""
        inside = fenced or line.startswith("    ")
        if inside:
            block.append(line if fenced else line[4:])
        elif block:
            blocks.append(block)
            block = []
    for block in blocks:
        lines = [re.sub(r"(^|\s)#\s.*$", "", line).strip() for line in "\n".join(block).replace("\\\n", " ").splitlines()]
        lines = [line[2:] if line.startswith(("$ ", "# ")) else line for line in lines if line]
        if lines and COMMAND.match(lines[0]):
            yield from lines


class Machine:
    """A bare machine with the source on it, and a user at it."""

    def __init__(self, user):
        self.user, self.home, self.at = user, HOMES[user], "virt-p2v"
        self.folder = tempfile.mkdtemp(prefix="virt-p2v-newcomer.", dir="/var/tmp")
        self.root = self.folder + "/root"
        subprocess.run([BARE, "make", self.root], check=True)
        source = self.root + self.home + "/virt-p2v"
        os.mkdir(source)
        archive = subprocess.run(["git", "-c", "safe.directory=" + ROOT, "-C", ROOT, "archive", "HEAD"], check=True, stdout=subprocess.PIPE)
        subprocess.run(["tar", "-C", source, "--no-same-owner", "-x"], input=archive.stdout, check=True)
        self.run("root", "chown -R %s: %s/virt-p2v" % (user, self.home))

    def argv(self, user, command):
        return [BARE, "run", self.root, user, "bash", "-c", "cd %s/%s && %s" % (self.home, self.at, command)]

    def run(self, user, command):
        """Its status and what it said."""
        done = subprocess.run(["timeout", "--kill-after=10", "3600"] + self.argv(user, command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False, text=True, errors="replace")
        return done.returncode, done.stdout

    def close(self):
        # Of mounts there are none here: they were made in namespaces that are gone.
        shutil.rmtree(self.folder)


def what_to_do(said):
    """What the last words of a command tell the newcomer to do; None where they tell nothing."""
    end = "\n".join(said.splitlines()[-25:])
    for says, does in SAYS:
        found = re.search(says, end, flags=re.M)
        if found and does is SELF:
            return SELF
        if found:
            return re.sub(r"^(apt(?:-get)? install)", r"apt-get update -q && \1 -y --no-install-recommends", found.expand(does).strip(" ."))
    return None


def works(machine, command):
    """Runs it, and does what it says, until it works or says nothing new."""
    done = []
    while True:
        status, said = machine.run(machine.user, re.sub(r"\bapt(-get)? install (?!-)", r"apt\1 install -y ", command))
        todo = None if status == 0 else what_to_do(said)
        if todo is None or todo in done:
            return status, said, done
        done.append(todo)
        print("# %s: it says what is missing: %s" % (command, "root" if todo is SELF else todo), flush=True)
        status, said = machine.run("root", command if todo is SELF else todo)
        if status != 0 or todo is SELF:
            return status, said, done


def try_command(machine, command):
    name = "%s: %s" % (machine.user, command)
    elsewhere = [says for pattern, says in ELSEWHERE if re.search(pattern, command)]
    asks = [shows for pattern, shows in ASKS if re.search(pattern, command)]
    without = os.environ.get("P2V_NEWCOMER_WITHOUT")
    if TESTS.search(command):
        print("# %s: not run here; .ci/run does" % name)
    elif without and re.search(without, command):
        tap.ok(True, name + " # SKIP left out, by P2V_NEWCOMER_WITHOUT")
    elif re.match(r"cd [\w./-]+$", command):
        machine.at = os.path.join(machine.at, command[3:])
        tap.ok(os.path.isdir(machine.root + machine.home + "/" + machine.at), name)
    elif asks:
        screen = Screen(machine.argv(machine.user, command), start_new_session=True)
        tap.ok(screen.sees(asks[0]), name + ": is on the screen", screen.text())
        if screen.process.poll() is None:
            os.killpg(screen.process.pid, signal.SIGKILL)          # of bare's namespaces; what is in them ends with that
        screen.process.wait(timeout=20)
    elif elsewhere:
        status, said, _ = works(machine, command)
        tap.ok(status not in (0, 124) and re.search(elsewhere[0], said), name + ": says what is not there", "status %d\n%s" % (status, said[-3000:]))
    else:
        status, said, done = works(machine, command)
        tap.ok(status == 0, name + (": works, when what it names is there" if done else ": works"), "status %d\n%s" % (status, said[-3000:]))


def main():
    with open(ROOT + "/README.md") as readme:
        commands = list(readme_commands(readme.read()))
    tap.ok(len(commands) >= 8, "the README has commands", commands)
    for command in commands:
        if not COMMAND.match(command):
            tap.ok(False, "the README's blocks of commands have commands alone", command)
    for user in os.environ.get("P2V_NEWCOMER", "root newcomer").split():
        machine = Machine(user)
        try:
            for command in commands:
                try_command(machine, command)
        finally:
            machine.close()
    tap.done()


main()
