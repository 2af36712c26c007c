#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-export by hand and libnbd, request by request: structured replies on and off, edges, refusals, many in flight.
import hashlib, os, random, socket, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import nbd
from export_peer import *

random.seed(1)
MIB = 1 << 20
content = b''.join(random.choice([random.randbytes, bytes])(random.choice([4096, 65536, 512, 100000])) for _ in range(600))
content += random.randbytes(40 * MIB) + bytes(3 * MIB) + random.randbytes(777)
size = len(content)
disk = disk_of(content)
server = ByHand(disk.name)

def client(structured=True):
    h = nbd.NBD()
    h.set_request_structured_replies(structured)
    h.set_strict_mode(0)                         # what libnbd would not send must be sent
    h.add_meta_context('base:allocation')
    h.connect_unix(server.socket)
    return h

def refused(errno, call, *arguments):
    try:
        call(*arguments)
        return False
    except nbd.Error as error:
        return error.errno == errno

for structured in (True, False):
    how = 'with' if structured else 'without'
    h = client(structured)
    ok(h.get_structured_replies_negotiated() == structured, f'a client {how} structured replies is served as it wishes')
    ok(h.can_df() == structured, f"don't-fragment is offered {how} structured replies as it should be")
    places = [(0, 1), (0, 512), (1, 511), (size - 1, 1), (size - 1000, 1000), (4095, 8194), (0, 32 * MIB), (size - 32 * MIB, 32 * MIB),
              (77, 3 * MIB + 1), (size - 3 * MIB - 2000, 3 * MIB)]
    wrong = [(o, n) for o, n in places if h.pread(n, o) != content[o:o + n]]
    ok(not wrong, f'reads at edges, unaligned, and of 32 MiB are right {how} structured replies', wrong)
    wrong = []
    for _ in range(300):
        o = random.randrange(size)
        n = min(random.choice([1, 300, 4096, 70000, MIB]), size - o)
        if h.pread(n, o) != content[o:o + n]:
            wrong.append((o, n))
    ok(not wrong, f'300 random reads are right {how} structured replies', wrong)
    for name, o, n in (('one byte past the end', size, 1), ('across the end', size - 1, 2), ('far past the end', 2**63 - 1, 512),
                       ('past 64 bits', 2**64 - 10, 20), ('of a byte more than 32 MiB', 0, 32 * MIB + 1), ('of 64 MiB', 0, 64 * MIB)):
        ok(refused('EINVAL', h.pread, n, o), f'a read {name} is EINVAL {how} structured replies')
    ok(refused('EPERM', h.pwrite, b'x' * 512, 0), f'a write is EPERM {how} structured replies')
    ok(refused('EPERM', h.pwrite, b'x' * MIB, size - 100), f'a write across the end is EPERM {how} structured replies')
    ok(refused('EPERM', h.trim, 512, 0), f'a trim is EPERM {how} structured replies')
    ok(refused('EPERM', h.zero, 512, 0), f'a zeroing is EPERM {how} structured replies')
    ok(refused('EINVAL', h.cache, 512, 0), f'a cache is EINVAL {how} structured replies')
    ok(refused('EINVAL', h.flush), f'a flush is EINVAL {how} structured replies')
    ok(h.pread(5000, 5000) == content[5000:10000], f'the connection goes on after refusals {how} structured replies')
    h.shutdown()

h = client()
chunks = []
def chunk(data, offset, status, error):
    chunks.append((offset, len(data), status))
h.pread_structured(4 * MIB - 777, size - 4 * MIB, chunk)
ok(any(s == nbd.READ_HOLE for _, _, s in chunks) and any(s == nbd.READ_DATA for _, _, s in chunks), 'a read of data and zeroes has chunks of both', chunks)
ok(sum(n for _, n, _ in chunks) == 4 * MIB - 777, 'the chunks cover the request once')
chunks.clear()
h.pread_structured(200000, 0, chunk, nbd.CMD_FLAG_DF)
ok(len(chunks) == 1, "don't-fragment gives one chunk")
chunks.clear()
ok(h.pread_structured(32 * MIB, 0, chunk, nbd.CMD_FLAG_DF) == content[:32 * MIB] and len(chunks) == 1, "and so it does with 32 MiB")

extents = []
def extent(context, offset, entries, error):
    extents.extend(entries)
at, seen, lies = 0, set(), []
while at < size:
    extents.clear()
    h.block_status(min(size - at, MIB), at, extent)
    for length, state in zip(extents[0::2], extents[1::2]):
        seen.add(state)
        if state & nbd.STATE_ZERO and any(content[at:at + length]):
            lies.append((at, length))
        at += length
ok(at == size, 'block status goes on to the end of the disk', at)
ok(not lies, 'what block status says is zeroes is zeroes', lies)
ok(seen == {0, nbd.STATE_ZERO}, 'a file without holes has data and written zeroes, and no hole', seen)
ok(refused('EINVAL', h.block_status, 512, size, extent), 'block status past the end is EINVAL')

# Many in flight, on several connections, replies in whatever order they come.
handles = [client(i % 2 == 0) for i in range(6)]
flight, wrong = [], 0
for n in range(600):
    c = handles[n % 6]
    length = random.choice([512, 4096, 262144, 1000000])
    o = random.randrange(size - length)
    buffer = nbd.Buffer(length)
    flight.append((c, c.aio_pread(buffer, o), buffer, o, length))
for c, cookie, buffer, o, length in flight:
    while not c.aio_command_completed(cookie):
        c.poll(-1)
    wrong += bytes(buffer.to_bytearray()) != content[o:o + length]
ok(wrong == 0, '600 reads interleaved on six connections are right', wrong)
for c in handles:
    c.shutdown()

# All kinds of requests in flight on one connection: each gets its own answer.
mixed = client()
flight, wrong = [], []
for n in range(400):
    o = random.randrange(size - MIB)
    kind = n % 5
    if kind == 0:
        flight.append((kind, o, mixed.aio_pwrite(b'x' * 5000, o), None))
    elif kind == 1:
        flight.append((kind, o, mixed.aio_block_status(MIB, o, lambda context, o, entries, error: 0), None))
    elif kind == 2:
        flight.append((kind, o, mixed.aio_pread(nbd.Buffer(512), size + o), None))
    else:
        buffer = nbd.Buffer(99 if kind == 3 else MIB)
        flight.append((kind, o, mixed.aio_pread(buffer, o), buffer))
for kind, o, cookie, buffer in flight:
    error = None
    try:
        while not mixed.aio_command_completed(cookie):
            mixed.poll(-1)
    except nbd.Error as e:
        error = e.errno
    if error != {0: 'EPERM', 2: 'EINVAL'}.get(kind) or (buffer is not None and bytes(buffer.to_bytearray()) != content[o:o + len(buffer)]):
        wrong.append((kind, o, error))
ok(not wrong, 'reads, refused writes, block status and wrong reads, interleaved on one connection, each have their answer', wrong[:5])
mixed.shutdown()

# Clients that do not speak NBD, or stop in the middle, beside a good one.
raw = []
for data in (b'GET / HTTP/1.0\r\n\r\n', b'', b'\0', b'\0\0\0\3IHAVEOPT\0\0\0\7\0\0\0\x20\0', random.randbytes(20000), b'\0\0\0\3IHAVEOPT\0\0\0\7\xff\xff\xff\xff'):
    s = socket.socket(socket.AF_UNIX)
    s.connect(server.socket)
    try:
        s.sendall(data)
    except OSError:
        pass
    raw.append(s)
ok(h.pread(MIB, 99) == content[99:99 + MIB], 'clients that send garbage or stop half-way do not disturb a good one')
late = client()
ok(late.pread(MIB, 99) == content[99:99 + MIB], 'nor one that comes after them')
for s in raw:
    s.close()
many = [client() for _ in range(10)]
ok(all(c.pread(512, 0) == content[:512] for c in many), 'a dozen connections are served at once')
for c in many + [late]:
    c.shutdown()

ok(hashlib.sha256(open(disk.name, 'rb').read()).digest() == hashlib.sha256(content).digest(), 'the disk is what it was')

# A disk that ends before its size: what is gone is an error, and nothing else.
os.truncate(disk.name, 10 * MIB)
ok(refused('EIO', h.pread, 4096, 20 * MIB), 'a read of what the disk has lost is EIO')
ok(refused('EIO', h.pread, 8 * MIB, 5 * MIB), 'so is one that needs a part of it')
ok(h.pread(MIB, 9 * MIB) == content[9 * MIB:10 * MIB], 'what the disk still has is read on the same connection')
plain = client(False)
ok(refused('EIO', plain.pread, 8 * MIB, 5 * MIB), 'a long simple reply is EIO as well')
ok(plain.pread(MIB, 9 * MIB) == content[9 * MIB:10 * MIB], 'and its connection goes on')
plain.shutdown()
h.shutdown()
ok(server.process.poll() is None, 'the server is still there')
server.end()
done_testing()
