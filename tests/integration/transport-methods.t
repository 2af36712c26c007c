#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The ways to log in: keys in every format that OpenSSH writes, passphrases, keyboard-interactive by PAM and by a server that asks
# much, several methods one after the other; and the algorithms that are used, and not used.
import atexit
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from transport_driver import Asker, Server, Tap, Transport, quote

tap = Tap()
folder = tempfile.mkdtemp(prefix="virt-p2v-methods.", dir="/var/tmp")
atexit.register(shutil.rmtree, folder)
NOBODY = "secret_answer { answer: ANSWER_NOBODY }"
NO = "secret_answer { answer: ANSWER_NO }"


def said(text):
    return "secret_answer { answer: ANSWER_YES secret: %s }" % quote(text)


def make_key(name, passphrase, *options):
    path = folder + "/" + name
    subprocess.run(["ssh-keygen", "-q", "-N", passphrase, "-C", "", "-f", path, *options], check=True)
    with open(path, "rb") as key, open(path + ".pub", "rb") as public:
        return key.read(), public.read()


def enters(name, server, **login):
    transport = Transport()
    answer = transport.login(server.port, **login)
    tap.ok(answer.kind == "logged_in" and transport.close() == 0, name, answer.text)
    return transport


def fails(name, words, port, *kinds, **login):
    transport = Transport()
    answer = transport.login(port, **login)
    text = answer.field("text").decode("utf-8", "replace")
    tap.ok(answer.kind in (kinds or ["failure"]) and all(word in text for word in words) and transport.close() == 1, name, answer.text)
    return transport


# ---- keys ------------------------------------------------------------------------------------------------------

TYPES = (("ed25519", ("-t", "ed25519")), ("ecdsa-256", ("-t", "ecdsa", "-b", "256")), ("ecdsa-384", ("-t", "ecdsa", "-b", "384")),
         ("ecdsa-521", ("-t", "ecdsa", "-b", "521")), ("rsa-2048", ("-t", "rsa", "-b", "2048")), ("rsa-4096", ("-t", "rsa", "-b", "4096")))
FORMATS = (("OpenSSH", ()), ("PEM", ("-m", "PEM")), ("PKCS8", ("-m", "PKCS8")))


def tests_of_keys(server):
    for type_name, type_options in TYPES:
        for format_name, format_options in FORMATS:
            name = type_name + "-" + format_name
            plain, public = make_key(name, "", *type_options, *format_options)
            with open(server.root + "/etc/authorized_keys", "wb") as keys:
                keys.write(public)
            enters("it logs in with a key %s in %s format" % (type_name, format_name), server, identity=plain)
            subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "a secret'\"$(x)", "-f", folder + "/" + name, *format_options],
                           check=True, stdout=subprocess.DEVNULL)
            with open(folder + "/" + name, "rb") as file:
                locked = file.read()
            transport = enters("  ... and encrypted, when the passphrase is given", server, identity=locked, more="passphrase: " + quote("a secret'\"$(x)"))
            tap.equal([ask.kind for ask in transport.asked], ["host_key_ask"], "  ... without a question")


def tests_of_passphrases(server):
    for format_name, format_options in FORMATS:
        key, public = make_key("locked-" + format_name, "right one", "-t", "rsa", "-b", "2048", *format_options)
        with open(server.root + "/etc/authorized_keys", "wb") as keys:
            keys.write(public)
        transport = enters("a passphrase is asked for (%s)" % format_name, server, identity=key, answers=[said("right one")])
        ask = transport.asked[0]
        tap.ok(len(transport.asked) == 2 and ask.fields("again") == [] and ask.fields("echo") == [] and ask.fields("prompt") == [],
               "  ... unseen, before the host key is looked at", [ask.text for ask in transport.asked])
        transport = enters("and asked again when it was wrong (%s)" % format_name, server, identity=key, answers=[said("wrong"), said(""), said("right one")])
        tap.equal([ask.fields("again") for ask in transport.asked[:3]], [[], ["true"], ["true"]], "  ... which is told")
    fails("three wrong ones are enough", ["3 that were given are wrong"], server.port, identity=key, answers=[said("wrong")] * 3)
    enters("a given one that is wrong is asked for", server, identity=key, more="passphrase: \"wrong\"", answers=[said("right one")])
    fails("a given one that is wrong is named where nobody is there", ["another passphrase", "p2v.passphrase"], server.port, identity=key, more="passphrase: \"wrong\"")
    fails("with nobody there a missing one is named", ["passphrase", "nobody to ask", "ssh-keygen -p"], server.port, identity=key)
    fails("who does not want to give it need not", ["it was not given"], server.port, identity=key, answers=[NO])
    small, public = make_key("small", "", "-t", "rsa", "-b", "1024")
    with open(server.root + "/etc/authorized_keys", "wb") as keys:
        keys.write(public)
    fails("an RSA key of 1024 bits is not used", ["fewer than 2048 bits"], server.port, identity=small)


# ---- methods ---------------------------------------------------------------------------------------------------

def tests_of_several_methods(key, public):
    def server(*options):
        made = Server("--v2v", "copy", *options)
        with open(made.root + "/etc/authorized_keys", "wb") as keys:
            keys.write(public)
        return made
    with server("--sshd", "AuthenticationMethods publickey,password") as both:
        enters("a server may want key and password", both, identity=key, password=both.password)
        fails("the key alone is too little", ["wants more", "give both"], both.port, identity=key)
        fails("the key and a wrong password are too little", ["together", "accepts one of them only"], both.port, identity=key, password=b"wrong")
    with server("--sshd", "AuthenticationMethods password,publickey") as both:
        enters("or password and key", both, identity=key, password=both.password)
    with server("--sshd", "AuthenticationMethods publickey,keyboard-interactive", "--pam") as both:
        enters("or key and questions, by PAM", both, identity=key, password=both.password)
        transport = enters("  ... which a person answers where no password was given", both, identity=key, answers=[PERSON, said(both.password)])
        tap.ok(transport.asked[1].field("prompt").startswith(b"Password:") or b"assword" in transport.asked[1].field("prompt"), "  ... who sees the question", transport.asked[1].text)
    with server("--sshd", "AuthenticationMethods keyboard-interactive", "--pam") as pam:
        enters("questions alone, by PAM", pam, password=pam.password)
        fails("  ... and a wrong password", ["does not accept this password"], pam.port, password=b"wrong")
        enters("  ... or by a person", pam, answers=[PERSON, said(pam.password)])
        fails("  ... or by nobody", ["somebody must be there"], pam.port)
    with server("--sshd", "PasswordAuthentication no") as keys:
        fails("a server without passwords is named", ["PasswordAuthentication"], keys.port, password=keys.password)
    with server("--sshd", "PubkeyAuthentication no") as passwords:
        fails("a server without keys is named", ["PubkeyAuthentication"], passwords.port, identity=key)


PERSON = "host_key_answer { answer: ANSWER_YES }"


def tests_of_many_questions():
    make_key("asker", "", "-t", "ed25519")
    host_key = folder + "/asker"
    with Asker(host_key, "ask") as asker:
        transport = Transport()
        answer = transport.login(asker.port, password=b"secret", answers=[PERSON, said("123456"), said("more")])
        tap.equal((answer.kind, [event for event in asker.events() if event.startswith("answer")]),
                  ("logged_in", ["answer secret", "answer 123456", "answer more"]), "several questions, in several rounds, are answered")
        tap.equal([(ask.field("prompt"), ask.fields("echo")) for ask in transport.asked[1:]], [(b"Code: ", ["true"]), (b"More: ", [])],
                  "  ... the first unseen one by the password, the others by the person")
        tap.equal(asker.events().count("auth password"), 0, "  ... and no password goes where none is taken")
        transport.close()
        transport = Transport()
        tap.equal(transport.login(asker.port, answers=[PERSON, said("secret"), said("123456"), said("more")]).kind, "logged_in", "a person may answer all")
        transport.close()
        fails("wrong answers are refused", ["does not accept this password"], asker.port, password=b"secret", answers=[PERSON, said("wrong")])
        fails("nobody there is no answer", ["does not accept this password"], asker.port, password=b"secret")
        fails("and a person may decline", ["was not answered"], asker.port, password=b"secret", answers=[PERSON, NO])
    for mode, words in (("many", ["does not accept this password"]), ("endless", ["does not accept this password"])):
        with Asker(host_key, mode) as asker:
            fails("questions %s are not answered" % {"many": "by the hundred", "endless": "without end"}[mode], words, asker.port, password=b"secret")
    with Asker(host_key, "bad") as asker:
        transport = fails("a question of control characters is refused", ["does not"], asker.port, answers=[PERSON, said("x")])
        tap.equal(transport.asked[1].field("prompt"), b"?[2J??virt-p2v: passphrase of the SSH identity: ", "  ... and reaches the person cleaned")
    with Asker(host_key, "hang") as asker:
        transport = Transport()
        transport.send("login { server: \"127.0.0.1\" port: %d username: \"root\" host_keys: \"ask\" }" % asker.port)
        transport.receive()
        transport.send(PERSON)
        tap.equal(transport.receive().kind, "secret_ask", "a person is asked")
        answer = transport.receive()
        tap.ok(answer.kind == "failure" and b"did not wait" in answer.field("text"), "  ... and told when the server does not wait", answer.text)
        transport.close()


# ---- algorithms ------------------------------------------------------------------------------------------------

def log(server):
    with open(server.root + "/log/sshd") as file:
        return file.read()


def tests_of_algorithms(key, public):
    def server(*lines):
        made = Server("--v2v", "copy", *(word for line in lines for word in ("--sshd", line)))
        with open(made.root + "/etc/authorized_keys", "wb") as keys:
            keys.write(public)
        return made
    with server("LogLevel DEBUG1") as modern:
        for cipher in ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr"):
            transport = Transport()
            answer = transport.login(modern.port, identity=key, more="ciphers: " + quote(cipher))
            tap.equal(answer.field("cipher").decode(), cipher, "p2v.ciphers chooses " + cipher)
            transport.close()
        transport = Transport()
        answer = transport.login(modern.port, identity=key, more='ciphers: "aes256-ctr" ciphers: "aes256-ctr" ciphers: "aes128-ctr"')
        tap.equal(answer.field("cipher"), b"aes256-ctr", "  ... the first of several")
        transport.close()
        tap.ok("compression: none" in log(modern) and "compression: zlib" not in log(modern), "nothing is compressed")
        transport = Transport()
        transport.login(modern.port, identity=key, more="compress: true")
        transport.send("test_connection { }")
        tap.equal(transport.receive().kind, "features", "with p2v.compress it works as well")
        tap.ok("compression: zlib@openssh.com" in log(modern), "  ... and what goes over the wire is compressed, after the login")
        transport.close()
    for weak, line in (("ciphers in CBC mode", "Ciphers aes128-cbc,aes256-cbc,3des-cbc"), ("a key exchange by SHA-1", "KexAlgorithms diffie-hellman-group14-sha1,diffie-hellman-group1-sha1"),
                       ("a MAC by SHA-1", "Ciphers aes128-ctr\nMACs hmac-sha1,hmac-sha1-etm@openssh.com"), ("a host key that signs by SHA-1", "HostKeyAlgorithms ssh-rsa\nHostKey " + folder + "/rsa")):
        with server(*line.split("\n")) as old:
            fails("a server with %s alone is refused" % weak, ["cannot agree on a secure connection"], old.port, "failure", "connection_lost", identity=key)
    with server("HostKeyAlgorithms rsa-sha2-256,rsa-sha2-512", "RequiredRSASize 1024", "HostKey " + folder + "/rsa-small") as old:
        fails("a host key of 1024 bits is refused", ["cannot agree on a secure connection"], old.port, "failure", "connection_lost", identity=key)
    with server("PubkeyAcceptedAlgorithms ssh-rsa") as old:
        fails("our RSA key never signs by SHA-1", ["does not accept this SSH identity"], old.port, identity=key)


with Server("--v2v", "copy") as server:
    tests_of_keys(server)
    tests_of_passphrases(server)
rsa_key, rsa_public = make_key("rsa", "", "-t", "rsa", "-b", "2048")
make_key("rsa-small", "", "-t", "rsa", "-b", "1024")
tests_of_several_methods(rsa_key, rsa_public)
tests_of_many_questions()
tests_of_algorithms(rsa_key, rsa_public)
tap.done()
