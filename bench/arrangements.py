# SPDX-License-Identifier: GPL-2.0-or-later
#
# The arrangements that are compared. Each carries disks to ports on the conversion server's loopback:
#
#   Ours             the whole of our virt-p2v, as a person starts it, up to a virt-v2v that waits: the ports are those of the
#                    server's nbdkit with its retry filter
#   Direct           the same with p2v.reconnect=0: the ports are the forwarded ones
#   Classic          by hand what the classic virt-p2v does for a disk: nbdkit's file plugin on a TCP port, and ssh -R
#   ClassicProgram   the classic virt-p2v itself, Debian's, up to the same virt-v2v
#
# .ports is where a client connects; .processes() all that runs on the physical side.
import lzma
import os
import re
import select
import subprocess
import xml.etree.ElementTree as ElementTree

from lab import ROOT, CannotMeasure, end, family, free_port, now, wait_for

CLASSIC_BINARY = "virt-p2v/virt-p2v.xz"      # of Debian's package virt-p2v, in one of
LIBRARY_FOLDERS = ["/usr/lib/" + name for name in ("x86_64-linux-gnu", "aarch64-linux-gnu")]


class Program:
    """One that is told by p2v.* words what to do, and has done all but the conversion when its virt-v2v starts."""

    def __init__(self, lab, server, argv, words, network, environment=None):
        self.server = server
        self.log_path = os.path.join(lab.scratch, "%s.log" % type(self).__name__)
        command = [*argv, "--cmdline=p2v.server=%s p2v.port=%s p2v.username=root p2v.identity=file://%s p2v.name=guest %s" %
                   (server.address, server.port, server.key, words)]
        with open(self.log_path, "wb") as log:
            begin = now()
            self.process = lab.spawn(command, network=network, stdout=log, stderr=log, env=environment)
        try:
            xml = self.wait_started()
            self.start_seconds = now() - begin
            hosts = ElementTree.parse(server.home + xml).getroot().findall("./devices/disk[@device='disk']/source/host")
            self.ports = [int(host.get("port")) for host in hosts]
        except BaseException:
            end(self.process)
            raise

    def wait_started(self):
        deadline = now() + 60
        while not select.select([self.server.started], [], [], 0.1)[0]:
            if self.process.poll() is not None or now() > deadline:
                with open(self.log_path, errors="replace") as log:
                    lines = log.read().strip().splitlines()[-3:]
                raise CannotMeasure("%s did not reach virt-v2v: %s" % (type(self).__name__, " / ".join(lines)))
        return os.read(self.server.started, 4096).decode().splitlines()[-1]

    def processes(self):
        return family(self.process.pid)

    def close(self):
        if self.process.poll() is None:
            with open(self.server.home + "/hold", "w") as hold:     # waits for virt-v2v to read it
                hold.write("enough\n")
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                pass
        end(self.process)


class Ours(Program):
    words = "p2v.o=local p2v.os=/var/tmp"

    @staticmethod
    def binaries():
        return os.path.abspath(os.environ.get("P2V_BUILD", ROOT + "/build") + "/bin")

    def __init__(self, lab, server, disks, network=None):
        argv = [self.binaries() + "/virt-p2v", "--helper-dir=" + self.binaries()]
        argv += ["--test-disk=" + disk.path for disk in disks]
        super().__init__(lab, server, argv, self.words, network)


class Direct(Ours):
    words = Ours.words + " p2v.reconnect=0"


class ClassicProgram(Program):
    def __init__(self, lab, server, disks):
        packed = [path for path in (os.path.join(folder, CLASSIC_BINARY) for folder in LIBRARY_FOLDERS) if os.path.exists(path)]
        if not packed:
            raise CannotMeasure("Debian's package virt-p2v is not installed")
        binary = os.path.join(lab.scratch, "classic-virt-p2v")
        if not os.path.exists(binary):
            with lzma.open(packed[0]) as source, open(binary, "wb") as copy:
                copy.write(source.read())
            os.chmod(binary, 0o755)
        run = subprocess.run([binary, "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if run.returncode != 0:
            raise CannotMeasure("the classic virt-p2v does not run: " + run.stdout.strip())
        environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
        # It writes to /tmp, and its ssh to the known_hosts of the user's home: both are its own here.
        private = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs p2v /tmp && mount -t tmpfs p2v "$0" && exec "$@"', os.path.expanduser("~")]
        super().__init__(lab, server, [*private, binary] + ["--test-disk=" + disk.path for disk in disks],
                         "p2v.o=local p2v.os=/var/tmp", None, environment)


class Classic:
    def __init__(self, lab, server, disks, network=None, cipher=None):
        self.started, self.ports = [], []
        try:
            for disk in disks:
                self.ports.append(self.carry(lab, server, disk, network, cipher))
        except BaseException:
            self.close()
            raise

    def carry(self, lab, server, disk, network, cipher):
        port = free_port()
        pidfile = os.path.join(lab.scratch, "nbdkit.%d" % port)
        self.start(lab, network, ["nbdkit", "--foreground", "--readonly", "--ipaddr=127.0.0.1", "--port=%d" % port,
                                  "--pidfile=" + pidfile, "file", disk.path])
        wait_for(lambda: os.path.exists(pidfile), 10, "nbdkit")
        os.unlink(pidfile)
        ssh = self.start(lab, network, ["ssh", "-F", "none", "-N", "-p", server.port, "-i", server.key, "-o", "BatchMode=yes",
                                        "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                                        *(["-c", cipher] if cipher else []),
                                        "-R", "0:localhost:%d" % port, "root@" + server.address],
                         stderr=subprocess.PIPE, text=True)
        heard = ""
        for line in ssh.stderr:
            heard += line
            if allocated := re.match(r"Allocated port (\d+) ", line):
                return int(allocated[1])
        raise CannotMeasure("ssh -R failed: " + heard.strip())

    def start(self, lab, network, argv, **options):
        self.started.append(lab.spawn(argv, network=network, **options))
        return self.started[-1]

    def processes(self):
        found = {}
        for process in self.started:
            found.update(family(process.pid))
        return found

    def close(self):
        for process in reversed(self.started):
            end(process)
            if process.stderr:
                process.stderr.close()
