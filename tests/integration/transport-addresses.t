#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-transport reaches a server by IPv4 and IPv6, and by a name with several addresses, each in turn: one that refuses, one that no
# way leads to, one that never answers. In mount and network namespaces of its own, with a hosts file of its own.
import atexit
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

if len(sys.argv) == 1:
    os.execvp("unshare", ["unshare", "--mount", "--net", sys.executable, os.path.abspath(__file__), "inside"])

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.dirname(os.path.abspath(__file__)) + "/../lib"]
from relay import relay
from transport_driver import Server, Tap, Transport, quote

tap = Tap()
HOSTS = """127.0.0.1 localhost v4.test both.test refused.test unreachable.test silent.test
::1 v6.test both.test
::1 refused-v6.test
127.0.0.2 refused.test refused-v6.test
2001:db8:1::1 unreachable.test
2001:db8:2::1 silent.test
2001:db8:2::1 mute.test
"""


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def fall_silent(address, port):
    """Nothing that comes to this address gets an answer any more: the kernel drops what would not fit a full queue."""
    listener = socket.create_server((address, port), family=socket.AF_INET6, backlog=0)
    held = [listener]
    for _ in range(4):
        client = socket.socket(socket.AF_INET6)
        client.setblocking(False)
        client.connect_ex((address, port))
        held.append(client)
    time.sleep(0.5)
    return held


def enters(name, server, host, more=""):
    transport = Transport()
    began = time.monotonic()
    answer = transport.login(server.port, identity=server.key, server=host, more=more)
    tap.equal(answer.kind, "logged_in", name)
    transport.close()
    return time.monotonic() - began


def fails(name, words, port, host):
    transport = Transport()
    text = transport.login(port, server=host).field("text").decode()
    tap.ok(words in text, name, text)
    transport.close()


ip("link", "set", "lo", "up")
ip("-6", "address", "add", "2001:db8:2::1/128", "dev", "lo", "nodad")
with tempfile.NamedTemporaryFile("w", delete=False) as file:
    atexit.register(os.unlink, file.name)          # not before: a mount of a file that is gone cannot be mounted on
    file.write(HOSTS)
os.chmod(file.name, 0o644)
subprocess.run(["mount", "--bind", file.name, "/etc/hosts"], check=True)

with Server("--v2v", "copy") as server:
    enters("an IPv4 address", server, "127.0.0.1")
    enters("a name with an IPv4 address", server, "v4.test")
    enters("a name whose IPv6 address refuses, and whose IPv4 address does not", server, "both.test")
    enters("a name of two IPv4 addresses of which one refuses", server, "refused.test")
    enters("a name whose IPv6 address no way leads to", server, "unreachable.test")
    silent = fall_silent("2001:db8:2::1", server.port)
    took = enters("a name of which one address never answers", server, "silent.test")
    tap.ok(took > 5, "  ... which was tried first", took)
    fails("a name whose one address never answers is named", "mute.test does not answer on port", server.port, "mute.test")
    fails("a name all of whose addresses refuse is named", "refused-v6.test refuses connections on port", server.port, "refused-v6.test")
    listener = socket.create_server(("::1", server.port), family=socket.AF_INET6)
    # sshd listens on 127.0.0.1.
    threading.Thread(target=relay, args=(listener, server.port), daemon=True).start()
    enters("an IPv6 address", server, "::1")
    with open(server.root + "/etc/host_key.pub") as key:
        enters("  ... and found in a known_hosts file", server, "::1", "known_hosts: " + quote("[::1]:%d %s" % (server.port, key.read())))
    enters("a name with an IPv6 address", server, "v6.test")
    enters("a name whose IPv4 address refuses, and whose IPv6 address does not", server, "refused-v6.test")
tap.done()
