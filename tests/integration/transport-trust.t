#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Which host keys p2v-transport believes, and that nothing secret is sent to a server before: pins, known_hosts, trust on first use,
# questions to the person.
import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from transport_driver import Asker, Server, Tap, Transport, quote, wait_for

tap = Tap()
folder = tempfile.mkdtemp(prefix="virt-p2v-trust.", dir="/var/tmp")
atexit.register(shutil.rmtree, folder)
PERSON_YES = "host_key_answer { answer: ANSWER_YES }"
PERSON_NO = "host_key_answer { answer: ANSWER_NO }"
PERSON_NOBODY = "host_key_answer { answer: ANSWER_NOBODY }"
NO_KEY = "SHA256:" + 43 * "A"


def make_key(name, *options):
    """A new key pair: its path, and the fingerprint."""
    path = folder + "/" + name
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-C", "", "-f", path, *options], check=True)
    return path, subprocess.run(["ssh-keygen", "-lf", path + ".pub"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()[1]


def public(path):
    with open(path + ".pub") as file:
        return " ".join(file.read().split()[:2])


def pins(*rules):
    return " ".join("host_keys: " + quote(rule) for rule in rules)


def fails(name, words, port, more, key=b"", answers=None, **login):
    """A login that ends in a Failure with all of the words."""
    transport = Transport()
    answer = transport.login(port, password=b"secret", identity=key, more=more, answers=answers, **login)
    text = answer.field("text").decode("utf-8", "replace")
    tap.ok(answer.kind == "failure" and all(word in text for word in words) and transport.close() == 1, name, answer.text)
    return transport


def enters(name, server, more, answers=None):
    transport = Transport()
    answer = transport.login(server.port, identity=server.key, more=more, answers=answers)
    tap.equal(answer.kind, "logged_in", name)
    transport.close()
    return transport


def tests_of_pins(server):
    ours = server.env["server_fingerprint"]
    transport = enters("a pinned host key lets it in", server, pins(ours))
    tap.equal((transport.asked, transport.notes), ([], []), "  ... with no question and no warning")
    enters("one of several pins is enough", server, pins(NO_KEY, ours))
    enters("'required' is satisfied by a pin", server, pins("required", ours))
    fails("another host key than the pinned one is refused, and both are named", [ours, NO_KEY], server.port, pins(NO_KEY), server.key)
    fails("a key that must be known and is not is refused, and named", [ours, "p2v.hostkey"], server.port, pins("required"), server.key)
    enters("a key that was accepted earlier in the run lets it in", server, pins("required") + " accepted_host_key: " + quote(ours))
    fails("a key that has changed since is an attack, with both fingerprints", [ours, NO_KEY, "has changed since this run began"], server.port,
          pins(ours) + " accepted_host_key: " + quote(NO_KEY), server.key)


def tests_of_first_use(server):
    ours = server.env["server_fingerprint"]
    transport = enters("without a pin the first key is trusted", server, "")
    ask = transport.asked[0]
    tap.ok(len(transport.asked) == 1 and ask.field("fingerprint").decode() == ours and ask.fields("person") == [] and
           ask.field("type") == b"ssh-ed25519", "  ... after the supervisor was told, who asks nobody", ask.text)
    tap.ok(len(transport.notes) == 1 and ours in transport.notes[0] and "NOBODY HAS CHECKED" in transport.notes[0], "  ... and with a loud warning", transport.notes)
    fails("the supervisor may refuse it", ["not accepted"], server.port, "", server.key, answers=[PERSON_NO])

    transport = enters("a person may accept it", server, pins("ask"), [PERSON_YES])
    tap.ok(transport.asked[0].field("fingerprint").decode() == ours and transport.asked[0].field("person") == "true" and
           transport.asked[0].field("server").decode() == "[127.0.0.1]:%d" % server.port, "  ... who sees server and fingerprint", transport.asked[0].text)
    tap.equal(transport.notes, [], "  ... and then there is no warning")
    fails("or refuse it", ["has been refused"], server.port, pins("ask"), server.key, answers=[PERSON_NO])
    fails("with nobody there it is refused", ["nobody is there", ours], server.port, pins("ask"), server.key, answers=[PERSON_NOBODY])


def tests_of_known_hosts(server, rsa, rsa_print):
    here = "[127.0.0.1]:%d " % server.port
    ours = public(server.root + "/etc/host_key")
    other = public(make_key("stranger", "-t", "ed25519")[0])

    def known(*lines):
        return "known_hosts: " + quote("\n".join(lines) + "\n")
    enters("a known_hosts file lets it in", server, known("# hosts", here + ours))
    path = folder + "/known_hosts"
    with open(path, "w") as file:
        file.write(here + ours + "\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", path], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(path) as file:
        enters("so does one with hashed names", server, known(file.read()))
    enters("and one with wildcards", server, pins("required") + known("[127.0.0.*]:* " + ours))
    fails("another key in it is refused", ["another than the known_hosts file has", server.env["server_fingerprint"]], server.port,
          known(here + other), server.key)
    fails("the right key for another port is none", ["is not in the known_hosts file"], server.port, known("127.0.0.1 " + ours), server.key)
    fails("a revoked key is refused, pinned or not", ["revoked"], server.port, pins(server.env["server_fingerprint"]) + known("@revoked * " + ours), server.key)
    fails("a revoked key that cannot be read is an error", ["line 2", "revokes"], server.port, known(here + ours, "@revoked * ssh-rsa AAAA"), server.key)
    transport = enters("a server not in it is asked about where a person is to be asked", server, pins("ask") + known("elsewhere " + ours), [PERSON_YES])
    tap.equal(len(transport.asked), 1, "  ... once")
    transport = enters("lines that are not understood are skipped", server, known(*(9 * ["@cert-authority * " + ours]), here + ours))
    tap.ok(transport.notes[:5] == ["line %d of the known_hosts file is skipped: host certificates are not supported" % n for n in range(1, 6)] and
           transport.notes[5:] == ["4 more lines of the known_hosts file are skipped"], "  ... and told", transport.notes)
    transport = Transport()
    answer = transport.login(server.port, identity=server.key, more=known(here + public(rsa)))
    tap.equal(answer.field("fingerprint").decode(), rsa_print, "the server is asked for the type of key that the file has")
    transport.close()


def tests_of_silence():
    """What a server with another key gets to see."""
    key, print_ = make_key("asker", "-t", "ed25519")
    with open(make_key("mine", "-t", "ed25519")[0], "rb") as file:
        mine = file.read()
    for name, more in (("a key that is not pinned", pins(NO_KEY)), ("a key that has changed", "accepted_host_key: " + quote(NO_KEY)),
                       ("a key that is not in known_hosts", "known_hosts: " + quote("* " + public(make_key("foreign", "-t", "ed25519")[0]) + "\n")),
                       ("a key that must be known", pins("required"))):
        with Asker(key) as asker:
            fails("%s is refused" % name, [print_], asker.port, more, mine)
            tap.ok(not any("auth" in event for event in asker.all_events()), "  ... and whoever has it sees no request for a login", asker.events())
    with Asker(key) as asker:
        transport = fails("a key that a person accepts is used", ["accepts neither"], asker.port, pins("ask"), mine, answers=[PERSON_YES])
        tap.equal([event for event in asker.all_events() if event != "exchanged"],
                  ["connection", "connection", "auth none", "auth publickey", "auth password"], "  ... on a new connection, and only there")
    with Asker(key) as asker:
        transport = Transport()
        transport.send("login { server: \"127.0.0.1\" port: %d username: \"root\" password: \"secret\" host_keys: \"ask\" }" % asker.port)
        tap.equal(transport.receive().kind, "host_key_ask", "a person is asked")
        time.sleep(1)
        tap.ok(not any("auth" in event for event in asker.all_events()), "  ... and while the person thinks, nothing is sent", asker.events())
        transport.channel.close()
        tap.equal(transport.process.wait(30), 1, "  ... and if the supervisor goes then, it ends")
        tap.ok(not any("auth" in event for event in asker.all_events()), "  ... and nothing was sent", asker.events())
    with Asker(key) as asker:
        transport = Transport()
        transport.send("login { server: \"127.0.0.1\" port: %d username: \"root\" password: \"secret\" host_keys: \"ask\" }" % asker.port)
        transport.receive()
        transport.send("secret_answer { answer: ANSWER_YES }")
        answer = transport.receive()
        tap.ok(answer.kind == "failure" and b"in place of an answer" in answer.field("text"), "an answer to another question is none", answer.text)
        transport.close()


def test_of_patience():
    with Server("--v2v", "copy", "--sshd", "LoginGraceTime 10") as server:     # in which a slow machine logs in as well
        transport = Transport()
        transport.send("login { server: \"127.0.0.1\" port: %d username: \"p2v\" identity: %s host_keys: \"ask\" }" % (server.port, quote(server.key)))
        tap.equal(transport.receive().kind, "host_key_ask", "a server gives a login ten seconds")
        time.sleep(12)
        transport.send(PERSON_YES)
        tap.equal(transport.receive().kind, "logged_in", "  ... and the person may take longer")
        transport.close()


rsa, rsa_print = make_key("host_rsa", "-t", "rsa", "-b", "2048")
with Server("--v2v", "copy", "--sshd", "HostKey " + rsa) as server:
    tests_of_pins(server)
    tests_of_first_use(server)
    tests_of_known_hosts(server, rsa, rsa_print)
tests_of_silence()
test_of_patience()
tap.done()
