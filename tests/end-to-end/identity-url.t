#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# identity-url.t: conversions that log in with a key from an https, http, ftp or tftp server, or say why it is not to be had.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"

make_disk "$scratch/disk" 2 random
new_server plain --v2v copy
at="p2v.server=127.0.0.1 p2v.port=$server_port p2v.name=guest p2v.os=$scratch/out"
mkdir "$scratch/www"
install -m 644 "$server_key" "$scratch/www/key"
install -m 600 "$server_key" "$scratch/www/private"
head -c 32769 /dev/zero > "$scratch/www/large"

# The file servers: their ports are in $scratch/ports, as shell assignments; every http request in $scratch/asked.
setpriv --pdeathsig KILL /usr/bin/python3 - "$tests/integration" "$scratch" << 'END' &
import http.server, os, sys, time
sys.path.insert(0, sys.argv[1])
import fetch_servers
scratch = sys.argv[2]


class Files(http.server.SimpleHTTPRequestHandler):
    """A web server that is not root, as far as this test sees: it may not read what is for its owner alone."""
    def __init__(self, *arguments):
        super().__init__(*arguments, directory=scratch + "/www")

    def log_message(self, format, *arguments):
        with open(scratch + "/asked", "a") as asked:
            asked.write(format % arguments + "\n")

    def send_head(self):
        path = self.translate_path(self.path)
        if os.path.exists(path) and not os.stat(path).st_mode & 0o004:
            return self.send_error(403)
        return super().send_head()


fetch_servers.Handler = Files
authority = fetch_servers.Authority(scratch)
secure = fetch_servers.HttpServer(b"", authority.issue("good"))
plain = fetch_servers.HttpServer(b"")
ftp = fetch_servers.ftp_server(scratch + "/www")
tftp = fetch_servers.TftpServer(scratch + "/www")
with open(scratch + "/ports.new", "w") as ports:
    ports.write("https=%d http=%d ftp=%d tftp=%d\n" % (secure.port, plain.port, ftp, tftp.port))
os.rename(scratch + "/ports.new", scratch + "/ports")
while True:
    time.sleep(60)
END
files_pid=$!
within 60 test -e "$scratch/ports" || bail_out "the file servers do not start"
# shellcheck source=/dev/null
. "$scratch/ports"
: > "$scratch/asked"

# converts NAME CMDLINE
converts()
{
    mkdir "$scratch/out"
    run_p2v 120 "$at $2" "$scratch/disk"
    is "$1: the conversion succeeds" "$p2v_status" 0
    [ "$p2v_status" = 0 ] || show_output
    ok "$1: the disk arrives byte for byte" cmp "$scratch/disk" "$scratch/out/guest-sda"
    rm -r "$scratch/out"
}

ca="p2v.cacert=file://$scratch/ca.pem"
watch_processes
# shellcheck disable=SC2154  # $scratch/ports sets https, http, ftp and tftp
converts "https" "$ca p2v.hostkey=$server_fingerprint p2v.identity=https://localhost:$https/key"
wait "$watch"
is "https: nothing is warned of" "$(grep -c warning <<< "$p2v_out$p2v_err" || :)" 0
is "https: the key is fetched once, and not for each connection" "$(grep -c 'GET /key' "$scratch/asked")" 1
seen=$(grep ' p2v-fetch ' "$scratch/processes" || :)
like "https: p2v-fetch ran under a uid of its own" "$seen" "Uid=60705/60705/60705/60705 "
like "https: without any capability" "$seen" "CapInh=0{16} CapPrm=0{16} CapEff=0{16} CapBnd=0{16} CapAmb=0{16}"
like "https: and with a seccomp filter" "$seen" "Seccomp=2"
for scheme in http ftp tftp; do
    converts "$scheme" "p2v.identity=$scheme://127.0.0.1:${!scheme}/key"
    like "$scheme: it is warned of" "$p2v_out$p2v_err" "warning: $scheme://127.0.0.1:${!scheme}/key is fetched unencrypted"
done
# A known_hosts file as well, after the key.
printf '[127.0.0.1]:%s %s\n' "$server_port" "$(cut -d' ' -f1,2 "$server/etc/host_key.pub")" > "$scratch/www/known_hosts"
converts "a known_hosts file by https" "$ca p2v.identity=file://$server_key p2v.hostkey=required p2v.known_hosts=https://localhost:$https/known_hosts"
# p2v.pre may be what makes the network.
cp "$scratch/www/key" "$scratch/later"
rm "$scratch/www/key"
converts "a key that p2v.pre brings about" "p2v.pre=\"mv $scratch/later $scratch/www/key\" $ca p2v.identity=https://localhost:$https/key"

# fails NAME REGEX CMDLINE: one sentence, no login, nothing left.
fails()
{
    run_p2v 120 "$at $3" "$scratch/disk"
    is "$1: the conversion fails" "$p2v_status" 1
    like "$1: the sentence says why" "$p2v_err" "virt-p2v: error: [^"$'\n'"]*$2"
    is "$1: there is one sentence" "$(grep -c 'error: ' <<< "$p2v_err")" 1
    ok "$1: none of our processes is left" within 5 no_p2v_process_left
}
ssh-keygen -q -t ed25519 -N '' -f "$scratch/other"
printf '[127.0.0.1]:%s %s\n' "$server_port" "$(cut -d' ' -f1,2 "$scratch/other.pub")" > "$scratch/www/known_hosts"
fails "a known_hosts file with another key" 'another than the known_hosts file has' \
    "$ca p2v.identity=file://$server_key p2v.known_hosts=https://localhost:$https/known_hosts"
fails "no CA for it" 'p2v\.cacert' "p2v.identity=https://localhost:$https/key"
fails "a CA file that is not there" "$scratch/none.*p2v\.cacert.*No such file" "p2v.cacert=file://$scratch/none p2v.identity=https://localhost:$https/key"
fails "a file that is not there" '404 Not Found.*mode 0644' "$ca p2v.identity=https://localhost:$https/none"
fails "a file with mode 0600" '403 Forbidden.*chmod 0644' "$ca p2v.identity=https://localhost:$https/private"
fails "a file that is too large" 'larger than 32768 bytes' "$ca p2v.identity=https://localhost:$https/large"
fails "a page in place of the key" '(key|identity)' "$ca p2v.identity=https://localhost:$https/"
fails "a kind of URL that is not known" 'p2v\.identity=scp://' "p2v.identity=scp://localhost/key"

# Cancelled while it is being fetched.
answering ""
start_p2v "$at p2v.identity=https://127.0.0.1:$answer_port/key" "$scratch/disk"
ss_established() { [ -n "$(ss -Htn "dport = :$answer_port")" ]; }
ok "a silent server is asked for the key" within 60 ss_established
kill -INT "$p2v_pid"
wait_p2v 60
is "cancelling does not wait for it" "$p2v_status" 3
ok "and leaves no process" within 5 no_p2v_process_left
end_answering
kill "$files_pid"
wait "$files_pid" || :    # it was killed
done_testing
