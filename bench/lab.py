# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the measurements stand on: processes that end with us, disks on loop devices, a conversion server, a shaped link,
# and what the kernel counts.  Everything is given back when the Lab is closed; should we be killed, the kernel gives back
# all but the scratch folder.
import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.append(ROOT + "/tests/server")
import conversion_server
MIB = 1024 * 1024
BLKFLSBUF = 0x1261                      # linux/fs.h
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TICKS = os.sysconf("SC_CLK_TCK")


class CannotMeasure(Exception):
    """Why a row has no figure."""


def now():
    return time.clock_gettime(time.CLOCK_MONOTONIC)


def wait_for(condition, seconds, what):
    deadline = now() + seconds
    while not condition():
        if now() > deadline:
            raise CannotMeasure("%s: not within %d s" % (what, seconds))
        time.sleep(0.01)


# ---- what the kernel counts ------------------------------------------------------------------------------

def family(root):
    """root and all its descendants: {pid: name}. A process that ends meanwhile is left out."""
    parents, names = {}, {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open("/proc/%s/stat" % pid) as stat:
            head, _, tail = stat.read().rpartition(")")
            parents[int(pid)] = int(tail.split()[1])
            names[int(pid)] = head.partition("(")[2]
    found = {pid: names[pid] for pid in [root] if pid in names}
    grown = True
    while grown:
        more = [pid for pid in parents if pid not in found and parents[pid] in found]
        found.update((pid, names[pid]) for pid in more)
        grown = bool(more)
    return found


def cpu_seconds(pids):
    """{pid: seconds} of user and system time, the process's ended threads included."""
    used = {}
    for pid in pids:
        with contextlib.suppress(OSError), open("/proc/%d/stat" % pid) as stat:
            fields = stat.read().rpartition(")")[2].split()
            used[pid] = (int(fields[11]) + int(fields[12])) / TICKS
    return used


def pss_bytes(pids):
    """{pid: bytes}: each page divided by how many processes share it."""
    sizes = {}
    for pid in pids:
        with contextlib.suppress(OSError), open("/proc/%d/smaps_rollup" % pid) as rollup:
            for line in rollup:
                if line.startswith("Pss:"):
                    sizes[pid] = int(line.split()[1]) * 1024
    return sizes


# ---- disks ------------------------------------------------------------------------------------------------

def filled_mebibytes(mebibytes, content):
    """How much of a disk has content; a very large one has it at its beginning, where a copy begins."""
    return 0 if content == "zeroes" else mebibytes if mebibytes <= 64 * 1024 else 512


class Disk:
    """A read-only loop device; its backing file has no name any more, and the device goes when it is closed."""

    def __init__(self, folder, mebibytes, content):
        self.bytes = mebibytes * MIB
        with tempfile.NamedTemporaryFile(dir=folder, prefix="p2v-bench.") as file:
            file.truncate(self.bytes)
            for number in range(filled_mebibytes(mebibytes, content)):
                if content == "random" or number % 2 == 0:
                    os.pwrite(file.fileno(), os.urandom(MIB), number * MIB)
            self.path = subprocess.run(["losetup", "--find", "--show", "--read-only", file.name],
                                       stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
            self.fd = os.open(self.path, os.O_RDONLY)
            # In use, it is detached when its last user goes, whatever becomes of us.
            subprocess.run(["losetup", "--detach", self.path], check=True)

    def forget(self):
        """Nothing of it is in the page cache."""
        fcntl.ioctl(self.fd, BLKFLSBUF)

    def read_all(self, most=1 << 62):
        """Reads it, or so many bytes, through the page cache; returns seconds."""
        buffer = bytearray(MIB)
        begin, offset = now(), 0
        while offset < most and (n := os.preadv(self.fd, [buffer], offset)) > 0:
            offset += n
        return now() - begin

    def close(self):
        os.close(self.fd)


# ---- the lab ----------------------------------------------------------------------------------------------

class Lab:
    def __init__(self):
        self.exits = contextlib.ExitStack()
        self.scratch = tempfile.mkdtemp(prefix="virt-p2v-bench.", dir="/var/tmp")
        os.chmod(self.scratch, 0o755)
        self.exits.callback(shutil.rmtree, self.scratch)
        self.disks = {}

    def close(self):
        for number in ENDING_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        self.exits.close()

    def spawn(self, argv, network=None, **options):
        """A process that ends with us. network: of the namespace it runs in."""
        inside = ["nsenter", "--net=/proc/%d/ns/net" % network] if network else []
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *inside, *argv], start_new_session=True, **options)

    def disk(self, mebibytes, content, number=1):
        """The same disk every time; number: another of the same kind."""
        key = (mebibytes, content, number)
        if key not in self.disks:
            with open("/proc/meminfo") as meminfo:
                free = next(int(line.split()[1]) // 1024 for line in meminfo if line.startswith("MemAvailable"))
            folder = "/dev/shm" if free > 4 * filled_mebibytes(mebibytes, content) else self.scratch
            self.disks[key] = Disk(folder, mebibytes, content)
            self.exits.callback(self.disks[key].close)
        # A virtual machine has to get memory from its host first; the first copy would be the one to wait for that.
        self.disks[key].read_all(2048 * MIB)
        return self.disks[key]


def end(process, seconds=10):
    """Ends a process that was started by spawn()."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Link:
    """Two network namespaces and a link between them that carries so many Mbit/s, each way."""
    PHYSICAL, SERVER = "10.66.0.1", "10.66.0.2"

    def __init__(self, lab, mbit):
        self.holders = [lab.spawn(["unshare", "--net", "sleep", "infinity"]) for _ in range(2)]
        try:
            own = os.stat("/proc/self/ns/net").st_ino
            for holder in self.holders:
                wait_for(lambda: os.stat("/proc/%d/ns/net" % holder.pid).st_ino != own, 10, "a network namespace")
            self.physical, self.server = (holder.pid for holder in self.holders)
            self.run(self.physical, "ip", "link", "add", "wire", "type", "veth", "peer", "name", "wire", "netns", str(self.server))
            for pid, address in (self.physical, self.PHYSICAL), (self.server, self.SERVER):
                self.run(pid, "ip", "link", "set", "lo", "up")
                self.run(pid, "ip", "address", "add", address + "/24", "dev", "wire")
                self.run(pid, "ip", "link", "set", "wire", "up")
                self.run(pid, "tc", "qdisc", "add", "dev", "wire", "root", "tbf", "rate", "%dmbit" % mbit,
                         "burst", "256kb", "latency", "50ms")
        except subprocess.CalledProcessError as error:
            self.close()
            raise CannotMeasure("no shaped link can be made here: " + error.stderr.strip())

    @staticmethod
    def run(pid, *argv):
        return subprocess.run(["nsenter", "--net=/proc/%d/ns/net" % pid, *argv], check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout

    def bytes(self):
        """Sent by either end. Its queue counts the headers of every packet; the interface would count a large send's once."""
        return sum(int(self.run(pid, "tc", "-s", "qdisc", "show", "dev", "wire").partition(" Sent ")[2].split()[0])
                   for pid in (self.physical, self.server))

    def close(self):
        for holder in self.holders:
            end(holder)


class Server:
    """The conversion server of tests/server, with holding-virt-v2v for its virt-v2v."""

    def __init__(self, lab, link=None):
        self.address = link.SERVER if link else "127.0.0.1"
        self.network = link.server if link else None
        self.home = tempfile.mkdtemp(prefix="server.", dir=lab.scratch)
        listen = ["--sshd", "ListenAddress " + link.SERVER] if link else []
        self.process = lab.spawn([ROOT + "/tests/server/conversion-server.sh", self.home, "--v2v", "copy", *listen],
                                 network=self.network, stdout=subprocess.PIPE, text=True)
        self.env = conversion_server.wait_until_ready(self.process.stdout)
        if self.env is None:
            raise CannotMeasure("the conversion server does not start")
        shutil.copy(HERE + "/holding-virt-v2v", self.home + "/bin/virt-v2v")
        with open(self.home + "/home/root/.bash_profile", "w") as profile:     # the classic virt-p2v logs in to a shell
            profile.write("PATH=%s/bin:$PATH\n" % self.home)
        os.mkfifo(self.home + "/started")
        os.mkfifo(self.home + "/hold")
        self.started = os.open(self.home + "/started", os.O_RDWR)
        self.port, self.key = self.env["server_port"], self.env["server_key"]

    def close(self):
        end(self.process, 30)
        self.process.stdout.close()
        os.close(self.started)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end_on_signals():
    def leave(number, _):
        raise SystemExit(128 + number)
    for number in ENDING_SIGNALS:
        signal.signal(number, leave)
