#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What p2v-export tells its supervisor of how much of the disk has gone to clients.
import os, random, re, socket, sys, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import nbd
from export_peer import *
from transport_driver import wait_for

random.seed(4)
content = random.randbytes(3000000) + bytes(1000000) + random.randbytes(123)
file = disk_of(content)
ZERO = 976 * 4096 - 733 * 4096             # what of that lies in whole blocks of zeroes

def started():
    export = Supervised()
    export.receive()
    export.start(os.open(file.name, os.O_RDONLY), len(content))
    export.receive()
    return export

def client(export, structured=True):
    h = nbd.NBD()
    h.set_export_name('sda')
    h.add_meta_context(nbd.CONTEXT_BASE_ALLOCATION)
    h.set_request_structured_replies(structured)
    h.connect_socket(export.connect().detach())
    return h

def told(export):
    """(sent, zero) of the next Progress."""
    text = export.receive(progress=True)
    found = re.fullmatch(r'progress \{\n  name: "sda"\n  size_bytes: (\d+)\n(?:  sent_bytes: (\d+)\n)?(?:  zero_bytes: (\d+)\n)?\}\n', text)
    return (int(found[2] or 0), int(found[3] or 0)) if found and int(found[1]) == len(content) else text

def told_until(export, wanted):
    """All that is told, up to what is wanted."""
    seen = [told(export)]
    while seen[-1] != wanted:
        try:
            seen.append(told(export))
        except TimeoutError:
            break
    return seen

def is_quiet(export):
    """A second later the next thing it says is its answer to a question."""
    time.sleep(1)
    export.send('bad_ranges_ask { name: "sda" }')
    return 'bad_ranges' in export.receive(progress=True)

export = started()
ok(is_quiet(export), 'before anything is asked for it tells of no progress')
h = client(export)
ok(is_quiet(export), 'nor when a client is there')
whole = (len(content) - ZERO, ZERO)
for offset in range(0, len(content), 98304):
    h.pread(min(98304, len(content) - offset), offset)
seen = told_until(export, whole)
ok(seen[-1] == whole, 'when all has been read it says so: what was sent, and what was told as holes', seen)
ok(seen == sorted(seen) and len(set(seen)) == len(seen), 'what it says never goes back, and is never said twice', seen)
ok([h.pread(len(content), 0) for _ in range(3)] == [content] * 3, 'all is read three times more')
ok(is_quiet(export), 'what goes twice is told once')

def status(key):
    return [line for line in open(f'/proc/{export.process.pid}/status') if line.startswith(key)]

ok(wait_for(lambda: 'sleeping' in status('State')[0]), 'after an answer it goes to sleep', status('State'))
switches = lambda: status('voluntary')
before = switches()
time.sleep(1.2)
ok(switches() == before, 'while nothing happens it is not woken', (before, switches()))
h.shutdown()
ok(export.end() == 0, 'it ends in peace')

export = started()
h = client(export, structured=False)
h.pread(len(content), 0)
seen = told_until(export, (len(content), 0))
ok(seen[-1] == (len(content), 0), 'to a client that cannot be told of holes everything is sent', seen)
h.shutdown()
export.end()

export = started()
h = client(export)
h.block_status(900000, 3010560, lambda *_: 0)
zeroes = 3907584 - 3010560                 # from a block's beginning on, up to the last that begins in it
seen = told_until(export, (0, zeroes + 4096))
ok(seen[-1] == (0, zeroes + 4096), 'block status tells zeroes', seen)
h.pread(900000, 3010560)
ok(is_quiet(export), 'which count once when they are read as well')
h.pread(len(content), 0)
ok(told_until(export, whole)[-1] == whole, 'the sum is the disk')
h.shutdown()
ok(export.end() == 0, 'it ends in peace')

export = started()
h = client(export)
begin = time.monotonic()
for offset in range(0, 3000000, 4096):
    h.pread(4096, offset)
    time.sleep(0.002)
last = 733 * 4096
seen = told_until(export, (last, 0))
most = (time.monotonic() - begin) / 0.5 + 2
ok(2 <= len(seen) <= most and seen[-1] == (last, 0), f'{last // 4096} reads are told in two messages a second', (len(seen), most, seen[-1]))

h.pread(4096, 3997696 - 4096)              # within the half second before it may tell that
ok(export.end() == 0, 'it ends in peace when the supervisor goes before it is told')
done_testing()
