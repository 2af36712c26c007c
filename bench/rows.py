# SPDX-License-Identifier: GPL-2.0-or-later
#
# The rows of the table, one function each.  A row measures its arrangements in alternation (every other round in the
# opposite order) and takes medians; its ratio is the median of the ratios of each round, so that what else the machine does
# falls on both sides of it.
import contextlib
import random
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from typing import Optional

import nbd

from arrangements import Classic, ClassicProgram, Direct, Ours
from lab import MIB, CannotMeasure, Link, Server, cpu_seconds, end, now, pss_bytes, wait_for

GCM = "aes128-gcm@openssh.com"
LONE_READS = 100
STRIPES = "stripes of 1 MiB"


@dataclass
class Line:
    """A line of the table. ratio, must: how many times classic; lower: less is better."""
    measure: str
    ours: str
    other: str
    ratio: Optional[float] = None
    must: Optional[float] = None
    lower: bool = False
    aim: str = ""
    aim_reached: Optional[bool] = None
    notes: list = field(default_factory=list)

    def reached(self):
        if self.must is None or self.ratio is None:
            return ""
        shown = round(self.ratio, 2)
        return "yes" if (shown <= self.must if self.lower else shown >= self.must) else "no"


median = statistics.median


class Bench:
    def __init__(self, lab, mebibytes, runs, costly_runs):
        self.lab, self.size, self.runs, self.costly_runs = lab, mebibytes, runs, costly_runs
        self.kept = {}

    # ---- how things are measured ----------------------------------------------------------------------

    @contextlib.contextmanager
    def arranged(self, kind, *arguments, **options):
        arrangement = kind(self.lab, *arguments, **options)
        try:
            yield arrangement
        finally:
            arrangement.close()

    @contextlib.contextmanager
    def server(self, link=None):
        server = Server(self.lab, link)
        try:
            yield server
        finally:
            server.close()

    def rounds(self, runs, measures):
        """measures: {name: function}. All of them in each round, every other round backwards: {name: [results]}."""
        results = {name: [] for name in measures}
        for number in range(runs):
            for name in list(measures)[::-1 if number % 2 else 1]:
                results[name].append(measures[name]())
        return results

    def nbdcopy(self, uris, network=None, arguments=()):
        """Seconds until every one of uris, copied at the same time, has been read."""
        begin = now()
        copies = [self.lab.spawn(["nbdcopy", *arguments, uri, "null:"], network=network) for uri in uris]
        try:
            if any(copy.wait(600) != 0 for copy in copies):
                raise CannotMeasure("nbdcopy failed")
            return now() - begin
        finally:
            for copy in copies:
                end(copy)

    def copy(self, arrangement, disks, network=None):
        """A copy of all disks, none of it in the page cache: (seconds, {name: CPU seconds of the physical side})."""
        for disk in disks:
            disk.forget()
        before = cpu_seconds(arrangement.processes())
        seconds = self.nbdcopy([uri(port) for port in arrangement.ports], network)
        processes = arrangement.processes()
        used = {}
        for pid, total in cpu_seconds(processes).items():
            used.setdefault(processes[pid], []).append(total - before.get(pid, 0))
        return seconds, used

    def rate(self, seconds, mebibytes=None):
        return "%.0f MiB/s (%.2f s)" % ((mebibytes or self.size) / seconds, seconds)

    # ---- throughput and CPU ---------------------------------------------------------------------------

    def random_copies(self):
        if "random" not in self.kept:
            disk = self.lab.disk(self.size, "random")
            with self.server() as server, self.arranged(Direct, server, [disk]) as ours, \
                    self.arranged(Classic, server, [disk]) as classic, self.arranged(Classic, server, [disk], cipher=GCM) as gcm:
                self.kept["random"] = self.rounds(self.runs, {
                    "ours": lambda: self.copy(ours, [disk]), "classic": lambda: self.copy(classic, [disk]),
                    "gcm": lambda: self.copy(gcm, [disk])})
        return self.kept["random"]

    def throughput(self, measure, results, other, must, aim, disk_size=None):
        ours, theirs = ([seconds for seconds, _ in results[name]] for name in ("ours", other))
        ratio = median(b / a for a, b in zip(ours, theirs))
        return Line(measure, self.rate(median(ours), disk_size), self.rate(median(theirs), disk_size), ratio, must,
                    aim="%.1f x" % aim if aim else "", aim_reached=round(ratio, 2) >= aim if aim else None)

    def random(self):
        yield self.throughput("random data, throughput", self.random_copies(), "classic", 1.7, 2.0)

    def random_gcm(self):
        line = self.throughput("random data, against `ssh -R -c %s`" % GCM, self.random_copies(), "gcm", 1.0, 1.2)
        line.other = "with AES-GCM " + line.other
        yield line

    def two_arrangements(self, content, runs):
        disk = self.lab.disk(self.size, content)
        with self.server() as server, self.arranged(Direct, server, [disk]) as ours, self.arranged(Classic, server, [disk]) as classic:
            check = subprocess.run("nbdcopy %s - | cmp - %s" % (uri(ours.ports[0]), disk.path), shell=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if check.returncode != 0:
                raise CannotMeasure("what arrives is not what is on the disk: " + check.stdout.strip())
            return self.rounds(runs, {"ours": lambda: self.copy(ours, [disk]), "classic": lambda: self.copy(classic, [disk])})

    def half_zeroes(self):
        line = self.throughput("half zeroes, in %s, on a block device" % STRIPES, self.two_arrangements("half zeroes", self.runs),
                               "classic", 3.0, 4.0)
        line.notes.append("half zeroes: 1 MiB of random data and 1 MiB of zeroes by turns; the copy was compared byte for byte.")
        yield line

    def all_zeroes(self):
        results = self.two_arrangements("zeroes", self.runs)
        line = self.throughput("all zeroes", results, "classic", 10.0, None)
        disk = self.lab.disk(self.size, "zeroes")
        reads = []
        for _ in range(self.runs):
            disk.forget()
            reads.append(disk.read_all())
        ours = median(seconds for seconds, _ in results["ours"])
        line.aim, line.aim_reached = "the disk's read speed, %s" % self.rate(median(reads)), ours <= 1.1 * median(reads)
        yield line

    def cpu(self):
        results = self.random_copies()
        gib = self.size / 1024
        totals = {name: [sum(sum(each) for each in used.values()) / gib for _, used in results[name]] for name in results}
        ratio = median(a / b for a, b in zip(totals["ours"], totals["classic"]))
        line = Line("CPU seconds per GiB, physical side, random data", "%.2f s" % median(totals["ours"]),
                    "%.2f s" % median(totals["classic"]), ratio, 0.5, lower=True, aim="0.33 x", aim_reached=round(ratio, 2) <= 0.33)
        for name in results:
            line.notes.append("CPU per GiB of random data, %s: %s (median of %d)." % (
                {"ours": "ours", "classic": "classic", "gcm": "`ssh -R -c %s`" % GCM}[name],
                shares([used for _, used in results[name]], gib), self.runs))
        yield line

    def two_disks(self):
        disks = [self.lab.disk(self.size // 2, "random"), self.lab.disk(self.size // 2, "random", 2)]
        with self.server() as server, self.arranged(Direct, server, disks) as ours, self.arranged(Classic, server, disks) as classic:
            results = self.rounds(self.costly_runs, {
                "one": lambda: self.copy(OneOf(ours, 0), disks[:1]), "two": lambda: self.copy(ours, disks),
                "classic one": lambda: self.copy(OneOf(classic, 0), disks[:1]), "classic two": lambda: self.copy(classic, disks)})
        seconds = {name: median(seconds for seconds, _ in results[name]) for name in results}
        ratio = median(2 * a / b for (a, _), (b, _) in zip(results["one"], results["two"]))
        line = Line("two disks at once, in total, against one alone", *(
            "%s; one alone %s" % (self.rate(seconds[two], self.size), self.rate(seconds[one], self.size // 2))
            for one, two in (("one", "two"), ("classic one", "classic two"))), ratio, 1.0, aim="a process a connection")
        line.notes.append("two disks at once: the ratio is ours with two to ours with one. CPU seconds of each process for two of %d MiB: %s." %
                          (self.size // 2, shares([used for _, used in results["two"]], 1)))
        used = results["two"][0][1]
        line.aim_reached = all(len([s for s in used.get(name, []) if s > 0.05]) == 2 for name in ("p2v-export", "p2v-transport"))
        yield line

    def retry_filter(self):
        """What the place between virt-v2v and the forwarded port costs, by which a lost connection does not cost the conversion."""
        disk = self.lab.disk(self.size, "random")
        with self.server() as server, self.arranged(Ours, server, [disk]) as ours, self.arranged(Classic, server, [disk]) as classic:
            results = self.rounds(self.costly_runs, {"ours": lambda: self.copy(ours, [disk]), "classic": lambda: self.copy(classic, [disk])})
            yield self.throughput("random data, through the server's nbdkit retry filter (p2v.reconnect)", results, "classic", None, None)
            reads = self.rounds(self.costly_runs, {"ours": lambda: self.latency(ours.ports[0], 4096, True, disk),
                                                   "classic": lambda: self.latency(classic.ports[0], 4096, True, disk)})
        yield Line("lone reads of 4 KiB under `nbdkit --filter=cow nbd`, through it", "%.2f ms" % (1000 * median(reads["ours"])),
                   "%.2f ms" % (1000 * median(reads["classic"])), median(b / a for a, b in zip(reads["ours"], reads["classic"])))

    # ---- latency --------------------------------------------------------------------------------------

    def lone_reads(self):
        disk = self.lab.disk(self.size, "random")
        cases = [("64 KiB direct", 65536, False), ("256 KiB direct", 262144, False),
                 ("4 KiB under `nbdkit --filter=cow nbd`", 4096, True)]
        with self.server() as server, self.arranged(Direct, server, [disk]) as ours, self.arranged(Classic, server, [disk]) as classic:
            for name, size, cow in cases:
                results = self.rounds(self.runs, {side: lambda a=a: self.latency(a.ports[0], size, cow, disk)
                                                  for side, a in (("ours", ours), ("classic", classic))})
                ratio = median(b / a for a, b in zip(results["ours"], results["classic"]))
                mean = median(results["ours"])
                yield Line("lone reads of %s, mean of %d" % (name, LONE_READS), "%.2f ms" % (1000 * mean),
                           "%.2f ms" % (1000 * median(results["classic"])), ratio, 20.0, aim="0.3 ms", aim_reached=mean <= 0.0003)

    def latency(self, port, size, cow, disk):
        """Mean seconds of LONE_READS reads, one after the other, all over the disk."""
        places = random.Random(size)
        handle = nbd.NBD()
        if cow:        # as virt-v2v does
            handle.connect_systemd_socket_activation(["nbdkit", "--foreground", "--exit-with-parent", "--threads=16", "--filter=cow",
                                                      "nbd", "hostname=localhost", "port=%d" % port, "shared=true"])
        else:
            handle.connect_uri(uri(port))
        total = 0.0
        for _ in range(LONE_READS):
            offset = places.randrange(disk.bytes // MIB) * MIB
            begin = now()
            handle.pread(size, offset)
            total += now() - begin
        handle.shutdown()
        return total / LONE_READS

    # ---- start and memory -----------------------------------------------------------------------------

    def start(self, kind, server, disk):
        with self.arranged(kind, server, [disk]) as program:
            return program.start_seconds

    def set_up(self):
        disk = self.lab.disk(self.size, "random")
        with self.server() as server:
            results = self.rounds(self.costly_runs, {"ours": lambda: self.start(Ours, server, disk),
                                                     "classic": lambda: self.start(ClassicProgram, server, disk)})
        ratio = median(a / b for a, b in zip(results["ours"], results["classic"]))
        ours = median(results["ours"])
        line = Line("start of the program to virt-v2v started", "%.2f s" % ours, "%.2f s" % median(results["classic"]), ratio, 0.25,
                    lower=True, aim="0.4 s", aim_reached=ours <= 0.4)
        line.notes.append("set-up: both by key to loopback, up to the same waiting virt-v2v; nm-online, for which the classic program waits in "
                          "its boot image, is not here.")
        yield line

    def memory_of(self, program, disk, arguments=()):
        """{name: [PSS of each process]} in the middle of a copy."""
        disk.forget()
        copy = self.lab.spawn(["nbdcopy", *arguments, uri(program.ports[0]), "null:"])
        try:
            time.sleep(0.5)
            if copy.poll() is not None:
                raise CannotMeasure("the copy was over before memory could be looked at")
            processes, sizes = program.processes(), {}
            for pid, size in pss_bytes(processes).items():
                sizes.setdefault(processes[pid], []).append(size)
            return sizes
        finally:
            end(copy)

    def fresh_memory(self, kind, server, disk, arguments=()):
        with self.arranged(kind, server, [disk]) as program:
            return self.memory_of(program, disk, arguments)

    def memory(self):
        disk = self.lab.disk(self.size, "random")
        with self.server() as server:
            results = self.rounds(self.costly_runs, {"ours": lambda: self.fresh_memory(Ours, server, disk),
                                                     "classic": lambda: self.fresh_memory(ClassicProgram, server, disk)})
        totals = {name: [total(sizes) for sizes in results[name]] for name in results}
        ratio = median(a / b for a, b in zip(totals["ours"], totals["classic"]))
        ours = median(totals["ours"])
        line = Line("memory in mid-copy, all processes (PSS)", mib(ours), mib(median(totals["classic"])), ratio, 0.5, lower=True,
                    aim="30 MiB", aim_reached=ours <= 30 * MIB)
        for name in results:
            line.notes.append("PSS, %s: %s." % (name, shares(results[name], MIB, "MiB")))
        line.notes.append("classic's memory is that of the program without its graphical interface, which takes more.")
        yield line

    def growth(self):
        small, large = self.lab.disk(2048, "random"), self.lab.disk(2048 * 1024, "random")
        few, many = ["--connections=1", "--requests=1"], ["--connections=8", "--requests=128"]
        times, sizes = {}, {}
        with self.server() as server:
            for kind in Direct, ClassicProgram:
                times[kind] = self.rounds(self.costly_runs, {"small": lambda: self.start(kind, server, small),
                                                             "large": lambda: self.start(kind, server, large)})
                sizes[kind] = self.rounds(self.costly_runs, {
                    "small": lambda: total(self.fresh_memory(kind, server, small)),
                    "large": lambda: total(self.fresh_memory(kind, server, large)),
                    "few": lambda: total(self.fresh_memory(kind, server, small, few)),
                    "many": lambda: total(self.fresh_memory(kind, server, small, many))})
        for what, figures, small_name, large_name, text in (
                ("set-up with a disk of 2 TiB against 2 GiB", times, "small", "large", "%.2f s".__mod__),
                ("memory with a disk of 2 TiB against 2 GiB", sizes, "small", "large", mib),
                ("memory, 8 connections with 128 requests each against 1 with 1", sizes, "few", "many", mib)):
            cells = ["%s against %s" % (text(median(figures[kind][large_name])), text(median(figures[kind][small_name])))
                     for kind in (Direct, ClassicProgram)]
            ratio = median(a / b for a, b in zip(figures[Direct][large_name], figures[Direct][small_name]))
            yield Line("growth: " + what, *cells, ratio, 1.2, lower=True)

    # ---- p2v-export alone -----------------------------------------------------------------------------

    def export_alone(self):
        disk = self.lab.disk(self.size, "random")
        programs = {
            "ours": lambda s: [self.binary("p2v-export"), "--disk", disk.path, "--socket", s],
            "nbdkit file": lambda s: ["nbdkit", "--foreground", "--readonly", "--unix", s, "file", disk.path],
            "qemu-nbd": lambda s: ["qemu-nbd", "--read-only", "--persistent", "--shared=16", "--format=raw", "--socket=" + s, disk.path],
        }
        with contextlib.ExitStack() as stack:
            sockets = {}
            disk.read_all()                # p2v-export looks once, at its start, whether all of it is there
            for number, name in enumerate(programs):
                sockets[name] = "%s/alone.%d" % (self.lab.scratch, number)
                process = self.lab.spawn(programs[name](sockets[name]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                stack.callback(end, process)
                wait_for(lambda: answers(sockets[name]), 10, name)
            copies = {name: lambda s=s: (self.nbdcopy(["nbd+unix:///?socket=" + s]), {}) for name, s in sockets.items()}
            results = self.rounds(self.runs, copies)
            reads = [disk.read_all() for _ in range(self.runs)]
        for other in "nbdkit file", "qemu-nbd":
            line = self.throughput("p2v-export alone on a unix socket, against %s (page cache)" % other, results, other, 1.0, None)
            line.other = "%s %s" % (other, line.other)
            line.aim, line.aim_reached = "read(2) of the same, %s" % self.rate(median(reads)), \
                median(s for s, _ in results["ours"]) <= 1.1 * median(reads)
            yield line

    def binary(self, name):
        return Ours.binaries() + "/" + name

    # ---- a limited link -------------------------------------------------------------------------------

    def shaped(self):
        for mbit, mebibytes, runs in (1000, self.size // 2, self.costly_runs), (100, max(self.size // 16, 16), 1):
            for content in "random", "half zeroes":
                yield from self.over_link(mbit, mebibytes, content, runs)

    def over_link(self, mbit, mebibytes, content, runs):
        measure = "%d Mbit/s, %d MiB, %s" % (mbit, mebibytes, content if content == "random" else content + " in " + STRIPES)
        disk = self.lab.disk(mebibytes, content)
        link = Link(self.lab, mbit)
        try:
            with self.server(link) as server, self.arranged(Direct, server, [disk], network=link.physical) as ours, \
                    self.arranged(Classic, server, [disk], network=link.physical) as classic:
                results = self.rounds(runs, {side: lambda a=a: self.copy_and_wire(a, disk, link)
                                             for side, a in (("ours", ours), ("classic", classic))})
        finally:
            link.close()
        times = {name: [seconds for seconds, _ in results[name]] for name in results}
        wire = {name: [size for _, size in results[name]] for name in results}
        yield Line(measure + ": time", "%.2f s" % median(times["ours"]), "%.2f s" % median(times["classic"]),
                   median(a / b for a, b in zip(times["ours"], times["classic"])), lower=True)
        yield Line(measure + ": bytes on the wire", mib(median(wire["ours"])), mib(median(wire["classic"])),
                   median(a / b for a, b in zip(wire["ours"], wire["classic"])), lower=True)

    def copy_and_wire(self, arrangement, disk, link):
        before = link.bytes()
        seconds, _ = self.copy(arrangement, [disk], link.server)
        return seconds, link.bytes() - before


class OneOf:
    """One disk of an arrangement that carries several."""

    def __init__(self, arrangement, number):
        self.ports, self.processes = [arrangement.ports[number]], arrangement.processes


def uri(port):
    return "nbd://localhost:%d" % port


def answers(path):
    return subprocess.run(["nbdinfo", "--size", "nbd+unix:///?socket=" + path], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def mib(size):
    return "%.1f MiB" % (size / MIB)


def total(sizes):
    return sum(sum(each) for each in sizes.values())


def shares(runs, unit, word="s"):
    """[{name: [figure of each process of that name]}] of some runs: medians, as "name 1.23 + 0.10 s"."""
    names = sorted({name for run in runs for name in run}, key=lambda name: -max(sum(run.get(name, [0])) for run in runs))
    texts = []
    for name in names:
        width = max(len(run.get(name, [])) for run in runs)
        each = [median(sorted(run.get(name, []), reverse=True)[i] for run in runs if len(run.get(name, [])) > i) / unit for i in range(width)]
        each = [value for value in each if value >= 0.005]
        if each:
            texts.append("%s %s %s" % (name, " + ".join("%.2f" % value for value in each), word))
    return ", ".join(texts)


ROWS = {
    "random": Bench.random,
    "random-gcm": Bench.random_gcm,
    "half-zeroes": Bench.half_zeroes,
    "all-zeroes": Bench.all_zeroes,
    "lone-reads": Bench.lone_reads,
    "cpu": Bench.cpu,
    "retry-filter": Bench.retry_filter,
    "set-up": Bench.set_up,
    "memory": Bench.memory,
    "export-alone": Bench.export_alone,
    "two-disks": Bench.two_disks,
    "growth": Bench.growth,
    "shaped": Bench.shaped,
}
