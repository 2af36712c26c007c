# SPDX-License-Identifier: GPL-2.0-or-later
#
# The table as text, and RESULTS.md.  Names the machine's hardware and packages, never its name or a path of it.
import os
import platform
import re
import subprocess

PACKAGES = ["openssh-server", "openssh-client", "libssh-4", "nbdkit", "libnbd-bin", "qemu-utils", "virt-p2v"]


def one(line):
    """One line of the table, as it is measured."""
    ratio = "" if line.ratio is None else "; ratio %.2f" % line.ratio
    must = "" if line.must is None else ", must reach %s: %s" % (target(line), line.reached())
    return "%s: %s; classic %s%s%s" % (line.measure, line.ours, line.other or "-", ratio, must)


def target(line):
    return "" if line.must is None else "%s%g x" % ("at most " if line.lower else "", line.must)


def table(lines):
    head = ["measure", "ours", "classic", "ratio", "must reach", "reached", "aim", "reached"]
    cells = [head] + [[line.measure, line.ours, line.other, "" if line.ratio is None else "%.2f" % line.ratio, target(line),
                       line.reached(), line.aim, "" if line.aim_reached is None else "yes" if line.aim_reached else "no"] for line in lines]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    rows = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in cells]
    rows.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(rows) + "\n"


def notes(lines):
    return "".join("\n- " + note for line in lines for note in line.notes) + "\n"


def processor():
    with open("/proc/cpuinfo") as cpuinfo:
        found = re.search(r"^model name\s*: (.*)$", cpuinfo.read(), flags=re.M)
    return found[1] if found else platform.machine()


def packages():
    run = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *PACKAGES], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, text=True)
    return ", ".join(run.stdout.split("\n")[:-1])


def write(path, text, size, runs, seconds, date, load):
    with open("/proc/meminfo") as meminfo:
        memory = int(meminfo.readline().split()[1]) / 1024 / 1024
    with open(path, "w") as file:
        file.write("""# What `make bench` measured

On %s, in %.0f minutes: %s, %d cores, %.0f GiB of memory, kernel %s; %s.
Disks of %d MiB on loop devices; medians of %d runs (costly rows: at most 3), in alternation. Load average at the beginning
%.1f: above 0.2 there was other work, which on so few cores takes its share of every figure.

"Classic" is nbdkit's file plugin behind `ssh -R` with OpenSSH's defaults, and for set-up and memory the classic virt-p2v
itself without its graphical interface. "Ours" is the whole of virt-p2v, five programs under their locks. Both are read on the
conversion server's side of the same sshd by the same client (nbdcopy with its defaults; libnbd for lone reads), with nothing
of the disk in the page cache when a copy begins. A ratio is the median of the ratios of each round.

%s
How it is measured is in rows.py; one row alone: `bench/bench --only lone-reads`.
""" % (date, seconds / 60, processor(), os.cpu_count(), memory, platform.release(), packages(), size, runs, load, text))
