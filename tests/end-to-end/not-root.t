#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# not-root.t: started by an ordinary user, virt-p2v converts the disks that user may read, keeps the layers of the sandbox
# that need no privilege, and names those that are missing.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"

user=64702                                   # nobody's, and has no name
make_disk "$scratch/disk" 24 random
chmod 644 "$scratch/disk"
new_server plain --v2v copy
chmod 711 "$scratch/servers" "$server"
install -m 600 -o "$user" "$server_key" "$scratch/key"
mkdir "$scratch/out"

p2v_wrapper=(setpriv --reuid "$user" --regid "$user" --clear-groups)
watch_processes
start_p2v "p2v.server=127.0.0.1 p2v.port=$server_port p2v.identity=file://$scratch/key p2v.name=guest p2v.os=$scratch/out" "$scratch/disk"
wait_p2v 60
wait "$watch"
seen=$(grep ' p2v-export ' "$scratch/processes" || :)    # what is there is looked at below
is "the conversion succeeds" "$p2v_status" 0
[ "$p2v_status" = 0 ] || show_output
ok "the disk arrives byte for byte" cmp "$scratch/disk" "$scratch/out/guest-sda"
like "the missing layer is named" "$p2v_out" "p2v-export: not sandboxed by uid and gid: not started by root: stays uid $user"
like "p2v-export runs as that user" "$seen" "Uid=$user/$user/$user/$user "
like "p2v-export has a seccomp filter all the same" "$seen" "Seccomp=2"
like "p2v-export has no new privileges" "$seen" "NoNewPrivs=1"
like "p2v-export has no capability" "$seen" "CapEff=0000000000000000"

chmod 600 "$scratch/disk"
run_p2v 60 "p2v.server=127.0.0.1 p2v.port=$server_port p2v.identity=file://$scratch/key" "$scratch/disk"
is "a disk that user may not read fails the conversion" "$p2v_status" 1
like "and is named with the cause" "$p2v_err" "error: cannot open the disk $scratch/disk: Permission denied"
ok "no process is left" within 5 no_p2v_process_left
done_testing
