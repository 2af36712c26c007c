# SPDX-License-Identifier: GPL-2.0-or-later
#
# For the export-*.t in Python: TAP, a p2v-export by hand, and one that a test drives as p2v-supervisor and p2v-transport do.
import fcntl, os, re, socket, subprocess, sys, tempfile, threading, time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, TOP + '/tests/integration')
from transport_driver import listens

PROGRAM = os.path.join(os.environ.get('P2V_BUILD', os.path.join(TOP, 'build')), 'bin', 'p2v-export')
_number = 0
_failed = 0

def ok(passed, name, why=''):
    global _number, _failed
    _number += 1
    print(f"{'ok' if passed else 'not ok'} {_number} - {name}", flush=True)
    if not passed:
        _failed += 1
        print(f'# {why}', flush=True)

def skip(name, why):
    global _number
    _number += 1
    print(f'ok {_number} - {name} # SKIP {why}', flush=True)

def done_testing():
    print(f'1..{_number}', flush=True)
    sys.exit(1 if _failed else 0)

def disk_of(content):
    file = tempfile.NamedTemporaryFile(prefix='p2v-export-')
    file.write(content)
    file.flush()
    os.fsync(file.fileno())
    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # it is read as under the supervisor, not out of the page cache
    return file

class ByHand:
    """A p2v-export that listens on self.socket."""
    def __init__(self, disk, *options):
        self.directory = tempfile.TemporaryDirectory(prefix='p2v-export-')
        self.socket = os.path.join(self.directory.name, 'socket')
        self.process = subprocess.Popen([PROGRAM, '--disk', disk, '--socket', self.socket, *options])
        for _ in range(3000):
            if listens(self.socket):
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        self.end()
        raise RuntimeError(f'p2v-export --disk {disk} does not listen: its exit status is {self.process.returncode}')
    def end(self):
        self.process.kill()
        self.process.wait()
        self.directory.cleanup()

def open_files(pid):
    """What the process has open, by /proc; what it closes meanwhile is left out."""
    found = []
    for fd in os.listdir(f'/proc/{pid}/fd'):
        try:
            found.append((int(fd), os.readlink(f'/proc/{pid}/fd/{fd}')))
        except FileNotFoundError:
            pass
    return found

def protoc(direction, data):
    return subprocess.run(['protoc', f'--proto_path={TOP}/proto', f'--{direction}=p2v.Envelope', 'p2v.proto'],
                          input=data, stdout=subprocess.PIPE, check=True).stdout

class Supervised:
    """A p2v-export whose channel is self.channel and whose data channel is self.arrivals."""
    def __init__(self, program=PROGRAM, options=(), disk=None, uid=None):
        """disk: given to it on descriptor 4, from the beginning.  uid: whose it is."""
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.arrivals, self.arrivals_theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.channel.settimeout(60)
        def channel_on_3():
            high = fcntl.fcntl(disk, fcntl.F_DUPFD, 10) if disk is not None else None
            os.dup2(theirs.fileno(), 3)
            if high is not None:
                os.dup2(high, 4)
        self.process = subprocess.Popen([program, *options], close_fds=False, preexec_fn=channel_on_3, stderr=subprocess.PIPE,
                                        user=uid, group=uid, extra_groups=None if uid is None else [])
        theirs.close()
    def receive(self, progress=False):
        """The next message; Progress, which comes when it likes, only where it is asked for."""
        while True:
            data = self.channel.recv(65536)
            text = protoc('decode', data).decode() if data else None
            if text is None or progress or not text.startswith('progress '):
                return text
    def send(self, text, fds=()):
        socket.send_fds(self.channel, [protoc('encode', text.encode())], list(fds))
    def start(self, disk, size, name='sda', direct=None, zero=False):
        """direct: the disk again, past the page cache."""
        self.send(f'export_start {{ name: "{name}" size_bytes: {size} zero_bad: {str(zero).lower()} }}',
                  [disk, self.arrivals_theirs.fileno(), disk if direct is None else direct])
        self.arrivals_theirs.close()
    def hand_over(self, fds, data=b'x'):
        socket.send_fds(self.arrivals, [data], fds)
    def connect(self):
        """As p2v-transport does for each connection: a socketpair, one end of which goes to export."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.hand_over([theirs.fileno()])
        theirs.close()
        ours.settimeout(60)
        return ours
    def wait(self):
        try:
            return self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return 'it did not end'
    def end(self):
        self.channel.close()
        self.arrivals.close()
        return self.wait()
