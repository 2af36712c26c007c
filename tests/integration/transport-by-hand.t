#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-transport from a shell: its options for host keys and algorithms, and what it asks on the terminal.
import atexit
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from transport_driver import BUILD, ROOT, Server, Tap

tap = Tap()
folder = tempfile.mkdtemp(prefix="virt-p2v-by-hand.", dir="/var/tmp")
atexit.register(shutil.rmtree, folder)
NO_KEY = "SHA256:" + 43 * "A"


def command(server, *options, identity=None):
    return [BUILD + "/bin/p2v-transport", "test-connection", "--server", "127.0.0.1", "--port", str(server.port), "--user", "p2v",
            "--identity", identity or server.env["server_key"], *options]


def run(server, *options, **more):
    """Exit status and all output, with nobody at a terminal."""
    done = subprocess.run(command(server, *options, **more), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def on_terminal(script, server, *options, **more):
    done = subprocess.run([ROOT + "/tests/lib/on-terminal", *script, "--", *command(server, *options, **more)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    return done.returncode, done.stdout


def is_like(name, got, status, *words):
    tap.ok(got[0] == status and all(word in got[1] for word in words), name, "%d: %s" % got)


def tests_of_host_keys(server):
    ours = server.env["server_fingerprint"]
    is_like("without a pin there is a loud warning", run(server), 0, "NOBODY HAS CHECKED", "host key        " + ours)
    status, text = run(server, "--hostkey", NO_KEY + "," + ours)
    tap.ok(status == 0 and "NOBODY" not in text, "with one there is none", text)
    is_like("another key is refused", run(server, "--hostkey=" + NO_KEY), 1, "in place of " + NO_KEY)
    # As a console would be, which is no pseudo-terminal either.
    status = subprocess.run(command(server), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    tap.ok(status == 0, "what it finds can be written to any character device", str(status))
    is_like("--hostkey=required refuses what is not known", run(server, "--hostkey=required"), 1, ours)
    is_like("--hostkey=ask refuses where nobody is", run(server, "--hostkey=ask"), 1, "nobody is there")
    is_like("on a terminal it asks, and yes is yes", on_terminal(["yes/no", "yes"], server, "--hostkey=ask"), 0, ours, "virt-v2v        2.2.0")
    is_like("  ... and no is no", on_terminal(["yes/no", "no"], server, "--hostkey=ask"), 1, "has been refused")
    is_like("  ... and anything else is no", on_terminal(["yes/no", ""], server, "--hostkey=ask"), 1, "has been refused")
    with open(folder + "/known_hosts", "w") as file, open(server.root + "/etc/host_key.pub") as key:
        file.write("[127.0.0.1]:%d %s" % (server.port, key.read()))
    status, text = run(server, "--known-hosts", folder + "/known_hosts", "--hostkey=required")
    tap.ok(status == 0 and "NOBODY" not in text, "--known-hosts is a file of that kind", text)
    open(folder + "/empty", "w").close()
    is_like("an empty one is an error", run(server, "--known-hosts", folder + "/empty"), 2, "is empty")
    is_like("and so is one that is not there", run(server, "--known-hosts", folder + "/none"), 2, "cannot read")
    is_like("and a fingerprint that is none", run(server, "--hostkey=MD5:00"), 2, "'MD5:00'")


def tests_of_algorithms(server):
    is_like("--ciphers chooses", run(server, "--ciphers", "aes192-ctr,aes128-ctr"), 0, "cipher          aes192-ctr")
    is_like("  ... and not what is weak", run(server, "--ciphers", "aes128-cbc"), 2, "'aes128-cbc'")
    is_like("--compress compresses", run(server, "--compress"), 0, "virt-v2v        2.2.0")


def tests_of_numbers(server):
    is_like("a port is no number that becomes one in 32 bits", run(server, "--port", str((1 << 32) + server.port)), 2, "--help")


def tests_of_passphrases(server):
    path = folder + "/locked"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "open sesame", "-f", path], check=True)
    with open(server.root + "/etc/authorized_keys", "ab") as keys, open(path + ".pub", "rb") as public:
        keys.write(public.read())
    status, text = on_terminal(["Passphrase", "open sesame"], server, identity=path)
    tap.ok(status == 0 and "virt-v2v        2.2.0" in text and "open sesame" not in text, "a passphrase is asked on the terminal, and not seen", text)
    tap.ok("echo is on" in text, "  ... and afterwards what is typed is seen again", text)
    is_like("a wrong one is asked again", on_terminal(["Passphrase", "wrong", "not it. Passphrase", "open sesame"], server, identity=path), 0, "virt-v2v        2.2.0")
    is_like("three wrong ones are enough", on_terminal(["Passphrase", "a", "not it", "b", "not it", "c"], server, identity=path), 1, "3 that were given are wrong")
    is_like("with nobody at a terminal it is an error", run(server, identity=path), 1, "nobody to ask")


with Server("--v2v", "copy") as server:
    tests_of_host_keys(server)
    tests_of_algorithms(server)
    tests_of_numbers(server)
    tests_of_passphrases(server)
with Server("--v2v", "copy", "--sshd", "AuthenticationMethods publickey,keyboard-interactive", "--pam") as server:
    password = server.password.decode()
    status, text = on_terminal(["The server asks: .*assword: ", password], server)
    tap.ok(status == 0 and "virt-v2v        2.2.0" in text and password not in text, "a server's question is asked on the terminal", text)
tap.done()
