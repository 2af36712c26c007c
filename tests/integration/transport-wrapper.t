#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The wrapper by itself, in a folder that gets full while it works there. In a mount namespace of its own.
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

if len(sys.argv) == 1:
    os.execvp("unshare", ["unshare", "--mount", sys.executable, os.path.abspath(__file__), "inside"])

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from transport_driver import ROOT, Tap, wait_for

tap = Tap()
folder = tempfile.mkdtemp(prefix="virt-p2v-wrapper.", dir="/var/tmp")
LOG = folder + "/log"                  # where the pretended virt-v2v tells what it does: another file system, with room
ROOM = "size=256k,nr_inodes=64"


class Job:
    """A remote directory on a small file system, and a virt-v2v that is this script."""

    def __init__(self, script):
        os.makedirs(folder + "/tmp", exist_ok=True)
        os.makedirs(folder + "/bin", exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", ROOM, "virt-p2v-test", folder + "/tmp"], check=True)
        self.directory = folder + "/tmp/virt-p2v-20260101-abcdefgh"
        os.mkdir(self.directory)
        shutil.copy(ROOT + "/p2v-transport/virt-v2v-wrapper.sh", self.directory)
        for path, text in ((self.directory + "/physical.xml", "<domain/>\n"), (self.directory + "/arguments", "sudo=no patience=0 ports=''\nset -- -x\n"),
                           (folder + "/bin/virt-v2v", "#!/bin/sh\n[ \"$1\" = --version ] && exit\n" + script), (LOG, "")):
            with open(path, "w") as file:
                file.write(text)
        os.chmod(folder + "/bin/virt-v2v", 0o755)

    def words(self, *words):
        return ["/bin/sh", self.directory + "/virt-v2v-wrapper.sh", *words]

    def start(self):
        self.follow = subprocess.Popen(self.words("start", "mark"), env=dict(os.environ, PATH=folder + "/bin:" + os.environ["PATH"]),
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def cancel(self):
        return subprocess.run(self.words("cancel"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode

    def result(self):
        """Status and error."""
        return subprocess.run(self.words("result", "mark", "0"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout.split(b"\n")[1:3]

    def end(self):
        """What follow printed until the job had ended, and its exit status; the file system goes."""
        out = self.follow.communicate(timeout=60)[0]
        result = self.result()
        # The job's last processes end a moment after it.
        tap.ok(wait_for(lambda: subprocess.run(["umount", folder + "/tmp"], stderr=subprocess.DEVNULL, check=False).returncode == 0), "  ... and nothing is left of it there")
        return out, self.follow.returncode, result


def logged():
    with open(LOG) as file:
        return file.read().split()


def no_file_more():
    for i in range(100):
        try:
            open("%s/tmp/filler%d" % (folder, i), "w").close()
        except OSError:
            return


def no_byte_more():
    with open(folder + "/tmp/filler", "wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096) > 0:
                pass
        except OSError:
            return


def test_full_from_the_beginning(name, fill):
    job = Job("echo started >> %s" % LOG)
    fill()
    job.start()
    out, status, _ = job.end()
    tap.ok(status == 73 and (b"No space left" in out or b"no room left" in out) and logged() == [], "where %s from the beginning, virt-v2v is not started" % name, "%r %d" % (out, status))


def test_cancel(name, fill):
    job = Job("echo $$ >> %s; exec sleep 600" % LOG)
    job.start()
    tap.ok(wait_for(lambda: logged() and os.path.exists(job.directory + "/pid")), "virt-v2v runs")
    fill()
    began = time.monotonic()
    status = job.cancel()
    virt_v2v = int(logged()[0])
    left = os.path.exists("/proc/%d" % virt_v2v)
    tap.ok(status == 0 and not left and time.monotonic() - began < 10, "where %s, virt-v2v can be cancelled" % name, "status %d, left %r" % (status, left))
    if left:
        os.kill(virt_v2v, signal.SIGKILL)
    tap.equal(job.end()[2][0], b"143", "  ... and its status is written")


def test_full_while_it_begins(name, fill):
    """virt-v2v is to be started when there is no room any more: a hop's nbdkit is what takes its time before."""
    job = Job("echo $$ >> %s; exec sleep 600" % LOG)
    with open(job.directory + "/arguments", "w") as file:
        file.write("sudo=no patience=1 ports=''\nset -- -x\n")
    with open(folder + "/bin/nbdkit", "w") as file:
        file.write("#!/bin/sh\n: > %s.begins; until [ -e %s.full ]; do sleep 0.1; done\n" % (LOG, LOG))
    os.chmod(folder + "/bin/nbdkit", 0o755)
    job.start()
    tap.ok(wait_for(lambda: os.path.exists(LOG + ".begins")), "a hop's nbdkit runs")
    fill()
    open(LOG + ".full", "w").close()
    tap.ok(wait_for(logged), "where %s before virt-v2v begins, it begins" % name)
    status = job.cancel()
    left = bool(logged()) and os.path.exists("/proc/" + logged()[0])
    tap.ok(status == 0 and logged() and not left, "where %s before virt-v2v begins, it can be cancelled" % name, "status %d, left %r" % (status, left))
    if left:
        os.kill(int(logged()[0]), signal.SIGKILL)
    for path in (folder + "/bin/nbdkit", LOG + ".begins", LOG + ".full"):
        os.unlink(path)
    tap.equal(job.end()[2][0], b"143", "  ... and its status is written")


def test_output(name, where, exit_status):
    job = Job("echo 'virt-v2v: error: first' >&2; until grep -q first virt-v2v-conversion-log.txt; do sleep 0.1; done\n"    # before there is no room
              "i=0; while [ $i -lt 8000 ]; do echo \"line $i of more than there is room for\"; i=$((i + 1)); done %s\n"
              "echo last >> %s; exit %d" % (where, LOG, exit_status))
    job.start()
    out, status, (told, error) = job.end()
    tap.ok(status == 0 and logged() == ["last"], "where %s finds no room, virt-v2v goes on" % name, "%d %r" % (status, out[-200:]))
    tap.equal(told, b"%d" % exit_status, "  ... and its status is written")
    tap.ok(b"no room in " + job.directory.encode() in error and b"virt-v2v: error: first" in error, "  ... with what was the matter", error)


def test_what_stays():
    """Whoever has left virt-v2v's session for good, and holds what it prints open, holds nothing else up."""
    job = Job("(setsid sh -c 'echo $$ >> %s; exec sleep 600' &); until [ -s %s ]; do sleep 0.1; done; exit 3" % (LOG, LOG))
    job.start()
    began = time.monotonic()
    tap.equal((job.follow.wait(60), job.result()[0]), (0, b"3"), "who has left virt-v2v's session for good does not hold the job up")
    tap.ok(time.monotonic() - began < 20, "  ... for long", time.monotonic() - began)
    os.kill(int(logged()[0]), signal.SIGKILL)
    job.end()


for full, filler in (("no file more can be made", no_file_more), ("no byte more can be written", no_byte_more)):
    test_full_from_the_beginning(full, filler)
    test_full_while_it_begins(full, filler)
    test_cancel(full, filler)
test_output("what it prints", "", 3)
test_output("what it prints for the log", ">&2", 3)
test_what_stays()
shutil.rmtree(folder)
tap.done()
