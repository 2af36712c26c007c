#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# boot-guest.sh DISK FORMAT [BUS]: does this disk boot to a login prompt?
#
# Boots DISK (FORMAT raw or qcow2) under qemu's own emulation, no KVM, no network, on BUS virtio
# (default: what virt-v2v makes) or ide (the physical machine). Everything written goes to a
# snapshot, never to DISK. Says how long it took; on failure shows the console's last lines and exits 1.
# P2V_BOOT_TIMEOUT: seconds to wait, default 600.   P2V_BOOT_LOG: where to keep the console's text.
set -euo pipefail

if [ $# -lt 2 ] || [ ! -r "$1" ]; then
    echo "usage: boot-guest.sh DISK FORMAT [virtio|ide]" >&2
    exit 2
fi
disk=$1 format=$2 bus=${3:-virtio}
timeout=${P2V_BOOT_TIMEOUT:-600}
scratch=$(mktemp -d)
log=${P2V_BOOT_LOG:-$scratch/console}
qemu=
finish()
{
    if [ -n "$qemu" ] && kill -KILL "$qemu" 2>/dev/null; then
        wait "$qemu" 2>/dev/null || :    # it was killed: its status says only that
    fi
    rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 130' INT TERM

: > "$log"
# -vga std: without any VGA, GRUB hangs before the kernel on a virtio disk.
# TMPDIR: where qemu puts the snapshot. setpriv: qemu ends with this script however the script ends.
TMPDIR=$scratch setpriv --pdeathsig KILL qemu-system-x86_64 -nodefaults -no-user-config -machine pc,accel=tcg -cpu max \
    -m 1024 -vga std -display none -no-reboot -serial "file:$log" -monitor none -nic none \
    -drive "file=$disk,format=$format,if=$bus,snapshot=on" < /dev/null 2> "$scratch/qemu-stderr" &
qemu=$!

started=$SECONDS
while ! grep -aq 'login:' "$log"; do
    if ! kill -0 "$qemu" 2>/dev/null; then
        verdict="qemu ended before the login prompt"
    elif [ $((SECONDS - started)) -ge "$timeout" ]; then
        verdict="no login prompt within $timeout s"
    else
        sleep 0.5
        continue
    fi
    echo "boot-guest.sh: $verdict; the console's last lines:" >&2
    tail -n 25 "$log" "$scratch/qemu-stderr" >&2
    exit 1
done
echo "boot-guest.sh: $(basename "$disk") booted to a login prompt in $((SECONDS - started)) s"
