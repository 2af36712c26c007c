#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# survive.t: a network that fails does not cost the conversion. Each way for it to fail, once while virt-v2v reads here and
# there and once while it copies; every byte arrives, the person is told, and nothing is left on either side.
#
# The cases run at the same time, each with a network, a server and a conversion of its own: "survive.t CASE" runs one.
set -euo pipefail
cases=(sshd-killed link-down link-down-long sshd-restarted flow-dropped transport-killed port-held external-server)

if [ $# -eq 0 ]; then
    # shellcheck source=tests/lib/tap.sh
    . "$(dirname "$0")/../lib/tap.sh"
    outputs=$(mktemp -d)
    trap 'rm -rf "$outputs"' EXIT
    for case in "${cases[@]}"; do
        setpriv --pdeathsig TERM bash "$0" "$case" > "$outputs/$case" 2>&1 &
        echo "$!" > "$outputs/$case.pid"
    done
    for case in "${cases[@]}"; do
        status=0
        wait "$(cat "$outputs/$case.pid")" || status=$?
        if [ "$status" -eq 0 ]; then sed 's/^/    /' "$outputs/$case"; else diag < "$outputs/$case"; fi
        tap_result "$status" "the conversion survives: $case"
    done
    done_testing
    exit
fi

# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"
# shellcheck source=tests/lib/net.sh
. "$tests/lib/net.sh"

transports() { p2v_processes | awk '$2 == "p2v-transport" { print $1 }'; }
# shellcheck disable=SC2046  # numbers
end_sessions() { kill -KILL $(server_sessions "$server"); }
# shellcheck disable=SC2046
end_transports() { kill -KILL $(transports); }

case_sshd_killed() { end_sessions; }
case_link_down() { net_down; sleep 30; net_up; }            # TCP itself gets over that
case_link_down_long() { net_down; sleep 65; net_up; }
# virt-v2v may open a disk just then: it waits as one that reads does.
case_sshd_restarted()
{
    local port size
    port=$(sed -n 's/.*name="localhost" port="\([0-9]*\)".*/\1/p' "$(remote_folder)/physical.xml")
    server_down "$server"
    end_sessions
    "${server_enter[@]}" nbdinfo --size "nbd://localhost:$port" > "$scratch/size" 2>&1 &
    size=$!
    sleep 5
    ok "who opens the disk meanwhile waits" kill -0 "$size"
    server_up "$server"
    wait "$size" || :                      # what it printed tells
    is "and has the disk then" "$(cat "$scratch/size")" "$(stat -c %s "$scratch/disk")"
}
case_flow_dropped() { net_drop; }
case_transport_killed() { end_transports; }
# The session that holds the port cannot be ended for a while.
case_port_held()
{
    local held
    held=$(server_sessions "$server")
    # shellcheck disable=SC2086
    kill -STOP $held
    end_transports
    sleep 15
    # shellcheck disable=SC2086
    kill -KILL $held
}
case_external_server() { end_transports; }

losses() { grep -c "for disk sda is lost ([^)]*.*): reconnecting since [0-9:]* UTC, for at most 600 seconds" "$scratch/stdout" || :; }
returns() { grep -c "for disk sda is back after [0-9]* s" "$scratch/stdout" || :; }
has_returned() { p2v_ended || [ "$(returns)" -ge $(($1 * each)) ]; }
reaches() { p2v_ended || grep -q "$1" "$scratch/stdout"; }
# sshd itself listens on; a session of a connection that has just closed may take a moment.
ports_of_server() { "${server_enter[@]}" ss -Hltn "not sport = :$server_port"; }

begin=$SECONDS
each=1             # losses and returns of the disk's connection, each time
[ "$1" != link-down ] || each=0
net_start
make_disk "$scratch/disk" 48 random
new_server slow --v2v slow --address "$net_address" --restarts
echo 15 > "$server/etc/slow"
mkdir "$scratch/out"
p2v_options=(--verbose)
[ "$1" != external-server ] || p2v_options+=(--nbd=nbdkit)
user=root
# shellcheck disable=SC2154  # server.env sets it
if [ "$1" = flow-dropped ]; then user=$server_user; fi     # who has no rights on the server but his own
chmod 1777 "$scratch/out"
start_p2v "$(server_cmdline "$user") p2v.o=local p2v.os=$scratch/out p2v.post=\"touch $scratch/post\"" "$scratch/disk"

ok "the conversion begins" within 60 reaches Inspecting
sleep 3
"case_${1//-/_}"
ok "in mid-conversion: the disk's connection comes back" within 200 has_returned 1
ok "virt-v2v begins to copy" within 200 reaches 'Copying disk'
sleep 3
"case_${1//-/_}"
ok "in mid-copy: the disk's connection comes back" within 200 has_returned 2
wait_p2v 300
is "the conversion succeeds" "$p2v_status" 0
[ "$p2v_status" = 0 ] || { show_output; tail -n 40 "$(remote_folder)/virt-v2v-conversion-log.txt" | diag; }
ok "the disk has arrived, byte for byte" cmp "$scratch/disk" "$scratch/out/guest-sda"
is "each loss is told, with what and since when" "$(losses)" $((2 * each))
is "and each return" "$(returns)" $((2 * each))
is "virt-v2v's messages are there once each" "$(grep -c -e 'Setting up the source' -e 'Inspecting the source' -e 'Copying disk' -e 'Finishing off' <<< "$p2v_out")" 4
is "virt-v2v was run once" "$(find "$server/tmp" -maxdepth 1 -name 'virt-p2v-*' | wc -l)" 1
ok "p2v.post has run" test -e "$scratch/post"
ok "none of our processes is left" within 5 no_p2v_process_left
ok "and none on the server" within 10 server_idle "$server"
server_processes "$server" | diag
is "no port is left there" "$(ports_of_server)" ""
if [ "$1" = port-held ]; then like "the port that is held is named" "$p2v_out" 'from which virt-v2v reads, is still held'; fi
if [ "$1" = flow-dropped ]; then
    like "the silence is noticed within 60 s" "$p2v_out" 'is lost \([^)]*(no answer for 50 seconds|Timed? ?out|timed out)'
fi
diag "$1 took $((SECONDS - begin)) s"
done_testing
