#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-transport finds a server by DNS while it is locked: by UDP, by TCP where an answer is too long, all addresses in turn.
# It runs in mount and network namespaces of its own, with a name server on 127.0.0.1:53.
import os
import socket
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import name_server
from transport_driver import Tap, Transport

name_server.in_own_namespaces(__file__)
tap = Tap()


def failure(server, port=4):
    transport = Transport()
    text = transport.login(port, server=server).field("text").decode()
    transport.close()
    return text


name_server.start()
tap.ok("one.test refuses connections" in failure("one.test"), "a name is found by DNS")
tap.ok("long.test refuses connections" in failure("long.test") and ("long.test", "tcp") in name_server.asked, "a long answer is fetched by TCP")
text = failure("three.test")
tap.ok("three.test is not known" in text, "a name that DNS does not know is named", text)
listener = socket.create_server(("127.0.0.1", 2222))
threading.Thread(target=lambda: listener.accept()[0].close(), daemon=True).start()
text = failure("two.test", 2222)
tap.ok("does not speak SSH" in text, "the second address is tried when the first refuses", text)
name_server.silent.set()
text = failure("other.test")
tap.ok("other.test" in text and "no name server answers" in text, "a silent name server is named, and no hang", text)
tap.done()
