#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-export as p2v-supervisor starts it: its messages, the streams that p2v-transport hands over, and how it ends.
import os, random, shutil, socket, sys, tempfile
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import nbd
from export_peer import *

random.seed(2)
content = random.randbytes(3000000) + bytes(1000000) + random.randbytes(123)
file = disk_of(content)

def disk():
    return os.open(file.name, os.O_RDONLY)

def started():
    export = Supervised()
    export.receive()
    export.start(disk(), len(content))
    export.receive()
    return export

def nbd_on(stream):
    h = nbd.NBD()
    h.set_export_name('sda')
    h.connect_socket(stream.detach())
    return h

def status(pid, key):
    return [line.split()[1:] for line in open(f'/proc/{pid}/status') if line.startswith(key + ':')][0]

export = Supervised()
ready = export.receive()
ok('program: "p2v-export"' in ready and 'name: "seccomp"' in ready, 'its first message is Ready, with its layers', ready)
export.start(disk(), len(content))
ok('export_ready' in export.receive(), 'it answers ExportStart with ExportReady')
pid = export.process.pid
ok(status(pid, 'Seccomp') == ['2'] and status(pid, 'NoNewPrivs') == ['1'] and int(status(pid, 'CapEff')[0], 16) == 0,
   'it is locked before it has a disk: seccomp, no_new_privs, no capability')
if os.getuid() == 0:
    ok(status(pid, 'Uid') == ['60702'] * 4, 'its uid is 60702')
    inodes = [name for fd, name in open_files(pid) if 2 < fd < 1000]      # 1000: tests/sanitize/sanitize.c
    ok(len(inodes) == 6 and sum(file.name in name for name in inodes) == 2 and {'anon_inode:[eventfd]', 'anon_inode:[timerfd]'} < set(inodes),
       'it has its channel, its disk twice, its data channel, an event of finished reads and a timer open', inodes)
else:
    skip('its uid is 60702', 'not root')
one, two = nbd_on(export.connect()), nbd_on(export.connect())
ok(one.get_size() == len(content), 'the size is the one it was told')
ok(one.pread(len(content), 0) == content and two.pread(1000, 2999500) == content[2999500:3000500], 'two streams that were handed over are served')
blocking = export.connect()
blocking.send(b'\0')
three = nbd_on(export.connect())
ok(three.pread(123, 4000000) == content[4000000:], 'a stream that says nothing holds up nobody')
one.shutdown()
ok(two.pread(1, 0) == content[:1], 'a client that leaves takes nobody with it')
greedy = [nbd_on(export.connect()) for _ in range(13)]
extra = [export.connect() for _ in range(3)]
ok(extra[-1].recv(1) != b'' and two.pread(1, 0) == content[:1], 'in place of a stream that says nothing another is served')
ok(export.end() == 0, 'it ends in peace when the supervisor goes')

export = started()
h = nbd_on(export.connect())
export.arrivals.close()
time.sleep(0.5)
ok(export.process.poll() is None and h.pread(512, 512) == content[512:1024], 'when the data channel closes, who is there is served on')
for new in (socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(3)):
    export.arrivals = new[0]
    export.send('export_channel { }', [new[1].detach()])
    ok(nbd_on(export.connect()).pread(512, 1024) == content[1024:1536], 'on the next data channel clients arrive again')
ok(h.pread(512, 512) == content[512:1024], 'and who was there before is served still')
if os.getuid() == 0:
    channels = sum(name.startswith('socket:') for _, name in open_files(export.process.pid))
    ok(channels <= 6, 'the old channels are closed', channels)
ok(export.end() == 0, 'it ends in peace when the supervisor goes then')

export = Supervised()
export.receive()
export.channel.close()
ok(export.wait() == 0, 'it ends in peace when the supervisor goes before it said anything')

for name, text in (('another message than ExportStart', 'inspect_start {}'), ('a message that is not for it', 'conversion_cancel {}')):
    export = Supervised()
    export.receive()
    export.send(text)
    failure = export.receive()
    ok('failure' in failure and export.wait() == 1, f'{name} ends it with a Failure', failure)

export = started()
export.send('inspect_start {}')
failure = export.receive()
ok('failure' in failure and export.wait() == 1, 'any message after ExportStart ends it with a Failure', failure)

export = Supervised()
export.receive()
export.send(f'export_start {{ name: "sda" size_bytes: 512 }}', [disk()])
failure = export.receive()
ok('failure' in failure and export.wait() == 1, 'ExportStart with one descriptor is refused', failure)

for name, fds, data in (('a file', lambda: [disk()], b'x'), ('nothing', lambda: [], b'x'), ('a TCP socket', lambda: [socket.socket().detach()], b'x'),
                        ('two streams', lambda: [s.detach() for s in socket.socketpair()], b'x'),
                        ('ten descriptors', lambda: [disk() for _ in range(10)], b'x'),
                        ('two bytes', lambda: [socket.socketpair()[0].detach()], b'xx')):
    export = started()
    export.hand_over(fds(), data)
    failure = export.receive()
    ok('failure' in failure and 'disk sda' in failure and export.wait() == 1,
       f'{name} in place of a stream ends it with a Failure that names the disk', failure)

export = started()
listening = socket.socket(socket.AF_UNIX)
listening.bind('')
listening.listen()
export.hand_over([listening.fileno()])
h = nbd_on(export.connect())
ok(h.pread(1, 0) == content[:1], 'a listening socket in place of a connected one is only closed')
h.shutdown()
stream = export.connect()
stream.recv(18)
socket.send_fds(stream, [b'\0\0\0\3'], [disk(), disk()])
h = nbd_on(export.connect())
h.pread(1, 0)
ok(export.process.poll() is None, 'descriptors sent by a client do not arrive')
if os.getuid() == 0:
    disks = sum(file.name in name for _, name in open_files(export.process.pid))
    ok(disks == 2, 'nor stay open', disks)
ok(export.end() == 0, 'it ends in peace after all of that')

# Not root, an external server's socket is in a directory of the machine's own /tmp.
NOBODY = 20000 + os.getpid() % 40000           # nobody's but this test's, which may run twice at once
def left():
    found = []
    for name in os.listdir('/tmp'):
        try:
            if name.startswith('p2v-export-') and os.lstat('/tmp/' + name).st_uid == NOBODY:
                found.append(name)
        except FileNotFoundError:              # another test's, which ends
            pass
    return found
if os.getuid() == 0:
    with tempfile.TemporaryDirectory(prefix='p2v-export-') as anybodys:
        os.chmod(anybodys, 0o755)
        export = Supervised(shutil.copy(PROGRAM, anybodys), ['--external=qemu-nbd'], disk(), NOBODY)
        export.receive()
        ok(len(left()) == 1, 'not root, there is a directory for an external server before it is started', left())
        ok(export.end() == 0 and left() == [], 'and none any more where the supervisor goes before that', left())
else:
    skip('not root, no directory stays', 'not root')
done_testing()
