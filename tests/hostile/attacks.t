#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a helper that has been taken over can do: every attempt of attack/attempts.c from inside every helper, with all layers of its
# lock, without each, with each alone.  The attempts are made in namespaces of the driver's own (attack/driver.c).
#
# attacks.t --write       writes the table of docs/AUDIT.md anew, in place of comparing it
#
# All verdicts are in build/tests/attack/verdicts.tsv, the table in build/tests/attack/table.md.
import concurrent.futures
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../integration")
from transport_driver import BUILD, ROOT, Tap

HERE = BUILD + "/tests/attack/"
DOCUMENT = ROOT + "/docs/AUDIT.md"
BEGIN, END = "<!-- the table: tests/hostile/attacks.t --write -->\n", "<!-- its end -->\n"

# In the order of their bits in attempts.h: letter, name, what it may have open when it has been given its task.
CHANNEL = ["/dev/null", "/dev/null", "/memfd:errors (deleted)", "socket:"]
ON_TERMINAL = ["/dev/pts/N", "/dev/pts/N"] + CHANNEL[2:]
HELPERS = [
    ("I", "p2v-inspect", CHANNEL + ["/proc/N/mountinfo"]),
    ("C", "p2v-inspect --contents", CHANNEL + ["/dev/loopN"]),
    ("P", "p2v-plan", CHANNEL),
    ("E", "p2v-export", CHANNEL + ["anon_inode:[timerfd]", "anon_inode:[eventfd]", "/dev/loopN", "socket:", "/dev/loopN"]),
    ("X", "p2v-export --external", CHANNEL + ["/dev/loopN", "/dev/loopN", "socket:", "/dev/loopN"]),
    ("T", "p2v-transport", CHANNEL + ["/memfd:limit (deleted)", "socket:"]),
    ("F", "p2v-fetch", CHANNEL),
    ("U", "p2v-ui", ON_TERMINAL),
    ("D", "p2v-ui --front-end=terminal", ON_TERMINAL),
    ("G", "p2v-ui-gtk", CHANNEL),
]
OPTIONAL = ["/sys/firmware/dmi/tables/DMI"]         # p2v-inspect has it on a machine that has one

LAYERS = ["seccomp", "uid", "namespaces", "landlock", "limits"]
SETTINGS = ["all"] + ["-" + layer for layer in LAYERS] + LAYERS

# Attempts whose refusal by a layer hangs on how this machine's kernel is set.  The table is of these values.
KERNEL = {
    "type in the person's place (TIOCSTI)": ("dev/tty/legacy_tiocsti", "1"),
    "io_uring_setup": ("kernel/io_uring_disabled", "0"),
    "userfaultfd": ("vm/unprivileged_userfaultfd", "0"),
    "bpf": ("kernel/unprivileged_bpf_disabled", "2"),
    "perf_event_open": ("kernel/perf_event_paranoid", "2"),
}


class Attempt:
    def __init__(self, line):
        number, self.group, self.name, attackers, job, self.note = line.rstrip("\n").split("\t")
        self.number = int(number)
        self.attackers = [h for bit, h in enumerate(HELPERS) if int(attackers) >> bit & 1]
        self.job = "".join(h[0] for bit, h in enumerate(HELPERS) if int(job) >> bit & 1)


def attack(name):
    """All that the driver says of one helper: {(setting, number): verdict}, the descriptors, and its error."""
    run = subprocess.run([HERE + "driver", name], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=1200)
    verdicts, descriptors = {}, ""
    for line in run.stdout.splitlines():
        _, setting, number, verdict = line.split("\t")
        if setting == "descriptors":
            descriptors = verdict
        else:
            verdicts[setting, int(number)] = verdict
    return verdicts, descriptors, run.stderr if run.returncode == 0 else run.stderr or "the driver failed"


def open_ones(text):
    links = [link for link in re.findall(r"\d+=(.*?) (?=\d+=|$)", text) if link not in OPTIONAL]
    return [re.sub(r"(pts/|loop|proc/)\d+", r"\1N", link) for link in links]


def cell(attempt, setting, found):
    """Who gets through, apart from those whose job it is: letters, "all", "-" for nobody; "?" where this kernel cannot tell."""
    tried = [h for h in attempt.attackers if h[0] not in attempt.job]
    verdicts = [(h[0], found[h[1]][0].get((setting, attempt.number))) for h in tried]
    through = "".join(letter for letter, verdict in verdicts if verdict == "done")
    if not through and any(found[h[1]][0].get(("none", attempt.number)) == "ENOSYS" and verdict != "killed"
                           for h, (_, verdict) in zip(tried, verdicts)):
        return "?"
    return "all" if len(through) == len(tried) else through or "-"


def table(attempts, found):
    lines = ["| attempt | all on | " + " | ".join("no " + layer for layer in LAYERS) + " | " + " | ".join(layer + " alone" for layer in LAYERS) +
             " | its job | remark |", "|---" * (len(SETTINGS) + 3) + "|"]
    group = ""
    for attempt in attempts:
        if attempt.group != group:
            group = attempt.group
            lines.append("| **%s** " % group + "| " * (len(SETTINGS) + 2) + "|")
        lines.append("| " + " | ".join([attempt.name] + [cell(attempt, s, found) for s in SETTINGS] + [attempt.job, attempt.note]) + " |")
    return "\n".join(lines) + "\n"


def landlock_abi():
    import ctypes
    return ctypes.CDLL(None, use_errno=True).syscall(444, None, 0, 1)


def same_row(committed, found):
    """Cells are equal, or one of them says that its kernel could not tell."""
    a, b = committed.split(" | "), found.split(" | ")
    landlock = [SETTINGS.index(s) + 1 for s in SETTINGS if "landlock" in s or s == "-seccomp"] if landlock_abi() < 6 else []
    return len(a) == len(b) and all(x == y or "?" in (x, y) or i in landlock for i, (x, y) in enumerate(zip(a, b)))


def compare(tap, committed, made):
    rows = {line.split(" | ")[0]: line for line in committed.splitlines()}
    now = {line.split(" | ")[0]: line for line in made.splitlines()}
    tap.equal(sorted(rows), sorted(now), "docs/AUDIT.md has a row for each attempt and no other")
    for name, row in now.items():
        key, value = KERNEL.get(name[2:], (None, None))
        if key is not None and sysctl(key) != value:
            print("# not compared, for %s is %s here: %s" % (key.replace("/", "."), sysctl(key), name[2:]))
        elif name in rows and not same_row(rows[name], row):
            tap.equal(row, rows[name], "docs/AUDIT.md is true: " + name[2:])
    tap.ok(tap.failed == 0, "docs/AUDIT.md says what was found; else tests/hostile/attacks.t --write, and read what has changed")


def sysctl(key):
    try:
        with open("/proc/sys/" + key) as file:
            return file.read().strip()
    except OSError:
        return "not there"


def judge(tap, attempts, helper, verdicts, descriptors, error):
    letter, name, wanted = helper
    tried = [a for a in attempts if helper in a.attackers]
    tap.equal(error, "", name + ": every attempt was made")
    broken = ["%s, %s: %s" % (a.name, s, verdicts.get((s, a.number), "nothing")) for a in tried for s in ["none"] + SETTINGS
              if verdicts.get((s, a.number), "broken").startswith("broken")]
    tap.equal(broken[:10], [], name + ": every attempt has a verdict")
    vain = [a.name for a in tried if verdicts.get(("none", a.number)) not in ("done", "ENOSYS")]
    tap.equal(vain, [], name + ": every attempt succeeds without a lock, or this kernel has no such thing")
    through = [a.name for a in tried if letter not in a.job and verdicts.get(("all", a.number)) in ("done", "itself")]
    tap.equal(through, [], name + ": no attempt succeeds with its lock")
    idle = [a.name for a in tried if letter in a.job and verdicts.get(("all", a.number)) != "done"]
    tap.equal(idle, [], name + ": its own work does")
    tap.equal(open_ones(descriptors), wanted, name + ": it has the descriptors that it was handed, and no other")


def locks():
    """Every helper that there is, as virt-p2v --print-sandbox knows them."""
    bin_directory = BUILD + "/bin"
    printed = subprocess.run([bin_directory + "/virt-p2v", "--helper-dir=" + bin_directory, "--print-sandbox=json"], capture_output=True, check=True)
    return {(d["program"] + " " + (d["option"] or "")).strip() for d in json.loads(printed.stdout)} - {"p2v-supervisor"}


def main():
    tap = Tap()
    if os.geteuid() != 0:
        print("Bail out!  these tests must run as root")
        raise SystemExit(255)
    listed = subprocess.run([HERE + "driver", "--list"], capture_output=True, text=True, check=True).stdout
    attempts = [Attempt(line) for line in listed.splitlines()]
    tap.equal(sorted(locks()), sorted(h[1] for h in HELPERS), "no helper is left out")
    with concurrent.futures.ThreadPoolExecutor(len(HELPERS)) as pool:       # mostly they wait for the kernel to make namespaces
        found = dict(zip([h[1] for h in HELPERS], pool.map(attack, [h[1] for h in HELPERS])))
    with open(HERE + "verdicts.tsv", "w") as file:
        for name, (verdicts, _, _) in found.items():
            file.writelines("%s\t%s\t%s\t%s\n" % (name, s, attempts[n].name, v) for (s, n), v in verdicts.items())
    for helper in HELPERS:
        judge(tap, attempts, helper, *found[helper[1]])
    made = table(attempts, found)
    with open(HERE + "table.md", "w") as file:
        file.write(made)
    with open(DOCUMENT) as file:
        before, rest = file.read().split(BEGIN)
        committed, after = rest.split(END)
    if sys.argv[1:] == ["--write"]:
        with open(DOCUMENT, "w") as file:
            file.write(before + BEGIN + made + END + after)
    else:
        compare(tap, committed, made)
    tap.done()


main()
