#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# survive-not.t: connections that do not come back, or should not: the limit, a login that is refused, p2v.reconnect=0, a server
# without nbdkit; and cancelling, also while a connection is being made again. What is left where is always said.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"
# shellcheck source=tests/lib/net.sh
. "$tests/lib/net.sh"

# shellcheck disable=SC2046  # numbers
end_sessions() { kill -KILL $(server_sessions "$server"); }
# As virt-v2v would find by itself some minutes later.
# shellcheck disable=SC2046
give_up_disks() { kill -KILL $(server_processes "$server" | awk '/ nbdkit --foreground/ { print $1 }') || :; }
server_away() { server_down "$server"; end_sessions; }
reaches() { p2v_ended || grep -q "$1" "$scratch/stdout"; }
ports_of_server() { "${server_enter[@]}" ss -Hltn "not sport = :$server_port"; }

net_start
make_disk "$scratch/disk" 48 random
new_server slow --v2v slow --address "$net_address" --restarts
echo 8 > "$server/etc/slow"
mkdir "$scratch/out"

# begin WORDS MARK: a conversion that has come so far
begin()
{
    rm -rf "$server"/tmp/virt-p2v-* "$scratch/failed" "$scratch"/out/*
    start_p2v "$(server_cmdline root) p2v.o=local p2v.os=$scratch/out p2v.fail=\"touch $scratch/failed\" $1" "$scratch/disk"
    comes_to "$2"
    sleep 1
}

# over NAME STATUS REGEX: its end
over()
{
    wait_p2v 60
    is "$1: the exit status is $2" "$p2v_status" "$2"
    like "$1: the verdict says why" "$p2v_err" "$3"
    [ "$p2v_status" = "$2" ] || show_output
    ok "$1: none of our processes is left" within 5 no_p2v_process_left
}

idle_server()
{
    ok "$1: nothing is left on the server" within "${2:-10}" server_idle "$server"
    server_idle "$server" || server_processes "$server" | diag
    is "$1: and no port" "$(ports_of_server)" ""
}

# ---- a server that does not come back ------------------------------------------------------------------

begin p2v.reconnect=6 'Copying disk'
server_away
over "no server" 1 "^virt-p2v: error: (the connection for disk sda|the control connection) to $net_address was lost and could not be made again in 6 seconds \(p2v.reconnect\): [^"$'\n'"]*refuses[^"$'\n'"]*; what was begun is in /tmp/virt-p2v-[^ ]* on $net_address, where virt-v2v may still run"$'\n?$'
ok "no server: p2v.fail has run" test -e "$scratch/failed"
server_up "$server"
give_up_disks
idle_server "no server, once its disk is given up" 60

begin p2v.reconnect=0 'Copying disk'
end_sessions
over "p2v.reconnect=0" 1 'virt-p2v: error: [^'$'\n'']*connection to [^'$'\n'']* is lost'
ok "p2v.reconnect=0: nothing was tried again" test "${p2v_out/reconnecting/}" = "$p2v_out"
idle_server "p2v.reconnect=0" 30

begin p2v.reconnect=600 'Copying disk'
mv "$server/etc/authorized_keys" "$server/etc/away"
end_sessions
over "a login that is refused" 1 'virt-p2v: error: [^'$'\n'']*does not accept this SSH identity[^'$'\n'']*where virt-v2v may still run'
mv "$server/etc/away" "$server/etc/authorized_keys"
give_up_disks
idle_server "a login that is refused" 60

# ---- cancelling ----------------------------------------------------------------------------------------

for mark in Inspecting 'Copying disk'; do
    for signal in INT TERM; do
        begin "" "$mark"
        kill -s "$signal" "$p2v_pid"
        idle_server "SIG$signal at $mark"
        over "SIG$signal at $mark" 3 '^virt-p2v: [^'$'\n'']*cancelled, and has ended on the conversion server'
    done
    begin "" "$mark"
    server_away
    within 20 reaches 'reconnecting since' || :
    kill -INT "$p2v_pid"
    sleep 2
    server_up "$server"
    idle_server "SIGINT while reconnecting at $mark"
    over "SIGINT while reconnecting at $mark" 3 '^virt-p2v: [^'$'\n'']*cancelled, and has ended on the conversion server'
done
begin "" Inspecting
server_away
within 20 reaches 'reconnecting since' || :
kill -INT "$p2v_pid"
over "SIGINT and the server stays away" 3 'cancelled, but the conversion server has not confirmed[^'$'\n'']*/tmp/virt-p2v-[^'$'\n'']*may still run'
server_up "$server"
give_up_disks
idle_server "SIGINT and the server stays away" 60

# ---- a server without nbdkit ---------------------------------------------------------------------------

printf '#!/bin/sh\ncase "$*" in *--filter=retry*) exit 127; esac\nexec /usr/bin/nbdkit "$@"\n' > "$server/bin/nbdkit"
chmod 755 "$server/bin/nbdkit"
begin "" 'Copying disk'
end_sessions
over "no retry filter" 1 'virt-v2v failed[^'$'\n'']*before that the connection for disk sda was lost'
like "no retry filter: that had been said" "$p2v_out" 'warning: nbdkit with its nbd plugin and its retry filter is not installed'
idle_server "no retry filter"
done_testing
