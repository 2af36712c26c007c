#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# demo.sh: one whole conversion on this machine, for a person to watch. Called by "make demo", as root.
#
# The disk of a "physical machine" is a small real Debian (made once); the conversion server is a private sshd on
# loopback with the real virt-v2v; between them are the programs. The virtual machine that comes out is booted
# until its login prompt. What stays is that virtual machine; no process, mount or user does.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/lib/p2v.sh"

say() { printf '\n==> %s\n' "$*"; }

say "The physical machine: a disk with Debian on it"
guest=$("$tests/guest/make-guest.sh")
echo "$guest"
digest=$(sha256sum < "$guest")
machine=$(dirname "$guest")/demo
exec {lock}> "$machine.lock"
if ! flock --nonblock "$lock"; then
    echo "demo.sh: another demo is writing to $machine" >&2
    exit 1
fi
rm -rf "$machine"
mkdir "$machine"

say "The conversion server: sshd on loopback, and $(virt-v2v --version)"
new_server demo --v2v real
# shellcheck disable=SC2154  # server.env sets it
echo "127.0.0.1 port $server_port, host key $server_fingerprint"

say "The conversion, by p2v-supervisor, p2v-inspect, p2v-export, p2v-transport and p2v-ui"
env --default-signal=INT,QUIT setpriv --pdeathsig KILL \
    "$scratch/bin/virt-p2v" --helper-dir "$scratch/bin" --test-disk="$guest" \
    --cmdline "$(server_cmdline root) p2v.o=local p2v.os=\"$machine\" p2v.of=raw" < /dev/null &
p2v_pid=$!
wait "$p2v_pid"
p2v_pid=

if [ "$(sha256sum < "$guest")" != "$digest" ]; then
    echo "demo.sh: the physical disk has changed" >&2
    exit 1
fi
say "The physical disk is unchanged, by its SHA-256"

say "The virtual machine"
ls -lsh "$machine"

say "Booting it, by emulation, until its login prompt"
"$tests/guest/boot-guest.sh" "$machine/guest-sda" raw

say "Done in $SECONDS s. The virtual machine is $machine/guest.xml and $machine/guest-sda"
