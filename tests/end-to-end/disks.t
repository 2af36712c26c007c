#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# disks.t: disks arrive byte for byte, whatever the login, the number of disks, their size, and the SSH connection's habits.
# The server's virt-v2v only copies.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"

make_disk "$scratch/random" 64 random
make_disk "$scratch/half" 30 half-zero 3    # a whole number of sectors, but not of 4 KiB blocks
digest=$(sha256sum "$scratch/random" "$scratch/half")

# arrives NAME CMDLINE DISK...: the conversion succeeds, and each disk is on the server as it is here.
arrives()
{
    local name=$1 cmdline=$2 letters=abcdefgh disk number=0
    shift 2
    mkdir "$scratch/out"
    run_p2v 120 "$cmdline p2v.name=guest p2v.o=local p2v.os=$scratch/out p2v.of=raw" "$@"
    is "$name: the conversion succeeds" "$p2v_status" 0
    [ "$p2v_status" = 0 ] || show_output
    for disk in "$@"; do
        ok "$name: disk $((number + 1)) of $# is the same, byte for byte" cmp "$disk" "$scratch/out/guest-sd${letters:number:1}"
        number=$((number + 1))
    done
    ok "$name: none of our processes is left" within 5 no_p2v_process_left
    rm -r "$scratch/out"
}

new_server copy --v2v copy --password "it's; a \$(pass) \`word\`"
at="p2v.server=127.0.0.1 p2v.port=$server_port"
by_key="p2v.identity=file://$server_key"
# shellcheck disable=SC2154  # server.env sets it
arrives "two disks, by password" "$at p2v.username=root p2v.password=\"$server_password\"" "$scratch/random" "$scratch/half"
arrives "by key, as a user with sudo" "$at p2v.username=p2v $by_key p2v.sudo" "$scratch/half"
arrives "a block device" "$at $by_key" "$(loop_attach "$scratch/half" --read-only)"
server_stop "$server"

new_server rekey --v2v copy --sshd 'RekeyLimit 1M'
arrives "a server that re-keys every MiB" "p2v.server=127.0.0.1 p2v.port=$server_port p2v.identity=file://$server_key" "$scratch/random"
server_stop "$server"

new_server narrow --v2v copy --sshd 'Ciphers chacha20-poly1305@openssh.com'
arrives "a server that offers ChaCha20 alone" "p2v.server=127.0.0.1 p2v.port=$server_port p2v.identity=file://$server_key" "$scratch/half"
server_stop "$server"

is "the disks here are as they were" "$(sha256sum "$scratch/random" "$scratch/half")" "$digest"
done_testing
