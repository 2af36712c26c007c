#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# wait.t: a machine that has just booted has no network yet, and its server may be down. With p2v.wait a conversion waits for
# what may come, says so, and begins when it is there; what waiting does not help ends it at once; so does the person.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"
# shellcheck source=tests/lib/net.sh
. "$tests/lib/net.sh"

says() { grep -Eq "$1" "$scratch/stdout"; }
reaches() { p2v_ended || says "$1"; }
count() { grep -Ec "$1" "$scratch/stdout" || :; }
tried_again() { [ "$(count 'not yet: ')" -ge 2 ]; }
near() { ip -n "$net_near" "$@"; }

net_start
make_disk "$scratch/disk" 2 random
new_server server --v2v copy --address "$net_address" --restarts
mkdir "$scratch/out"

begin()
{
    rm -rf "$scratch/failed" "$scratch"/out/*
    : > "$scratch/stdout"    # what the one before said is not this one's
    start_p2v "$(server_cmdline root) p2v.os=$scratch/out p2v.fail=\"touch $scratch/failed\" $1" "$scratch/disk" "${@:2}"
}

# waits NAME REGEX: it is told what is waited for
waits()
{
    within 60 reaches "waiting.*$2" || :
    ok "$1: it is told that it waits, why and for how long" says "waiting, for at most [0-9]+ seconds \(p2v\.wait\): [^;]*$2"
}

# over NAME STATUS [REGEX]: its end, and the verdict
over()
{
    wait_p2v 90
    is "$1: the exit status is $2" "$p2v_status" "$2"
    [ "$p2v_status" = "$2" ] || show_output
    if [ $# -gt 2 ]; then like "$1: the verdict says why" "$p2v_err" "$3"; fi
    ok "$1: none of our processes is left" within 5 no_p2v_process_left
}

converted() { ok "$1: the disk arrives byte for byte" cmp "$scratch/disk" "$scratch/out/guest-sda"; }

# ---- a server that comes up ----------------------------------------------------------------------------

p2v_options=(--verbose)
for words in p2v.wait=120 'p2v.remote.wait=120 p2v.skip_test_connection'; do
    server_down "$server"
    begin "$words" "$scratch/disk"
    waits "server down, $words" "$net_address refuses connections on port $server_port"
    ok "server down, $words: it is tried again" within 60 tried_again
    is "server down, $words: it is told once, for all connections" "$(count waiting)" 1
    server_up "$server"
    over "server down, $words" 0
    converted "server down, $words"
    is "server down, $words: it is told that it is there, and after how long" "$(count "$net_address answers after [1-9][0-9]* s")" 1
done

p2v_options=()

server_down "$server"
begin ""
over "no p2v.wait" 1 "virt-p2v: error: $net_address refuses connections"
is "no p2v.wait: nothing is waited for" "$(count waiting)" 0

begin p2v.wait=4
over "a wait that is over" 1 "^virt-p2v: error: the 4 seconds of p2v\.wait are over: $net_address refuses connections[^"$'\n'"]*"$'\n?$'
ok "a wait that is over: p2v.fail has run" test -e "$scratch/failed"

# ---- a machine without a network -----------------------------------------------------------------------

# Its own resolv.conf: the name server is on the other side.
echo "nameserver $net_address" > "$scratch/resolv.conf"
echo "options timeout:1 attempts:1" >> "$scratch/resolv.conf"
wrapper=("${p2v_wrapper[@]}")
# shellcheck disable=SC2016  # the inner shell's
p2v_wrapper+=(unshare --mount sh -c 'mount --bind "$0" /etc/resolv.conf && exec "$@"' "$scratch/resolv.conf")
near address flush dev near
begin "p2v.wait=300 p2v.server=one.test"
waits "no address, no name server" "one\.test, cannot be looked up"
near address add 10.77.0.1/24 dev near
setpriv --pdeathsig KILL "${server_enter[@]}" /usr/bin/python3 "$tests/integration/name_server.py" "$net_address" &
names_pid=$!
ok "no server after that: the other reason is told" within 60 says \
    'still waiting after [1-9][0-9]* seconds, for at most [12][0-9]+ more \(p2v\.wait\): one\.test refuses connections'
server_up "$server"
over "no address, no name server" 0
converted "no address, no name server"
like "no address, no name server: it is told when it is there" "$p2v_out" 'one\.test answers after [0-9]+ s'
kill "$names_pid"
p2v_wrapper=("${wrapper[@]}")

near address flush dev near
begin p2v.wait=300
waits "no route" "there is no way to $net_address"
near address add 10.77.0.1/24 dev near
over "no route" 0
converted "no route"

# ---- what is not waited for ----------------------------------------------------------------------------

# at_once NAME REGEX WORDS
at_once()
{
    begin "p2v.wait=600 $3"
    over "$1" 1 "virt-p2v: error: [^"$'\n'"]*$2"
    is "$1: nothing is waited for" "$(count waiting)" 0
}
at_once "another host key" 'host key' p2v.hostkey=SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
at_once "a login that is refused" 'does not accept this SSH identity' p2v.username=p2v-nobody
at_once "an output mode that is not there" 'no output mode' p2v.o=nowhere
echo 'Ciphers aes128-cbc' | cat - "$server/etc/sshd_config" > "$server/etc/sshd_config.weak"
cp "$server/etc/sshd_config" "$server/etc/sshd_config.good"
cp "$server/etc/sshd_config.weak" "$server/etc/sshd_config"
server_down "$server"
server_up "$server"
# Now and then libssh forgets why it hung up, and then it is tried again.
begin p2v.wait=60
over "a server that is too old" 1 'virt-p2v: error: [^'$'\n'']*cannot agree on a secure connection: kex error'
cp "$server/etc/sshd_config.good" "$server/etc/sshd_config"
server_down "$server"
server_up "$server"

# ---- cancelling ----------------------------------------------------------------------------------------

server_down "$server"
for signal in INT TERM; do
    begin p2v.wait=600
    waits "SIG$signal while it waits" refuses
    kill -s "$signal" "$p2v_pid"
    ok "SIG$signal while it waits: it ends within 5 s" within 5 p2v_ended
    over "SIG$signal while it waits" 3 'has been cancelled'
done
# While a connection is being made, of which nothing is heard.
"${server_enter[@]}" nft -f - <<END
table inet silence {
    chain in { type filter hook input priority 0; tcp dport $server_port drop; }
}
END
begin p2v.wait=600
within 30 reaches 'connecting to' || :
kill -INT "$p2v_pid"
ok "SIGINT while it connects: it ends within 5 s" within 5 p2v_ended
over "SIGINT while it connects" 3 'has been cancelled'
"${server_enter[@]}" nft delete table inet silence

# ---- --iso waits by itself, for an hour ----------------------------------------------------------------

p2v_options=(--iso)
# shellcheck disable=SC2016  # the inner shell's
p2v_wrapper+=(unshare --mount sh -c 'mount -t tmpfs tmpfs /run && exec "$@"' run)    # its lock is for this test alone
begin ""
waits "--iso" refuses
like "--iso: for an hour" "$(cat "$scratch/stdout")" 'at most 3600 seconds'
ok "--iso: that it still waits is told about once a minute" within 90 says 'still waiting after [67][0-9] seconds, for at most 35[0-9]{2} more .*refuses'
kill -INT "$p2v_pid"
over "--iso" 3
begin p2v.wait=0
over "--iso p2v.wait=0" 1 "virt-p2v: error: $net_address refuses connections"
p2v_options=()
p2v_wrapper=("${wrapper[@]}")
server_up "$server"

# ---- a key whose server comes up -----------------------------------------------------------------------

mkdir "$scratch/www"
install -m 644 "$server_key" "$scratch/www/key"
https=20443
identity="p2v.cacert=file://$scratch/ca.pem p2v.identity=https://$net_address:$https/key"
start_https()
{
    setpriv --pdeathsig KILL "${server_enter[@]}" /usr/bin/python3 - "$scratch" "$net_address" "$https" << 'END' &
import functools, http.server, ssl, sys
scratch, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(scratch + "/good.pem")
server = http.server.HTTPServer((address, port), functools.partial(http.server.SimpleHTTPRequestHandler, directory=scratch + "/www"))
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
END
    https_pid=$!
}
/usr/bin/python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); import fetch_servers
fetch_servers.Authority(sys.argv[2]).issue("good", "IP:" + sys.argv[3])' "$tests/integration" "$scratch" "$net_address"
start_https
within 30 server_listening "$https" "$net_address" || bail_out "the https server does not start"
at_once "a key that is not there" '404 Not Found' "p2v.cacert=file://$scratch/ca.pem p2v.identity=https://$net_address:$https/none"
kill "$https_pid"
wait "$https_pid" || :
begin "p2v.wait=300 $identity"
waits "a key's server down" "$net_address refuses connections on port $https"
start_https
over "a key's server down" 0
converted "a key's server down"
like "a key's server down: it is told when it is there" "$p2v_out" 'the server of p2v\.identity answers after [1-9][0-9]* s'
kill "$https_pid"
done_testing
