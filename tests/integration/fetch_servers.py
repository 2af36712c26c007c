# SPDX-License-Identifier: GPL-2.0-or-later
#
# Servers for p2v-fetch, on loopback: http and https (python's own), ftp (pyftpdlib), tftp (tftpd-hpa), and a private CA.
# All that they serve is made here; all that is asked of them by http is kept.
import contextlib
import http.server
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse


class Authority:
    """A private CA in a folder, by openssl."""

    def __init__(self, directory, name="ca"):
        self.directory, self.certificate, self.key = directory, "%s/%s.pem" % (directory, name), "%s/%s.key" % (directory, name)
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=Test CA " + name,
                     "-keyout", self.key, "-out", self.certificate)

    @staticmethod
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def issue(self, name, names="DNS:localhost,IP:127.0.0.1", days="30"):
        """A server's certificate and key in one file.  days: "-1" has expired."""
        path = "%s/%s" % (self.directory, name)
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name, "-keyout", path + ".key", "-out", path + ".csr")
        with open(path + ".ext", "w") as file:
            file.write("subjectAltName=%s\n" % names)
        self.openssl("x509", "-req", "-in", path + ".csr", "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial", "-days", days,
                     "-extfile", path + ".ext", "-out", path + ".crt")
        with open(path + ".pem", "wb") as whole:
            for part in (".key", ".crt"):
                with open(path + part, "rb") as file:
                    whole.write(file.read())
        return path + ".pem"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body=b"", **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def endless(self, piece, pause=0.0):
        while True:
            self.wfile.write(piece)
            time.sleep(pause)

    def do_GET(self):
        self.server.requests.append((self.path, dict(self.headers)))
        path = urllib.parse.urlsplit(self.path)
        word, _, rest = path.path[1:].partition("/")
        self.close_connection = True
        with contextlib.suppress(OSError):             # a client that has heard enough
            if word == "status":
                self.reply(int(rest), b"<html>no key</html>")
            elif word == "size":
                self.reply(200, b"x" * int(rest))
            elif word == "to":
                self.reply(302, b"elsewhere", Location=urllib.parse.unquote(path.query))
            elif word == "loop":
                self.reply(301, Location=self.path)
            elif word == "hop":
                self.reply(302, Location="/hop/%d" % (int(rest) - 1)) if int(rest) > 0 else self.reply(200, self.server.content)
            elif word == "endless":
                self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
                self.endless(b"x" * 65536)
            elif word == "headers":
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                self.endless(b"X-Header: " + b"x" * 1000 + b"\r\n")
            elif word == "drip":
                self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
                self.endless(b"x", 0.5)
            elif word == "cut":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbut less")
            elif word == "gzip":
                self.reply(200, self.server.content, Content_Encoding="gzip")
            elif word == "rubbish":
                self.wfile.write(b"\x00\x01\x02 rubbish\r\n\r\n")
            elif word == "key":
                self.reply(200, self.server.content, Set_Cookie="a=b; path=/")
            else:
                self.reply(404)


class HttpServer(http.server.ThreadingHTTPServer):
    def __init__(self, content, certificate=None, host="127.0.0.1"):
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, 0), Handler)
        self.content, self.requests, self.port = content, [], self.server_address[1]
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass


def ftp_server(directory, user=None):
    """An FTP server (pyftpdlib) of a folder, for anybody or for ("name", "password"): its port."""
    import logging
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler
    from pyftpdlib.servers import ThreadedFTPServer
    logging.basicConfig(level=logging.CRITICAL)

    class Ftp(FTPHandler):
        authorizer = DummyAuthorizer()
    if user is None:
        Ftp.authorizer.add_anonymous(directory)
    else:
        Ftp.authorizer.add_user(user[0], user[1], directory)
    server = ThreadedFTPServer(("127.0.0.1", 0), Ftp)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.socket.getsockname()[1]


class TftpServer:
    """tftpd-hpa on a folder, until stop(). As inetd starts it, with a socket that is bound: the port is nobody else's, and what comes
    before it runs waits for it."""

    def __init__(self, directory):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
            bound.bind(("127.0.0.1", 0))
            self.port = bound.getsockname()[1]
            self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "in.tftpd", "--secure", directory], stdin=bound)

    def stop(self):
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def folder():
    path = tempfile.mkdtemp(prefix="virt-p2v-fetch.", dir="/var/tmp")
    os.chmod(path, 0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
