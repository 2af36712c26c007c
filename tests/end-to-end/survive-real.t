#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# survive-real.t: the real virt-v2v, whose connections are cut while it inspects, while it converts and while it copies.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"

guest=$("$tests/guest/make-guest.sh")
new_server real --v2v real --restarts
mkdir "$scratch/out"
begin=$SECONDS
# Slow enough that the copy is still under way when it is cut.
start_p2v "$(server_cmdline root) p2v.bwlimit=400M p2v.o=local p2v.os=$scratch/out p2v.of=raw" "$guest"

reaches() { p2v_ended || grep -q "$1" "$scratch/stdout"; }
for mark in 'Opening the source' 'Inspecting the source' 'Converting' 'Copying disk'; do
    ok "virt-v2v comes to: $mark" within 600 reaches "$mark"
    sleep 2
    # shellcheck disable=SC2046  # numbers
    ok "  ... and its connections are cut" kill -KILL $(server_sessions "$server")
done
wait_p2v 900
diag "the conversion took $((SECONDS - begin)) s"
is "the conversion succeeds" "$p2v_status" 0
[ "$p2v_status" = 0 ] || show_output
is "each of four losses is told" "$(grep -c 'for disk sda is lost' <<< "$p2v_out")" 4
is "and each return" "$(grep -c 'for disk sda is back' <<< "$p2v_out")" 4
is "each of virt-v2v's messages came once" "$(grep -c -e 'Opening the source' -e 'Converting .* to run on' -e 'Finishing off' <<< "$p2v_out")" 3
ok "none of our processes is left" within 5 no_p2v_process_left
ok "and none on the server" within 10 server_idle "$server"
ok "the virtual machine boots to a login prompt" "$tests/guest/boot-guest.sh" "$scratch/out/guest-sda" raw
done_testing
