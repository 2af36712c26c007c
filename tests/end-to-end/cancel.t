#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# cancel.t: a conversion that is cancelled, or whose supervisor is killed, leaves nothing running on either side.
# The server's virt-v2v reads a little of the disk and then waits.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"

make_disk "$scratch/disk" 1 random
new_server hang --v2v hang
good="$(server_cmdline root) p2v.o=local p2v.os=$scratch"

virt_v2v_runs() { [[ $(server_processes "$server") == *bin/virt-v2v* ]]; }

for signal in INT TERM QUIT; do
    start_p2v "$good" "$scratch/disk"
    comes_to 'Copying disk'
    ok "virt-v2v runs before SIG$signal" virt_v2v_runs
    kill -s "$signal" "$p2v_pid"
    ok "within 10 s of SIG$signal nothing runs on the server" within 10 server_idle "$server"
    diag <<< "$(server_processes "$server")"
    wait_p2v 15
    is "after SIG$signal the exit status is 3" "$p2v_status" 3
    [ "$p2v_status" = 3 ] || show_output
    like "and the person is told that it was cancelled" "$p2v_err" '^virt-p2v: [^'$'\n'']*cancelled[^'$'\n'']*$'
    ok "and none of our processes is left" within 5 no_p2v_process_left
done

start_p2v "$good" "$scratch/disk"
comes_to 'Copying disk'
ok "a conversion runs before its supervisor is killed" virt_v2v_runs
kill -KILL "$p2v_pid"
ok "none of our processes outlives a supervisor that is killed" within 5 no_p2v_process_left
wait_p2v 5
server_stop "$server"

done_testing
