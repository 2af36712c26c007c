#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-fetch gets a file by https, http, ftp and tftp, and nothing else: whatever a server does, it ends with the content or
# with one sentence, within its time, and the sandbox stays whole.
import os
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fetch_servers import Authority, HttpServer, TftpServer, folder, ftp_server
from transport_driver import BUILD, Tap, Transport, quote

tap = Tap()
PROGRAM = BUILD + "/bin/p2v-fetch"
KEY = bytes(range(256)) * 10
LIMIT = 32768


class Answer:
    """What p2v-fetch said to FetchStart: content, or the text of its failure; the notes before; its exit status."""

    def __init__(self, url, cacert=b"", limit=LIMIT):
        fetch = Transport(PROGRAM)
        fetch.send("fetch_start { url: %s cacert: %s limit: %d }" % (quote(url), quote(cacert), limit))
        self.content, self.failure, self.notes, self.messages = b"", "", [], 0
        began, more = time.monotonic(), True
        while more:
            message = fetch.receive(timeout=150)
            more = message.kind == "note" or message.field("more") == "true"
            if message.kind == "note":
                self.notes.append(message.field("text").decode())
            elif message.kind == "fetched":
                self.content += message.field("content")
                self.messages += 1
            else:
                self.kind = message.kind
                self.failure = message.field("text").decode() if message.kind in ("failure", "connection_lost") else "its end: " + message.kind
        self.seconds = time.monotonic() - began
        self.status = fetch.close()


def gets(name, url, **options):
    answer = Answer(url, **options)
    tap.ok(answer.content == KEY and answer.status == 0, name, answer.failure)
    return answer


def fails(name, words, url, kind="failure", **options):
    answer = Answer(url, **options)
    tap.ok(answer.content == b"" and answer.status == 1 and answer.kind == kind and all(word in answer.failure for word in words), name,
           answer.kind + ": " + answer.failure)
    return answer


def is_away(name, words, url, **options):
    """It may be there later: the supervisor is told that as well."""
    return fails(name, words, url, "connection_lost", **options)


def tests_of_https(directory, authority):
    secure = HttpServer(KEY, authority.issue("good"))
    with open(authority.certificate, "rb") as file:
        ca = file.read()
    base = "https://localhost:%d" % secure.port
    answer = gets("https with a private CA", base + "/key", cacert=ca)
    tap.equal(answer.notes, [], "and no warning")
    gets("https by address", "https://127.0.0.1:%d/key" % secure.port, cacert=ca)
    gets("five redirects are followed", base + "/hop/5", cacert=ca)
    fails("six are not", ["names yet another"], base + "/hop/6", cacert=ca)
    fails("a private CA that is not given", ["not from a CA that is trusted", "p2v.cacert"], base + "/key")
    other = Authority(directory, "other")
    with open(other.certificate, "rb") as file:
        fails("a wrong CA", ["not from a CA that is trusted"], base + "/key", cacert=file.read())
    fails("a CA file that is none", ["p2v.cacert", "PEM"], base + "/key", cacert=b"not a certificate")
    expired = HttpServer(KEY, authority.issue("expired", days="-1"))
    fails("an expired certificate", ["has expired", "clock"], "https://localhost:%d/key" % expired.port, cacert=ca)
    wrong = HttpServer(KEY, authority.issue("wrong", names="DNS:other.test"))
    fails("a certificate for another name", ["another name than localhost"], "https://localhost:%d/key" % wrong.port, cacert=ca)
    tap.equal(expired.requests + wrong.requests, [], "and nothing was asked of those servers")

    plain = HttpServer(KEY)
    fails("from https to http is not followed", ["another kind of URL"], "%s/to?http://127.0.0.1:%d/key" % (base, plain.port), cacert=ca)
    for url in ("file:///etc/passwd", "ftp://127.0.0.1/x", "tftp://127.0.0.1/x", "gopher://127.0.0.1/x", "scp://127.0.0.1/x", "//", "http://"):
        fails("to %s neither" % url, ["another kind of URL"], "http://127.0.0.1:%d/to?%s" % (plain.port, url), cacert=ca)
    plain.requests.clear()
    answer = gets("from http to https is", "http://127.0.0.1:%d/to?%s/key" % (plain.port, base), cacert=ca)
    tap.ok(len(answer.notes) == 1, "with one warning", answer.notes)

    user = base.replace("localhost", "me:s3cret%40@localhost")
    answer = gets("user and password are sent to whom the URL names", user + "/key", cacert=ca)
    tap.equal(secure.requests[-1][1].get("Authorization"), "Basic bWU6czNjcmV0QA==", "as they are in the URL")
    plain.requests.clear()
    secure.requests.clear()
    gets("and not to another server", "http://me:s3cret@127.0.0.1:%d/to?%s/key" % (plain.port, base), cacert=ca)
    tap.ok("Authorization" in plain.requests[0][1] and "Authorization" not in secure.requests[0][1], "which is not told", secure.requests)
    tap.ok("Cookie" not in secure.requests[0][1], "nor are cookies")
    answer = fails("a password in a URL", ["https://localhost:%d/status/404" % secure.port], user + "/status/404?token=s3cret", cacert=ca)
    tap.ok("s3cret" not in answer.failure + " ".join(answer.notes), "is not shown", answer.failure)

    # The private CA in the place of the system's.
    script = 'mount --bind "$1" /etc/ssl/certs/ca-certificates.crt && exec "$2" "$3"'
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script, "-", authority.certificate, PROGRAM, base + "/key"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    tap.ok(done.stdout == KEY and done.returncode == 0, "the system's CAs are trusted where none is given", done.stderr)
    with socket.create_server(("127.0.0.1", 0)) as closing:
        threading.Thread(target=lambda: closing.accept()[0].close(), daemon=True).start()
        is_away("https that closes in the handshake", ["cannot be fetched"], "https://localhost:%d/key" % closing.getsockname()[1], cacert=ca)
    fails("https where there is none", ["no secure connection", "is that of https"], "https://localhost:%d/key" % plain.port)


def tests_of_http(plain):
    base = "http://127.0.0.1:%d" % plain.port
    answer = gets("http", base + "/key")
    tap.ok(len(answer.notes) == 1 and "unencrypted" in answer.notes[0], "with a warning", answer.notes)
    gets("http by name", "http://localhost:%d/key" % plain.port)
    tap.ok("Accept-Encoding" not in plain.requests[-1][1], "compressed content is not asked for")
    gets("and a content that says it is stays as it is", base + "/gzip")
    fails("403", ["403 Forbidden", "0600", "chmod 0644"], base + "/status/403")
    fails("404", ["404 Not Found", "0644"], base + "/status/404")
    fails("401", ["user name and a password"], base + "/status/401")
    for status in (204, 206, 304, 418, 500):
        fails("status %d is not the file" % status, ["status %d" % status], "%s/status/%d" % (base, status))
    fails("a redirect that goes round in circles", ["names yet another"], base + "/loop")
    fails("an empty file", ["is empty"], base + "/size/0")
    tap.equal(len(Answer("%s/size/%d" % (base, LIMIT)).content), LIMIT, "a file of the limit's size is whole")
    fails("one of a byte more is too large", ["larger than %d bytes" % LIMIT], "%s/size/%d" % (base, LIMIT + 1))
    answer = Answer("%s/size/%d" % (base, 1 << 20), limit=1 << 20)
    tap.ok(answer.content == b"x" * (1 << 20) and answer.messages == 32, "a megabyte comes in pieces where that is the limit", answer.failure)
    answer = fails("a body without end", ["larger than"], base + "/endless")
    tap.ok(answer.seconds < 30, "is refused while it comes", answer.seconds)
    fails("headers without end", ["headers"], base + "/headers")
    is_away("an answer that is cut off", ["cannot be fetched"], base + "/cut")
    fails("an answer that is no HTTP", ["cannot be fetched"], base + "/rubbish")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        is_away("a port where nobody listens", ["refuses connections on port"], "http://127.0.0.1:%d/key" % unused.getsockname()[1])
    is_away("a name that nobody knows", ["no-such-host.invalid", "not known"], "http://no-such-host.invalid/key")
    try:
        six = HttpServer(KEY, host="::1")
    except OSError:
        tap.ok(True, "http over IPv6 # SKIP this machine has none")
    else:
        gets("http over IPv6", "http://[::1]:%d/key" % six.port)


def tests_of_ftp(files):
    port = ftp_server(files)
    answer = gets("ftp", "ftp://127.0.0.1:%d/key" % port)
    tap.ok(len(answer.notes) == 1 and "unencrypted" in answer.notes[0], "with a warning", answer.notes)
    gets("ftp by name, in a folder", "ftp://localhost:%d/folder/key" % port)
    fails("ftp without the file", ["does not have it", "0644"], "ftp://127.0.0.1:%d/none" % port)
    fails("ftp without the folder", ["does not have it"], "ftp://127.0.0.1:%d/no/key" % port)
    fails("a large file by ftp", ["larger than"], "ftp://127.0.0.1:%d/large" % port)
    port = ftp_server(files, ("me", "s3cret"))
    gets("ftp with user and password", "ftp://me:s3cret@127.0.0.1:%d/key" % port)
    fails("ftp with a wrong password", ["does not let this user in"], "ftp://me:wrong@127.0.0.1:%d/key" % port)


def tests_of_tftp(files):
    server = TftpServer(files)
    try:
        answer = gets("tftp", "tftp://127.0.0.1:%d/key" % server.port)
        tap.ok(len(answer.notes) == 1 and "unencrypted" in answer.notes[0], "with a warning", answer.notes)
        gets("tftp by name, in a folder", "tftp://localhost:%d/folder/key" % server.port)
        fails("tftp without the file", ["does not have it", "0644"], "tftp://127.0.0.1:%d/none" % server.port)
        fails("a file by tftp that others may not read", ["may not give it"], "tftp://127.0.0.1:%d/private" % server.port)
        fails("a large file by tftp", ["larger than"], "tftp://127.0.0.1:%d/large" % server.port)
    finally:
        server.stop()


# Each takes the whole minute that p2v-fetch has; so they are begun first, and looked at last.
class Slow(threading.Thread):
    def __init__(self, name, url):
        super().__init__(daemon=True)
        self.title, self.url, self.answer = name, url, None
        self.start()

    def run(self):
        self.answer = Answer(self.url)

    def check(self, words):
        self.join(170)
        answer = self.answer
        good = answer is not None and answer.status == 1 and answer.kind == "connection_lost" and answer.content == b"" and \
            all(word in answer.failure for word in words)
        tap.ok(good and answer.seconds < 120, self.title, answer and (answer.failure, answer.seconds))


def tests_by_hand(plain, files):
    url = "http://127.0.0.1:%d/key" % plain.port
    done = subprocess.run([PROGRAM, url], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    tap.ok(done.stdout == KEY and done.returncode == 0 and b"unencrypted" in done.stderr, "by hand it writes the content", done.stderr)
    done = subprocess.run([PROGRAM, url + "/../status/404"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    tap.ok(done.stdout == b"" and done.returncode == 1 and b"404" in done.stderr, "or says on standard error why not", done.stderr)
    for url_of_none in ("file:///etc/passwd", "key", "", "https://", "sftp://127.0.0.1/key", "http://127.0.0.1:99999/"):
        done = subprocess.run([PROGRAM, url_of_none], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        tap.ok(done.stdout == b"" and done.returncode == 1 and b"URL" in done.stderr, "%r is no URL for it" % url_of_none, done.stderr)
    tap.equal(subprocess.run([PROGRAM], stderr=subprocess.DEVNULL).returncode, 2, "it wants a URL")
    tap.equal(subprocess.run([PROGRAM, "--cacert", "/nonexistent", url], stderr=subprocess.DEVNULL).returncode, 2, "a CA file that is not there is an error")

    # Without the lock, so that it is p2v-fetch that does not use them, and not that they are out of its sight.
    with open(files + "/.netrc", "w") as netrc:
        netrc.write("machine 127.0.0.1 login me password s3cret\n")
    environment = dict(os.environ, HOME=files, http_proxy="http://127.0.0.1:1", HTTP_PROXY="http://127.0.0.1:1", all_proxy="http://127.0.0.1:1", no_proxy="")
    plain.requests.clear()
    done = subprocess.run([PROGRAM, "--no-sandbox", url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    tap.ok(done.stdout == KEY, "the environment's proxies are not used", done.stderr)
    tap.ok("Authorization" not in plain.requests[0][1], "nor is ~/.netrc", plain.requests)


def tests_of_the_lock(plain):
    fetch = Transport(PROGRAM)
    with open("/proc/%d/status" % fetch.process.pid) as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    tap.equal(status["Uid"].split(), ["60705"] * 4, "it has a uid of its own")
    tap.equal((status["CapEff"], status["CapBnd"], status["NoNewPrivs"], status["Seccomp"]), ("0" * 16, "0" * 16, "1", "2"), "no capability, no new privileges, a filter")
    listing = subprocess.run(["find", "/proc/%d/root/" % fetch.process.pid, "-type", "f"], stdout=subprocess.PIPE, text=True).stdout
    seen = {line.split("/root", 1)[1].lstrip("/") for line in listing.splitlines()}
    tap.ok(seen and all(name.startswith("etc/") for name in seen) and len(seen) <= 7, "it sees the resolver's and the CAs' files alone", seen)
    fetch.send("fetch_start { url: %s limit: 100 }" % quote("http://127.0.0.1:%d/drip" % plain.port))
    fetch.receive()
    with open("/proc/%d/status" % fetch.process.pid) as file:
        tap.ok("Threads:\t1\n" in file.read(), "at work it has one thread")
    fetch.process.kill()
    fetch.close()
    fetch = Transport(PROGRAM)
    fetch.send("inspect_start { }")
    tap.equal(fetch.receive().kind, "failure", "another message is refused")
    fetch.close()
    tap.equal(Transport(PROGRAM).close(), 0, "it ends in peace when the supervisor goes")


with folder() as directory:
    files = directory + "/files"
    os.makedirs(files + "/folder")
    for name, content, mode in (("key", KEY, 0o644), ("folder/key", KEY, 0o644), ("large", b"x" * (LIMIT + 1), 0o644), ("private", KEY, 0o600)):
        with open(files + "/" + name, "wb") as file:
            file.write(content)
        os.chmod(files + "/" + name, mode)
    plain = HttpServer(KEY)
    silent = socket.create_server(("127.0.0.1", 0))
    deaf = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    deaf.bind(("127.0.0.1", 0))
    slow = [(Slow("a server that drips is given up", "http://127.0.0.1:%d/drip" % plain.port), ["too slow"]),
            (Slow("a server that accepts and says nothing is given up", "http://127.0.0.1:%d/key" % silent.getsockname()[1]), ["too slow"]),
            (Slow("the same with TLS", "https://127.0.0.1:%d/key" % silent.getsockname()[1]), ["does not answer"]),
            (Slow("the same with FTP", "ftp://127.0.0.1:%d/key" % silent.getsockname()[1]), ["too slow"]),
            (Slow("a TFTP server that does not answer is given up", "tftp://127.0.0.1:%d/key" % deaf.getsockname()[1]), ["answers no more"])]
    tests_of_https(directory, Authority(directory))
    tests_of_http(plain)
    tests_of_ftp(files)
    tests_of_tftp(files)
    tests_by_hand(plain, files)
    tests_of_the_lock(plain)
    for one, words in slow:
        one.check(words)
tap.done()
