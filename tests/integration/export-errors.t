#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-export and a disk with bad sectors: EIO for exactly these, or zeroes in place of exactly these; and what it tells of them.
# The disk is a file by FUSE, and a real block device on top of that where this machine has loop devices.
import atexit, mmap, os, re, subprocess, sys, tempfile, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import nbd, random
from export_peer import *

random.seed(4)
MIB = 1 << 20
SIZE = 4 * MIB
content = bytearray(random.randbytes(SIZE))
content[3 * MIB:3 * MIB + 65536] = bytes(65536)
# Inside a page; over a page's edge; a whole page; beside zeroes; the last sector.
BAD = [(MIB + 1024, 512), (2 * MIB - 512, 1536), (2 * MIB + 65536, 4096), (3 * MIB + 8192, 512), (SIZE - 512, 512)]
zeroed = bytearray(content)
for begin, length in BAD:
    zeroed[begin:begin + length] = bytes(length)
work = tempfile.TemporaryDirectory(prefix='p2v-export-', dir='/var/tmp')
source, failing = work.name + '/source', work.name + '/failing'
with open(source, 'wb') as file:
    file.write(content)

def clean_up():
    for server in servers:
        server.end()
    for loop in loops:
        subprocess.run(['losetup', '-d', loop])
    subprocess.run(['umount', '-l', failing])
    fuse.wait(timeout=20)
atexit.register(clean_up)

loops, servers = [], []
fuse = subprocess.Popen([TOP + '/tests/lib/failing-disk', source, failing] + [f'{o}:{n}' for o, n in BAD])
for _ in range(1200):
    if os.path.exists(failing) and os.path.getsize(failing) > 0:
        break
    time.sleep(0.05)
else:
    print('Bail out! no failing disk: it needs nbdfuse, nbdkit (tests/install-needs.sh) and /dev/fuse')
    sys.exit(1)

def client(server, structured):
    h = nbd.NBD()
    h.set_request_structured_replies(structured)
    h.set_strict_mode(0)
    h.add_meta_context('base:allocation')
    h.connect_unix(server.socket)
    return h

def is_eio(h, offset, length):
    try:
        h.pread(length, offset)
        return False
    except nbd.Error as error:
        return error.errno == 'EIO'

# sector: what this disk can lose alone.
def fails(disk, name, sector):
    server = ByHand(disk)
    servers.append(server)
    for structured in (True, False):
        how = f'of {name}, {"with" if structured else "without"} structured replies,'
        h = client(server, structured)
        wrong = []
        for begin, length in BAD:
            first, end = begin // sector * sector, min(-(-(begin + length) // sector) * sector, SIZE)
            if not (is_eio(h, begin, length) and is_eio(h, begin, 1) and is_eio(h, begin + length - 1, 1) and
                    is_eio(h, begin - 1000, 1001)):
                wrong.append(('no EIO', begin))
            for o, n in ((first - 512, 512), (first - 70001, 70001), (end, 512), (end + 3, 20000)):
                if o + n <= SIZE and not any(o < b + l and o + n > b for b, l in BAD) and h.pread(n, o) != content[o:o + n]:
                    wrong.append((o, n))
        ok(not wrong, f'a bad sector {how} is EIO, and its neighbours are read', wrong)
        ok(is_eio(h, 0, SIZE), f'a long read {how} that needs a bad sector is EIO')
        ok(h.pread(MIB, 0) == content[:MIB], f'the connection {how} goes on')
        h.shutdown()
    server.end()

def zeroes(disk, name, sector):
    server = ByHand(disk, '--read-errors=zero')
    servers.append(server)
    expected = bytearray(content)
    for begin, length in BAD:
        first, end = begin // sector * sector, min(-(-(begin + length) // sector) * sector, SIZE)
        expected[first:end] = bytes(end - first)
    for structured in (True, False):
        how = f'of {name}, {"with" if structured else "without"} structured replies,'
        h = client(server, structured)
        ok(h.pread(SIZE, 0) == expected, f'the whole disk {how} is read, and the bad sectors alone are zeroes')
        wrong = [(o, n) for begin, length in BAD for o, n in ((begin, length), (begin - 1, 2), (begin - 5000, 5000 + length), (begin + 100, 77))
                 if h.pread(n, o) != expected[o:o + n]]
        ok(not wrong, f'reads {how} round bad sectors have zeroes there', wrong)
        if structured:
            chunks = []
            h.pread_structured(200000, MIB - 50000, lambda data, o, status, error: chunks.append((o, bytes(data))), nbd.CMD_FLAG_DF)
            ok(chunks == [(MIB - 50000, bytes(expected[MIB - 50000:MIB + 150000]))], "don't-fragment gives one chunk with zeroes in it")
            lies, zeroed_runs = [], []
            for at in range(0, SIZE, 65536):
                extents = []
                h.block_status(65536, at, lambda context, o, entries, error: extents.extend(entries))
                if extents[1] & nbd.STATE_ZERO:
                    zeroed_runs.append(at)
                    if any(expected[at:at + extents[0]]):
                        lies.append(at)
            ok(not lies and zeroed_runs == [3 * MIB], 'block status tells zeroes with a bad sector in them, and no others', (lies, zeroed_runs))
        h.shutdown()
    uri = f'nbd+unix:///?socket={server.socket}'
    copy = subprocess.run(['nbdcopy', uri, '-'], stdout=subprocess.PIPE).stdout
    ok(copy == expected, f'nbdcopy of {name} is that too')
    server.end()

fails(failing, 'a file', 512)
zeroes(failing, 'a file', 512)
def is_read(disk):
    """One byte by O_DIRECT: loop devices here may have it or not."""
    fd = os.open(disk, os.O_RDONLY | os.O_DIRECT)
    try:
        return os.preadv(fd, [memoryview(mmap.mmap(-1, 512))], 0) == 512
    except OSError:
        return False
    finally:
        os.close(fd)
for direct, sector in (('on', 512), ('off', 4096)):
    name = f'a block device that loses {sector} bytes at once'
    made = subprocess.run(['losetup', '-f', '--show', '-r', f'--direct-io={direct}', failing], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if made.returncode != 0 or not is_read(made.stdout.strip()):
        loops += made.stdout.split()
        skip(name, 'no such loop device for this user')
        continue
    loops.append(made.stdout.strip())
    fails(loops[-1], name, sector)
    zeroes(loops[-1], name, sector)

# ---- under the supervisor ------------------------------------------------------------------------------

def supervised(zero):
    export = Supervised()
    export.receive()
    disk, direct = os.open(failing, os.O_RDONLY), os.open(failing, os.O_RDONLY | os.O_DIRECT)
    export.start(disk, SIZE, direct=direct, zero=zero)
    os.close(disk)
    os.close(direct)
    export.receive()
    h = nbd.NBD()
    h.connect_socket(export.connect().detach())
    return export, h

def answer(export):
    """BadRangesAsk's answer, and the notes before it."""
    export.send('bad_ranges_ask { name: "sda" }')
    notes = []
    while (text := export.receive()).startswith('note'):
        notes.append(text)
    return re.findall(r'(\w+): (\d+)', text), notes, text

export, h = supervised(False)
ok(is_eio(h, BAD[0][0], 512), 'a bad sector is an error')
text = export.receive()
ok('could not be read at byte 1049600' in text and 'ERROR' in text, 'the first byte of a bad range is told in a note, of an error', text)
ok(is_eio(h, BAD[0][0], 512) and is_eio(h, BAD[1][0], 512) and 'at byte 2096640' in export.receive(), 'once')
ok(export.end() == 0, 'it ends in peace')

export, h = supervised(True)
found, notes, text = answer(export)
ok(text.startswith('bad_ranges') and found == [] and notes == [], 'a disk that was read without errors has an empty list', text)
ok(h.pread(SIZE, 0) == zeroed, 'the disk is read with zeroes')
live = [export.receive() for _ in BAD]
ok(all('sda' in note and 'WARNING' in note and 'zeroes' in note for note in live), 'each bad range is told in a note', live)
found, notes, text = answer(export)
listed = [(int(o), int(n)) for (_, o), (_, n) in zip(found[0::2], found[1::2])]
ok(listed == BAD, 'its list is what could not be read, in order and merged', text)
ok(len(notes) == len(BAD) and 'from byte 2096640 on: 1536 bytes' in notes[1], 'each is told once more, with its size', notes)
ok('more: true' not in text, 'and there are no more')
ok(answer(export)[2] == text and h.pread(512, BAD[0][0] - 512) == content[BAD[0][0] - 512:BAD[0][0]], 'it serves on after that')
ok(export.end() == 0, 'it ends in peace')
done_testing()
