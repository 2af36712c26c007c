#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bad-input.t: whatever is wrong with the server, the login, virt-v2v or a disk, the run ends by itself with a non-zero
# status, one clear sentence on standard error, p2v.fail run, and no process left.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"

make_disk "$scratch/disk" 1 random
mkdir "$scratch/out"
output="p2v.o=local p2v.os=$scratch/out p2v.name=guest"
line="[^"$'\n'"]*"    # a regular expression: any text of one line
seconds=90    # no case may take longer

# fails NAME REGEX CMDLINE DISK...: with this input the run ends as this file's head says, and the sentence is like REGEX.
fails()
{
    local name=$1 regex=$2 cmdline=$3 began=$SECONDS
    shift 3
    rm -f "$scratch/fail"
    run_p2v "$seconds" "$output $cmdline p2v.fail=\"touch $scratch/fail\"" "$@"
    is "$name: the exit status is 1" "$p2v_status" 1
    [ "$p2v_status" = 1 ] || show_output
    # A sentence: one line, from a capital or small letter on, and no stray program's own words beside it.
    like "$name: standard error is one sentence that names the cause" "$p2v_err" "^virt-p2v: error: $line$regex$line\$"
    ok "$name: p2v.fail ran" test -e "$scratch/fail"
    ok "$name: none of our processes is left" within 5 no_p2v_process_left
    diag "$name ($((SECONDS - began)) s): $p2v_err"
}

# ---- the server ----------------------------------------------------------------------------------------

new_server copy --v2v copy
good=$(server_cmdline root)
at="p2v.server=127.0.0.1 p2v.port=$server_port"

fails "no p2v.server" 'p2v\.server' "" "$scratch/disk"

# Other tests have servers at ports above 1023.
fails "a port with nothing behind it" '127\.0\.0\.1 refuses connections on port 1: ' "p2v.server=127.0.0.1 p2v.port=1 p2v.password=x" "$scratch/disk"

fails "a name that is not to be resolved" 'no-such-host\.invalid' "p2v.server=no-such-host.invalid p2v.password=x" "$scratch/disk"

answering ""
fails "a server that accepts and says nothing" "127\.0\.0\.1" "p2v.server=127.0.0.1 p2v.port=$answer_port p2v.password=x" "$scratch/disk"
end_answering
answering $'HTTP/1.1 400 Bad Request\r\n\r\n'
fails "a port where something else than SSH answers" "127\.0\.0\.1.*(SSH|ssh)" "p2v.server=127.0.0.1 p2v.port=$answer_port p2v.password=x" "$scratch/disk"
end_answering

# A network in which packets to 192.0.2.2 vanish.
# shellcheck disable=SC2016,SC2034  # the inner shell's $; start_p2v uses it
p2v_wrapper=(unshare --net bash -ec 'ip link add here type veth peer name there
    ip addr add 192.0.2.1/24 dev here; ip link set here up; ip link set there up
    ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:01 dev here; exec "$@"' -)
fails "an address where packets vanish" "192\.0\.2\.2" "p2v.server=192.0.2.2 p2v.password=x" "$scratch/disk"
p2v_wrapper=()

# ---- the login -----------------------------------------------------------------------------------------

fails "a wrong password" 'password' "$at p2v.password=wrong" "$scratch/disk"
ssh-keygen -q -t ed25519 -N '' -f "$scratch/other-key"
fails "a key the server does not know" '(key|identity)' "$at p2v.identity=file://$scratch/other-key" "$scratch/disk"
fails "an identity file that is not there" "$scratch/no-key" "$at p2v.identity=file://$scratch/no-key" "$scratch/disk"
echo "not a key" > "$scratch/garbage"
fails "an identity file that is no key" '(key|identity)' "$at p2v.identity=file://$scratch/garbage" "$scratch/disk"
fails "neither a password nor a key" '(p2v\.password|p2v\.identity|password|key)' "$at" "$scratch/disk"

# ---- the disk ------------------------------------------------------------------------------------------

fails "a disk that is not there" "$scratch/no-disk.*No such file" "$good" "$scratch/no-disk"
fails "a second disk that is not there" "$scratch/no-disk.*No such file" "$good" "$scratch/disk" "$scratch/no-disk"
fails "a folder for a disk" "$scratch/out" "$good" "$scratch/out"
fails "a character device for a disk" "/dev/null" "$good" /dev/null
mkfifo "$scratch/fifo"
fails "a FIFO for a disk" "$scratch/fifo" "$good" "$scratch/fifo"
: > "$scratch/empty"
fails "an empty file for a disk" "$scratch/empty" "$good" "$scratch/empty"

make_disk "$scratch/source" 2 random
failing_disk bad-disk "$scratch/source" 1048576:1048576
fails "an output mode that the server lacks" 'has no output mode teleport: p2v\.o can be one of [^ ]+, .*local' "$good p2v.o=teleport" "$scratch/disk"
fails "a disk that cannot be read to its end" 'disk sda could not be read at byte 1048576' "$good" "$scratch/bad-disk"
umount --lazy "$scratch/bad-disk"    # who has read it may be ending yet
server_stop "$server"

# ---- virt-v2v, and what the server permits -------------------------------------------------------------

new_server missing --v2v missing
fails "no virt-v2v on the server" 'virt-v2v' "$(server_cmdline root)" "$scratch/disk"
server_stop "$server"

new_server fail --v2v fail
fails "a virt-v2v that fails" 'virt-v2v' "$(server_cmdline root)" "$scratch/disk"
like "what virt-v2v said is shown" "$p2v_out$p2v_err" 'inspection could not detect the source guest'
is "and the remote folder's status is virt-v2v's" "$(cat "$(remote_folder)/status")" 1
server_stop "$server"

new_server closed --v2v copy --sshd 'AllowTcpForwarding no'
fails "a server that forbids forwarding" '[Ff]orward' "$(server_cmdline root)" "$scratch/disk"
server_stop "$server"

new_server nosudo --v2v copy
# In place: the server has this very file mounted.
sudoers=$(grep -v '^p2v ' "$server/etc/sudoers")
echo "$sudoers" > "$server/etc/sudoers"
fails "a user who may not sudo" 'sudo' "$(server_cmdline p2v) p2v.sudo" "$scratch/disk"

done_testing
