# SPDX-License-Identifier: GPL-2.0-or-later
#
# Carries connections on to ports of 127.0.0.1: the first connection to the first port, and so on; all that come after to the last.
# As a program, `relay.py PORT...`, it prints the port it listens at.
import socket
import sys
import threading


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    for one in (source, target):
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def relay(listener, *ports):
    ports = list(ports)
    while True:
        client = listener.accept()[0]
        server = socket.create_connection(("127.0.0.1", ports.pop(0) if len(ports) > 1 else ports[0]))
        for pair in ((client, server), (server, client)):
            threading.Thread(target=pump, args=pair, daemon=True).start()


if __name__ == "__main__":
    here = socket.create_server(("127.0.0.1", 0))
    print(here.getsockname()[1], flush=True)
    relay(here, *map(int, sys.argv[1:]))
