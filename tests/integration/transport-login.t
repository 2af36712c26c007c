#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-transport logs in, says what is wrong where it cannot, and asks virt-v2v what it can do.
import os
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from transport_driver import BUILD, Server, Tap, Transport

tap = Tap()


def refused(name, words, port, kind="failure", **login):
    """A login that must end in a Failure with all of the words, and exit status 1; or in a ConnectionLost: a new try may do better."""
    transport = Transport()
    answer = transport.login(port, **login)
    text = answer.field("text").decode("utf-8", "replace")
    good = answer.kind == kind and all(word in text for word in words)
    tap.ok(good and transport.close() == 1, name, answer.text)


def make_key(directory, name, *options):
    path = directory + "/" + name
    subprocess.run(["ssh-keygen", "-q", "-f", path, "-C", "test", *options], check=True)
    with open(path, "rb") as key, open(path + ".pub", "rb") as public:
        return key.read(), public.read()


def tests_of_login(server):
    transport = Transport()
    tap.ok(transport.ready.kind == "ready" and transport.ready.field("program") == b"p2v-transport", "it says that it is ready", transport.ready.text)
    answer = transport.login(server.port, identity=server.key)
    tap.equal(answer.field("fingerprint").decode(), server.env["server_fingerprint"], "it logs in with a key and reports the host key's fingerprint")
    tap.ok(b"gcm" in answer.field("cipher") or b"chacha20" in answer.field("cipher"), "it reports the cipher", answer.text)
    transport.send("test_connection { sudo: false }")
    answer = transport.receive()
    tap.equal(answer.field("version"), b"2.2.0", "it reports the version of virt-v2v")
    tap.ok(b"libvirtxml" in answer.fields("input_drivers") and b"rhv-upload" in answer.fields("output_drivers"), "it reports the drivers of virt-v2v", answer.text)
    tap.equal(transport.close(), 0, "it ends in peace when the supervisor goes")

    transport = Transport()
    answer = transport.login(server.port, user="root", password=server.password)
    tap.equal(answer.kind, "logged_in", "it logs in with a password")
    transport.send("test_connection { sudo: true }")
    tap.equal(transport.receive().kind, "features", "it asks virt-v2v through sudo")
    transport.close()

    transport = Transport()
    tap.equal(transport.login(server.port, password=server.password, identity=other_key).kind, "logged_in", "the password is tried after a key that is not accepted")
    transport.close()
    for name, options in (("rsa", ["-t", "rsa", "-N", ""]), ("ecdsa", ["-t", "ecdsa", "-N", ""]), ("rsa-pem", ["-t", "rsa", "-m", "PEM", "-N", ""])):
        key, public = make_key(server.directory, name, *options)
        with open(server.root + "/etc/authorized_keys", "ab") as keys:
            keys.write(public)
        transport = Transport()
        tap.equal(transport.login(server.port, identity=key).kind, "logged_in", "it logs in with a key of type " + name)
        transport.close()


def tests_of_refusal(server):
    refused("a wrong password is named", ["does not accept this password", "user p2v"], server.port, password=b"wrong")
    refused("a password with odd bytes is only wrong", ["does not accept this password"], server.port, password=b"a\"b\n\0\xff")
    refused("a wrong key is named", ["does not accept this SSH identity", "authorized_keys"], server.port, identity=other_key)
    refused("a wrong key and a wrong password are named", ["neither"], server.port, identity=other_key, password=b"wrong")
    refused("no secret at all is named", ["without a password or an SSH identity"], server.port)
    refused("a key with a passphrase is named", ["passphrase"], server.port, identity=make_key(server.directory, "p1", "-t", "ed25519", "-N", "secret")[0])
    refused("a PEM key with a passphrase is named", ["passphrase"], server.port, identity=make_key(server.directory, "p2", "-t", "rsa", "-m", "PEM", "-N", "secret")[0])
    refused("a public key is no key", ["not a private key"], server.port, identity=make_key(server.directory, "p3", "-t", "ed25519", "-N", "")[1])
    refused("rubbish is no key", ["not a private key"], server.port, identity=b"\0\1\2" * 500)
    refused("a name that nobody knows is named", ["no-such-host.invalid"], 22, "connection_lost", server="no-such-host.invalid")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        refused("a port where nobody listens is named", ["refuses connections"], unused.getsockname()[1], "connection_lost")
    with socket.create_server(("127.0.0.1", 0)) as other:
        def serve():
            client = other.accept()[0]
            client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            client.close()
        threading.Thread(target=serve).start()
        refused("a server that does not speak SSH is named", ["does not speak SSH"], other.getsockname()[1], "connection_lost")


def test_fails(name, words, server, sudo="false"):
    transport = Transport()
    transport.login(server.port, identity=server.key)
    transport.send("test_connection { sudo: %s }" % sudo)
    answer = transport.receive()
    text = answer.field("text").decode("utf-8", "replace")
    tap.ok(answer.kind == "failure" and all(word in text for word in words) and transport.close() == 1, name, answer.text)


def tests_of_virt_v2v(server):
    server.virt_v2v('[ "$1" = --version ] && echo "virt-v2v 1.27.3"')
    test_fails("a virt-v2v that is too old is named", ["too old", "1.27.3"], server)
    server.virt_v2v('echo "boom: libfoo.so missing" >&2; exit 3')
    test_fails("a virt-v2v that does not run is named", ["boom: libfoo.so missing"], server)
    server.virt_v2v('while :; do echo noise noise noise noise noise noise; done')
    test_fails("a virt-v2v that prints without end is ended", ["printed more than"], server)
    with open(server.root + "/etc/sudoers", "w") as file:
        file.write("root ALL=(ALL:ALL) ALL\np2v ALL=(ALL:ALL) ALL\n")
    test_fails("a sudo that wants a password is named", ["NOPASSWD"], server, sudo="true")


def tests_by_hand(server):
    program = [BUILD + "/bin/p2v-transport", "test-connection"]
    done = subprocess.run(program + ["--server", "127.0.0.1", "--port", str(server.port), "--user", "p2v", "--identity", server.env["server_key"]],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    tap.ok(done.returncode == 0 and server.env["server_fingerprint"] in done.stdout and "libvirtxml" in done.stdout, "by hand it prints what it found", done.stderr)
    done = subprocess.run(program + ["--server", "127.0.0.1", "--port", str(server.port), "--user", "p2v"], stderr=subprocess.PIPE, text=True)
    tap.ok(done.returncode == 1 and "without a password or an SSH identity" in done.stderr, "by hand it says on standard error why not", done.stderr)
    tap.equal(subprocess.run(program, stderr=subprocess.DEVNULL).returncode, 2, "by hand it wants a server and a user")


with Server("--v2v", "copy") as server:
    other_key = make_key(server.directory, "other", "-t", "ed25519", "-N", "")[0]
    tests_of_login(server)
    tests_of_refusal(server)
    tests_by_hand(server)
    tests_of_virt_v2v(server)
with Server("--v2v", "missing") as server:
    test_fails("a missing virt-v2v is named", ["virt-v2v is not installed"], server)
tap.done()
