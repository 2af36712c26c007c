#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The control role of p2v-transport: the remote directory, the job, its messages, its result, its end.
import contextlib
import glob
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from transport_driver import Server, Tap, Transport, decode, memfd, quote, wait_for

tap = Tap()
DIRECTORY = r"/tmp/virt-p2v-20\d{6}-[a-z0-9]{8}$"


def start(server, output='type: "local" storage: "/var/tmp"', sudo="false", attachments=None, user="p2v", name="guest", bad="false", more=""):
    transport = Transport()
    transport.login(server.port, user=user, identity=server.key)
    for file, content in (attachments or {}).items():
        fd = memfd(content)
        transport.send('attachment { name: "%s" }' % file, [fd])
        os.close(fd)
    transport.send("""conversion_start { sudo: %s machine { name: "%s" architecture: "x86_64" memory_bytes: 1073741824 vcpus: 2
        cpu { vendor: "Intel" sockets: 1 cores: 2 threads: 1 acpi: true } rtc { basis: RTC_UTC offset_seconds: 60 } firmware: FIRMWARE_UEFI
        disks { name: "sda" port: 10809 } removables: "sr0" nics { mac: "52:54:00:12:34:56" network: "<&>" } } output { %s } list_bad_ranges: %s %s }""" % (sudo, name, output, bad, more))
    return transport


def finish(transport, until=lambda message: False):
    """All messages up to the last one (or one that `until` picks), and what virt-v2v printed."""
    messages, printed = [], b""
    while True:
        message = transport.receive()
        messages.append(message)
        if message.kind == "conversion_output":
            printed += message.field("data")
        if until(message) or message.kind not in ("conversion_directory", "conversion_started", "conversion_output", "note"):
            return messages, printed


def ended(message):
    return message.field("result"), int(message.field("status") or 0), message.field("text")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def test_success(server):
    # Standard output and standard error come into the log by two readers: each line waits for the one before it.
    server.virt_v2v('[ $# = 1 ] && { echo virt-v2v 2.2.0; exit; }; log=$(dirname "$5")/virt-v2v-conversion-log.txt\n'
                    'until_log() { until grep -q "$1" "$log"; do sleep 0.1; done; }\n'
                    'echo "to the person"; until_log person; echo "to the log" >&2; until_log "the log"; printf "last, no newline"')
    began = time.monotonic()
    transport = start(server, attachments={"dmesg": b"dmesg\0\xff\n", "lscpu": b"", "big": b"0123456789abcdef" * 65536})
    messages, printed = finish(transport, lambda message: message.kind == "conversion_started")
    took = time.monotonic() - began
    directory = messages[0].field("remote_directory").decode()
    tap.ok(re.match(DIRECTORY, directory), "the remote directory is named as the manual says", directory)
    tap.ok(took < 5, "login, upload and start take no time", "%f s" % took)
    print("# %.0f ms from nothing to a started conversion, three files of 1 MiB in all" % (1000 * took))
    messages, printed = finish(transport)
    tap.equal(printed, b"to the person\nlast, no newline", "what virt-v2v prints arrives to the last byte")
    tap.equal(ended(messages[-1]), ("CONVERSION_DONE", 0, b""), "the result is done")
    tap.equal(transport.close(), 0, "it ends in peace")
    there = server.root + directory
    tap.equal(oct(os.stat(there).st_mode & 0o7777), "0o700", "the remote directory is for its user alone")
    tap.equal(read(there + "/dmesg"), b"dmesg\0\xff\n", "attachments arrive as they are")
    tap.equal(os.path.getsize(there + "/big"), 1 << 20, "large ones too")
    tap.equal(read(there + "/lscpu"), b"", "and empty ones")
    for name, content in (("name", b"guest\n"), ("status", b"0\n"), ("v2v-version", b"virt-v2v 2.2.0\n"),
                          ("virt-v2v-conversion-log.txt", b"to the person\nto the log\nlast, no newline")):
        tap.equal(read(there + "/" + name), content, "%s is written" % name)
    tap.equal(glob.glob(there + "/*.new"), [], "nothing is left half written")
    tap.ok(b"LIBGUESTFS_BACKEND=direct" in read(there + "/environment"), "environment is written, and is what sshd gave")
    tap.ok(all(os.path.exists(there + "/" + name) for name in ("physical.xml", "p2v-version", "time", "virt-v2v-wrapper.sh")), "the manual's other files are there")
    printed = subprocess.run(["virt-v2v", "-i", "libvirtxml", there + "/physical.xml", "--print-source"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             env=dict(os.environ, LIBGUESTFS_BACKEND="direct"), text=True).stdout
    tap.ok("source name: guest" in printed and 'Network "<&>"' in printed and "memory: 1073741824" in printed and "hypervisor type: physical" in printed,
           "the real virt-v2v understands physical.xml", printed)


def test_failures(server):
    server.virt_v2v('echo one; echo "virt-v2v: error: first" >&2; printf "virt-v2v: error: l\\303\\251st \\033[31m\\n\\nmore\\n" >&2; exit 3')
    messages, _ = finish(start(server))
    tap.equal(ended(messages[-1]), ("CONVERSION_FAILED", 3, "virt-v2v: error: lést ?[31m".encode()), "a failed conversion ends with virt-v2v's last error, cleaned")
    server.virt_v2v("kill -SEGV $$")
    messages, _ = finish(start(server))
    tap.equal(ended(messages[-1])[:2], ("CONVERSION_FAILED", 139), "a virt-v2v that crashes has failed")
    server.virt_v2v("echo never")
    os.chmod(server.root + "/tmp", 0o755)
    messages, _ = finish(start(server))
    tap.ok(messages[-1].kind == "failure" and b"cannot be made" in messages[-1].field("text") and b"Permission denied" in messages[-1].field("text"),
           "a directory that cannot be made is named", messages[-1].text)
    os.chmod(server.root + "/tmp", 0o1777)


def test_quoting(server):
    server.virt_v2v('[ $# = 1 ] || printf "%s\\0" "$@" > $DIR/log/argv')
    evil = ["a b", "'; touch $DIR/log/owned; '", "$(touch /tmp/owned)", "`touch /tmp/owned`", "two\nlines\ntouch /tmp/owned\n", '"', "\\", "-x", "ü\t*~!&|<>#"]
    output = 'type: "rhv-upload" connection: %s format: "raw" storage: %s allocation: "sparse" ' % (quote(evil[0]), quote(evil[1]))
    output += " ".join("misc: " + quote(value) for value in evil)
    for sudo in ("false", "true"):
        messages, _ = finish(start(server, output, sudo=sudo))
        argv = read(server.root + "/log/argv").split(b"\0")[:-1]
        wanted = ["-o", "rhv-upload", "-oc", evil[0], "-of", "raw", "-os", evil[1], "-oa", "sparse"] + [word for value in evil for word in ("-oo", value)]
        tap.equal(argv[5:], [word.encode() for word in wanted], "every output option reaches virt-v2v as one argument (sudo: %s)" % sudo)
        tap.equal(argv[:4], [b"-v", b"-x", b"-i", b"libvirtxml"], "with the options before them (sudo: %s)" % sudo)
        os.unlink(server.root + "/log/argv")
    tap.equal(glob.glob(server.root + "/tmp/owned") + glob.glob(server.root + "/log/owned"), [], "and nothing of it was run")


# virt-v2v that starts children, some deaf to TERM and one in a session of its own, and waits.
STUBBORN = """[ $# = 1 ] && exit
sleep 601 & (trap '' TERM; sleep 602; sleep 602) & setsid sh -c "trap '' TERM; sleep 603; sleep 603" &
echo started; sleep 604"""


def nothing_left(server):
    return wait_for(lambda: not server.processes())


def test_cancel(server):
    for sudo in ("false", "true"):
        server.virt_v2v(STUBBORN)
        transport = start(server, sudo=sudo)
        finish(transport, lambda message: b"started" in message.field("data"))
        tap.ok(wait_for(lambda: len([line for line in server.processes() if "sleep 60" in line]) >= 4), "a job runs (sudo: %s)" % sudo, server.processes())
        began = time.monotonic()
        transport.send("conversion_cancel { }")
        messages, _ = finish(transport)
        tap.equal(ended(messages[-1])[0], "CONVERSION_CANCELLED", "cancel is answered (sudo: %s)" % sudo)
        tap.ok(time.monotonic() - began < 10, "within 10 seconds (sudo: %s)" % sudo, time.monotonic() - began)
        tap.ok(nothing_left(server), "and ends virt-v2v and everything it started (sudo: %s)" % sudo, server.processes())
        tap.equal(transport.close(), 0, "the transport ends in peace (sudo: %s)" % sudo)
    server.virt_v2v(STUBBORN)
    transport = start(server)
    finish(transport, lambda message: b"started" in message.field("data"))
    transport.channel.close()
    tap.ok(nothing_left(server), "when the supervisor goes, the job is ended as well", server.processes())
    tap.equal(transport.process.wait(60), 1, "and the transport ends")


def test_cancel_of_what_is_not_ours(server):
    """sudo permits virt-v2v alone, which is root's then: it ends of the loss of its disk, whose hop is ours."""
    sudoers = server.root + "/etc/sudoers"
    before = read(sudoers)

    def permit(more):
        with open(sudoers, "wb") as file:      # in place: it is mounted over the server's
            file.write(before.replace(b"p2v  ALL=(ALL:ALL) NOPASSWD: ALL", b"p2v ALL=(ALL:ALL) NOPASSWD: %s/bin/virt-v2v\n%s\n" % (server.root.encode(), more)))

    def cancel(script):
        server.virt_v2v("[ $# = 1 ] && exit; trap '' TERM\n" + script)
        transport = start(server, sudo="true", more=driver(patience=600))
        finish(transport, lambda message: b"started" in message.field("data"))
        transport.send("conversion_cancel { }")
        messages, _ = finish(transport)
        transport.close()
        return messages[-1], b"".join(message.field("text") for message in messages if message.kind == "note")

    reads = """port=$(sed -n 's/.*port="\\([0-9]*\\)".*/\\1/p' $(dirname "$5")/physical.xml)
        exec bash -c 'exec 3<> /dev/tcp/127.0.0.1/$0; echo started; cat <&3; exit 9' $port"""
    for how, more, status in (("sudo waits for it", b"", 137), ("sudo becomes it", b"Defaults !pam_session, !pam_setcred, !use_pty", 9)):
        permit(more)
        began = time.monotonic()
        message, notes = cancel(reads)
        tap.equal((ended(message)[:2], notes), (("CONVERSION_CANCELLED", status), b""), "where only virt-v2v is permitted and %s, it ends of the end of its hops" % how)
        tap.ok(time.monotonic() - began < 15 and nothing_left(server), "and that soon, with everything (%s)" % how, server.processes())

        message, notes = cancel("echo started; exec sleep 602")
        text = message.field("text")
        tap.ok(b"may not have ended" in notes, "of one that reads nothing it is told that it may not have ended (%s)" % how, message.text)
        tap.ok(message.kind == "conversion_ended" if status == 137 else b"was cancelled" in text and b"restarted" not in text, "and nothing is said that is not true (%s)" % how, message.text)
        for line in server.processes():
            if line.endswith("sleep 602 "):
                os.kill(int(line.split()[0]), 9)
        tap.ok(nothing_left(server), "until somebody ends it (%s)" % how, server.processes())
    with open(sudoers, "wb") as file:
        file.write(before)


def driver(directory="", started="false", offset=0, cancel="false", patience=0):
    """What the supervisor says to a transport that goes on in another's place."""
    return 'remote_directory: "%s" started: %s offset: %d cancel: %s patience: %d' % (directory, started, offset, cancel, patience)


def asks(message):
    return message.kind == "bad_ranges_ask"


def test_bad_ranges(server):
    server.virt_v2v("[ $# = 1 ] || echo hello")
    transport = start(server, bad="true")
    messages, printed = finish(transport, asks)
    directory = server.root + messages[0].field("remote_directory").decode()
    tap.ok(asks(messages[-1]) and messages[-1].field("name") == b"sda" and printed == b"hello\n", "when virt-v2v has ended, it asks what of the disk could not be read", messages[-1].text)
    transport.send("bad_ranges { ranges { offset: 512 length: 1024 } ranges { offset: 9223372036854775295 length: 512 } more: true }")
    tap.equal(ended(finish(transport)[0][-1])[0], "CONVERSION_DONE", "and then tells the result")
    lines = b"sda 512 1024\nsda 9223372036854775295 512\n# sda has more bad ranges than these\n"
    tap.equal(read(directory + "/bad-ranges"), lines, "the file bad-ranges is there by then")
    tap.ok(b"virt-p2v: could not be read, and is zeroes: sda 512 1024\n" in read(directory + "/virt-v2v-conversion-log.txt"), "the log has it too")
    transport.close()

    transport = start(server, bad="true")
    messages, _ = finish(transport, asks)
    directory = server.root + messages[0].field("remote_directory").decode()
    transport.send("bad_ranges { }")
    tap.equal(ended(finish(transport)[0][-1])[0], "CONVERSION_DONE", "a disk may have had no errors")
    tap.ok(not os.path.exists(directory + "/bad-ranges"), "and there is no file then")
    transport.close()

    transport = start(server, bad="true")
    finish(transport, asks)
    ranges = " ".join("ranges { offset: %d length: 512 }" % (9223372036854000000 + 1024 * i) for i in range(-2048, 0))
    transport.send("bad_ranges { %s }" % ranges)
    messages, _ = finish(transport)
    longest = max(glob.glob(server.root + "/tmp/virt-p2v-*/bad-ranges"), key=os.path.getmtime)
    tap.ok(ended(messages[-1])[0] == "CONVERSION_DONE" and read(longest).count(b"\n") == 2048, "the longest list arrives whole", messages[-1].text)
    transport.close()


def test_bad_ranges_of_what_does_not_end_well(server):
    server.virt_v2v('[ $# = 1 ] || { mkdir bad-ranges.new; exit 3; }')
    transport = start(server, bad="true")
    finish(transport, asks)
    transport.send("bad_ranges { ranges { offset: 512 length: 512 } }")
    messages, _ = finish(transport)
    notes = [message.field("text") for message in messages if message.kind == "note"]
    tap.ok(len(notes) == 1 and b"bad-ranges" in notes[0] and b"cannot be written" in notes[0], "a file that cannot be written is told", notes)
    tap.equal(ended(messages[-1])[:2] + (messages[-1].field("bad_ranges_listed"),), ("CONVERSION_FAILED", 3, b""), "and the result is what it was, of a failure too, without a list")
    transport.close()
    transport = start(server, bad="true")
    finish(transport, asks)
    transport.send("conversion_cancel { }")
    tap.equal(ended(finish(transport)[0][-1])[:2], ("CONVERSION_FAILED", 3), "who does not want to wait for the list cancels")
    transport.close()
    server.virt_v2v("[ $# = 1 ] || { echo started; sleep 600; }")
    transport = start(server, bad="true")
    messages, _ = finish(transport, lambda message: b"started" in message.field("data"))
    directory = server.root + messages[0].field("remote_directory").decode()
    transport.send("conversion_cancel { }")
    tap.ok(asks(finish(transport, asks)[0][-1]), "a conversion that is cancelled gets its list too")
    transport.send("bad_ranges { ranges { offset: 512 length: 512 } }")
    message = finish(transport)[0][-1]
    tap.equal((ended(message)[0], message.field("bad_ranges_listed"), read(directory + "/bad-ranges")), ("CONVERSION_CANCELLED", "true", b"sda 512 512\n"), "and says that it is there")
    transport.close()
    server.virt_v2v("[ $# = 1 ] || echo hello")
    transport = start(server, bad="true")
    directory = finish(transport, asks)[0][0].field("remote_directory").decode()
    transport.process.kill()
    transport = start(server, bad="true", more=driver(directory, "true", 6, patience=30))
    tap.ok(asks(finish(transport, asks)[0][-1]), "where the connection is lost before the list is there, the next one asks again")
    transport.send("bad_ranges { ranges { offset: 1024 length: 512 } }")
    tap.equal((ended(finish(transport)[0][-1])[0], read(server.root + directory + "/bad-ranges")), ("CONVERSION_DONE", b"sda 1024 512\n"), "and writes it")
    transport.close()
    transport = start(server, bad="true")
    finish(transport, asks)
    transport.send('forward_start { name: "sda" }', [0])
    tap.equal(finish(transport)[0][-1].kind, "failure", "another message in its place is refused")
    transport.close()


def test_long_life(server):
    server.virt_v2v('[ $# = 1 ] || { i=0; while [ $i -lt 20000 ]; do echo "line $i of many, all of which must arrive in their order"; i=$((i+1)); done; }')
    messages, printed = finish(start(server))
    tap.equal(printed, b"".join(b"line %d of many, all of which must arrive in their order\n" % i for i in range(20000)), "a megabyte of messages arrives whole and in order")
    server.virt_v2v("[ $# = 1 ] || { sleep 600 & echo begun; exit 0; }")
    messages, _ = finish(start(server))
    tap.equal(ended(messages[-1])[:2], ("CONVERSION_DONE", 0), "a child that virt-v2v leaves behind holds nothing up")
    tap.ok(nothing_left(server), "and is ended", server.processes())


def test_lost_connection(server):
    server.virt_v2v("[ $# = 1 ] || { echo started; until [ -e $DIR/log/lost ]; do sleep 0.1; done; echo survived > $DIR/log/survived; }")
    transport = start(server)
    finish(transport, lambda message: b"started" in message.field("data"))
    for line in subprocess.run(["ss", "-Htnp", "sport = :%d" % server.port], stdout=subprocess.PIPE, text=True).stdout.splitlines():
        if "ESTAB" in line:
            for pid in {part.split(",")[0] for part in line.split("pid=")[1:]}:
                with contextlib.suppress(ProcessLookupError):       # sshd's two processes: one may take the other with it
                    os.kill(int(pid), 9)
    message = finish(transport)[0][-1]
    tap.ok(message.kind == "connection_lost" and b"is lost" in message.field("text"), "a connection that is cut is named", message.text)
    transport.close()
    open(server.root + "/log/lost", "w").close()
    tap.ok(wait_for(lambda: os.path.exists(server.root + "/log/survived")), "and the job on the server lives on")


def test_resume(server):
    server.virt_v2v("[ $# = 1 ] || { echo run >> $DIR/log/runs; echo started; sleep 2; echo later; }")
    runs = server.root + "/log/runs"

    def count():
        return read(runs).count(b"run") if os.path.exists(runs) else 0

    transport = start(server)
    messages, printed = finish(transport, lambda message: b"started" in message.field("data"))
    directory = messages[0].field("remote_directory").decode()
    tap.equal(messages[0].kind, "conversion_directory", "the directory is told before there is anything in it")
    transport.process.kill()
    messages, printed = finish(start(server, more=driver(directory, "true", 8)))
    tap.equal((printed, ended(messages[-1])[0]), (b"later\n", "CONVERSION_DONE"), "another goes on from the byte that was known")
    messages, printed = finish(start(server, more=driver(directory, "true", 3)))
    tap.equal((printed, ended(messages[-1])[0]), (b"rted\nlater\n", "CONVERSION_DONE"), "also of a job that has ended in the meantime")
    tap.equal(count(), 1, "and virt-v2v was run once")

    gone = "/tmp/virt-p2v-20260101-aaaaaaaa"
    message = finish(start(server, more=driver(gone, "true")))[0][-1]
    tap.ok(message.kind == "failure" and count() == 1, "a job that was started and is not there any more is not started again", message.text)
    tap.ok(gone.encode() + b" is not there any more" in message.field("text") and b"restarted" in message.field("text"), "and that is what is said", message.text)
    messages, printed = finish(start(server, more=driver(gone)))
    tap.ok(ended(messages[-1])[0] == "CONVERSION_DONE" and messages[0].field("remote_directory").decode() != gone and count() == 2,
           "one that was never started is started, in a new directory", messages[-1].text)
    mkdir = subprocess.run(["nsenter", "-t", str(server.pid()), "-m", "mkdir", "-m", "0700", gone], stderr=subprocess.PIPE)
    tap.ok(mkdir.returncode != 0, "and never can be in the old one")
    transport = start(server, more=driver(gone, cancel="true"))
    tap.equal((ended(finish(transport)[0][-1])[0], count()), ("CONVERSION_CANCELLED", 2), "when all that is wanted is its end, nothing is started")
    transport.close()

    server.virt_v2v("[ $# = 1 ] || { echo started; sleep 600; }")
    transport = start(server)
    directory = finish(transport, lambda message: b"started" in message.field("data"))[0][0].field("remote_directory").decode()
    transport.process.kill()
    began = time.monotonic()
    tap.equal(ended(finish(start(server, more=driver(directory, "true", cancel="true")))[0][-1])[0], "CONVERSION_CANCELLED", "and what runs is ended")
    tap.ok(time.monotonic() - began < 10 and nothing_left(server), "within 10 seconds, with everything it started", server.processes())


def test_resume_in_what_is_not_ours(server):
    """After a restart /tmp is empty, and anybody may have made a directory of the name that is known."""
    trace = server.root + "/log/trace"

    def make(name, owner):
        path = server.root + "/tmp/" + name
        os.mkdir(path, 0o755)
        with open(path + "/virt-v2v-wrapper.sh", "w") as wrapper:
            wrapper.write("id > %s\n" % trace)
        os.chown(path, owner, owner)
        return path

    server.virt_v2v("[ $# = 1 ] || echo never")
    ours = os.stat(server.root + "/home/p2v").st_uid
    make("virt-p2v-20260101-foreignx", ours + 1)
    os.symlink(make("elsewhere", ours), server.root + "/tmp/virt-p2v-20260101-symlinkx")
    os.lchown(server.root + "/tmp/virt-p2v-20260101-symlinkx", ours, ours)
    for name in ("virt-p2v-20260101-foreignx", "virt-p2v-20260101-symlinkx"):
        for more in (driver("/tmp/" + name, "true"), driver("/tmp/" + name, "true", cancel="true"), driver("/tmp/" + name)):
            message = finish(start(server, more=more))[0][-1]
            tap.ok(message.kind == "failure" and name.encode() in message.field("text") and b"not this user's own directory" in message.field("text") and not os.path.exists(trace),
                   "of %s nothing is run (%s)" % (name, more), message.text)


def test_start_that_is_cut(server):
    """However far the first one came: its successor starts what it did not, and never a second time."""
    server.virt_v2v("[ $# = 1 ] || { echo run >> $DIR/log/cuts; echo started; sleep 0.3; }")
    good, seen = [], set()
    for i in range(25):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(server.root + "/log/cuts")
        before = set(server.remote_directories())
        transport = start(server, attachments={"big": b"x" * 1000000})
        first = transport.receive_raw()
        if i < 24:
            time.sleep(0.012 * i)
        else:                                          # however slow this machine is, once the job is there
            finish(transport, lambda message: message.kind == "conversion_started")
        transport.process.kill()
        first = decode(first)
        messages, printed = finish(start(server, more=driver(first.field("remote_directory").decode())))
        nothing_left(server)
        seen.add(len(set(server.remote_directories()) - before))
        good.append(ended(messages[-1])[0] == "CONVERSION_DONE" and printed == b"started\n" and read(server.root + "/log/cuts") == b"run\n")
    tap.equal(good, [True] * 25, "a start that is cut off at any moment ends in one virt-v2v")
    tap.equal(seen, {1, 2}, "and it was cut off before and after the job was there")


def test_hop(server):
    server.virt_v2v('[ $# = 1 ] || { grep -o "port=.[0-9]*" $(dirname "$5")/physical.xml; ps -o args= -C nbdkit; true; }')
    messages, printed = finish(start(server, more=driver(patience=30)))
    port = re.search(rb'port="([0-9]+)', printed)
    tap.ok(port and port[1] != b"10809" and b"--ipaddr 127.0.0.1 --port " + port[1] in printed and b"nbd://127.0.0.1:10809 retry=150 " in printed,
           "nbdkit stands between virt-v2v and the forwarded port, on the loopback", printed)
    tap.ok(nothing_left(server), "and is gone afterwards", server.processes())
    messages, printed = finish(start(server))
    tap.ok(b'port="10809' in printed and b"nbdkit" not in printed, "not so where a lost connection is to be the end", printed)
    for what, script in (("nbdkit is missing", "exit 127"), ("it lacks the filter", 'case "$*" in *retry*) exit 1; esac'),
                         ("nbdkit does not start", 'case "$*" in *--dump-plugin*) exit 0; esac; exit 1')):
        path = server.root + "/bin/nbdkit"
        with open(path, "w") as file:
            file.write("#!/bin/sh\n" + script)
        os.chmod(path, 0o755)
        messages, printed = finish(start(server, more=driver(patience=30)))
        tap.ok(b"virt-p2v: warning: nbdkit" in printed and b'port="10809' in printed and ended(messages[-1])[0] == "CONVERSION_DONE",
               "where %s that is said, and it goes on without" % what, printed)
        os.unlink(path)


def test_shells(server):
    server.virt_v2v('[ $# = 1 ] && { echo virt-v2v 2.2.0; exit; }; printf "%s\\0" "$@" > $DIR/log/argv; echo "[   0.0] hello"')
    home = server.root + "/home/p2v"
    os.makedirs(home + "/.config/fish", exist_ok=True)
    for file in (".bashrc", ".zshenv", ".tcshrc", ".cshrc", ".config/fish/config.fish"):
        with open(home + "/" + file, "w") as noise:
            noise.write("echo noise on standard output\necho virt-p2v-\necho 'it''s'\n")
    for shell in ("/bin/bash", "/bin/dash", "/usr/bin/zsh", "/usr/bin/fish", "/usr/bin/tcsh", "/bin/mksh"):
        if not os.path.exists(shell):
            tap.ok(False, "%s is installed (tests/install-needs.sh)" % shell)
            continue
        server.login_shell(shell)
        messages, printed = finish(start(server, "type: \"local\" storage: %s" % quote("a'b $(x)\n!!")))
        good = ended(messages[-1])[0] == "CONVERSION_DONE" and printed == b"[   0.0] hello\n" and b"a'b $(x)\n!!" in read(server.root + "/log/argv").split(b"\0")
        tap.ok(good, "the login shell may be %s, and noisy" % shell, messages[-1].text)
        again, _ = finish(start(server, more=driver(messages[0].field("remote_directory").decode())))
        new, _ = finish(start(server, more=driver("/tmp/virt-p2v-20260101-" + os.path.basename(shell).rjust(8, "x"))))
        tap.ok([message.kind for message in again] == ["conversion_started", "conversion_output", "conversion_ended"] and
               new[0].kind == "conversion_directory" and new[-1].kind == "conversion_ended",
               "and with it what was begun is gone on with, and what was not is begun (%s)" % shell, again[-1].text + new[-1].text)
    server.login_shell("/usr/sbin/nologin")
    messages, _ = finish(start(server))
    tap.ok(messages[-1].kind == "failure" and b"does not run commands" in messages[-1].field("text"), "a login shell that runs no commands is named", messages[-1].text)
    server.login_shell("/bin/bash")


def test_attachments_are_checked(server):
    for what, name, fd in (("a file that is too large", "big", memfd(b"x" * ((1 << 20) + 1))), ("a pipe", "pipe", os.pipe()[0]), ("a name of ours", "upload", memfd(b"x"))):
        transport = Transport()
        transport.login(server.port, identity=server.key)
        transport.send('attachment { name: "%s" }' % name, [fd])
        message = transport.receive()
        tap.equal(message.kind, "failure", "%s is no attachment" % what)
        transport.close()


def test_sessions():
    """MaxSessions of sshd_config: a cancel's beside the conversion's, and sshd counts one for a moment after its end."""
    with Server("--v2v", "copy", "--sshd", "MaxSessions 1") as server:
        server.virt_v2v("[ $# = 1 ] || { echo started; sleep 600; }")
        transport = start(server)
        message = finish(transport, lambda message: b"started" in message.field("data"))[0][-1]
        if message.kind == "conversion_output":        # sshd was quick, and has forgotten SFTP's session: then a cancel meets it
            transport.send("conversion_cancel { }")
            message = finish(transport, lambda message: message.kind == "note")[0][-1]
        tap.ok(message.kind in ("failure", "note") and re.search(rb"MaxSessions.*at least 3", message.field("text")), "a server that permits too few sessions is named as that", message.text)
        transport.close()
    with Server("--v2v", "copy", "--sshd", "MaxSessions 3") as server:
        server.virt_v2v("[ $# = 1 ] || { echo started; sleep 600; }")
        transport = start(server)
        finish(transport, lambda message: b"started" in message.field("data"))
        transport.send("conversion_cancel { }")
        tap.equal(ended(finish(transport)[0][-1])[0], "CONVERSION_CANCELLED", "three suffice")
        tap.ok(nothing_left(server), "also for a cancel", server.processes())
        transport.close()


with Server("--v2v", "copy") as server:
    test_success(server)
    test_failures(server)
    test_quoting(server)
    test_cancel(server)
    test_cancel_of_what_is_not_ours(server)
    test_bad_ranges(server)
    test_bad_ranges_of_what_does_not_end_well(server)
    test_long_life(server)
    test_lost_connection(server)
    test_resume(server)
    test_resume_in_what_is_not_ours(server)
    test_start_that_is_cut(server)
    test_hop(server)
    test_shells(server)
    test_attachments_are_checked(server)
test_sessions()
tap.done()
