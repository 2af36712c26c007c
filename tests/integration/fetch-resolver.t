#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-fetch finds a server by DNS while it is locked, without the thread that libcurl would start for it: by UDP, by TCP where
# an answer is too long, all addresses in turn.
import os
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import name_server
from fetch_servers import HttpServer
from transport_driver import BUILD, Tap, Transport, quote

name_server.in_own_namespaces(__file__)
tap = Tap()


def fetch(url):
    helper = Transport(BUILD + "/bin/p2v-fetch")
    helper.send("fetch_start { url: %s limit: 100 }" % quote(url))
    helper.receive()                               # the warning
    message = helper.receive()
    helper.close()
    return message.field("content") or message.field("text").decode()


name_server.start()
port = HttpServer(b"key").port
tap.equal(fetch("http://one.test:%d/key" % port), b"key", "a name is found by DNS")
tap.equal(fetch("http://ONE.test.:%d/key" % port), b"key", "with a dot at its end too, in any case")
tap.equal(fetch("http://long.test:%d/key" % port), b"key", "a name with a hundred addresses is found")
tap.ok(("long.test", "tcp") in name_server.asked, "by TCP")
tap.equal(fetch("http://two.test:%d/key" % port), b"key", "the second address is tried when the first refuses")
tap.equal(fetch("http://one.test:%d/to?http://two.test:%d/key" % (port, port)), b"key", "the name in a redirect is found")
text = fetch("http://three.test/key")
tap.ok("three.test is not known" in text, "a name that DNS does not know is named", text)
name_server.addresses_of["slow.test"], name_server.slow_seconds["slow.test"] = ["127.0.0.1"], 20
os.environ["RES_OPTIONS"] = "timeout:30"
mute = socket.create_server(("127.0.0.1", 0))
began = time.monotonic()
text = fetch("http://slow.test:%d/key" % mute.getsockname()[1])
took = time.monotonic() - began
tap.ok("slow.test" in text and 58 < took < 75, "a name server's time is part of the 60 seconds", "%.1f s, %s" % (took, text))
del os.environ["RES_OPTIONS"]
name_server.silent.set()
text = fetch("http://other.test/key")
tap.ok("no name server answers for other.test" in text, "a silent name server is named, and no hang", text)
tap.done()
