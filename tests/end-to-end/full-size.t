#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# full-size.t: 2 GiB of random bytes arrive as they are, by a server that re-keys every 16 MiB, and by one that has ChaCha20
# alone. The server's virt-v2v hashes what it gets, so that there is no second copy.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"

# The same bytes everywhere: AES-CTR of zeroes with a fixed key. The digest is of them, not of the file found in the cache.
size=2147483648
digest=9b0b30b4cbd01985af372facb6d53d0e74720f192597987ba4780c5b69ca0b12
cache=${P2V_TEST_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/virt-p2v-tests}
disk=$cache/random-2g
mkdir -p "$cache"
exec {lock}> "$disk.lock"    # another run of this test, elsewhere on this machine, may be making it
flock "$lock"
if [ "$(stat -c %s "$disk" 2>/dev/null)" != "$size" ]; then
    # openssl ends by SIGPIPE, which is as it should be.
    { openssl enc -aes-128-ctr -K 000102030405060708090a0b0c0d0e0f -iv 0 -in /dev/zero 2>/dev/null || :; } | head -c "$size" > "$disk.new"
    mv "$disk.new" "$disk"
fi
exec {lock}>&-

# arrives NAME LOG-REGEX TIMES: with this server the disk arrives; and sshd's log has lines like LOG-REGEX, so many at least.
arrives()
{
    local name=$1 began=$SECONDS
    mkdir "$scratch/out"
    run_p2v 600 "$(server_cmdline root) p2v.o=local p2v.os=$scratch/out" "$disk"
    is "$name: the conversion succeeds" "$p2v_status" 0
    [ "$p2v_status" = 0 ] || show_output
    is "$name: 2 GiB arrive byte for byte" "$(cat "$scratch/out/guest-sda.sha256")" "$digest"
    like "$name: lines tell how far it is" "$p2v_out" 'virt-p2v: disk sda: [1-9][0-9] % of 2\.0 GiB'
    ok "$name: at most ten of them" test "$(grep -c 'virt-p2v: disk sda: [0-9]* %' <<< "$p2v_out")" -le 10
    ok "$name: sshd's log has it $3 times" test "$(grep -cE "$2" "$server/log/sshd")" -ge "$3"
    diag "$name: $((SECONDS - began)) s"
    rm -r "$scratch/out"
    server_stop "$server"
}

new_server rekey --v2v digest --sshd 'LogLevel DEBUG1' --sshd 'RekeyLimit 16M'
arrives "a server that re-keys every 16 MiB" 'set_newkeys: rekeying (in|out), input' 128
new_server narrow --v2v digest --sshd 'LogLevel DEBUG1' --sshd 'Ciphers chacha20-poly1305@openssh.com'
arrives "a server that has ChaCha20 alone" 'kex: client->server cipher: chacha20-poly1305@openssh.com' 3
done_testing
