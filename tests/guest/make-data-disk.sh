#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make-data-disk.sh IMAGE: a raw data disk of 64 MiB that a system which touched it would change: a volume group with a logical volume, swap,
# an md mirror, and an ext4 whose journal has a transaction to be replayed. Made by the real tools, in libguestfs's appliance.
set -euo pipefail
image=$1 part=$1.part
trap 'rm -f "$part" "$part.commands"' EXIT
rm -f "$image"
truncate -s 64M "$image"
LIBGUESTFS_BACKEND=direct LIBGUESTFS_BACKEND_SETTINGS=force_tcg guestfish --format=raw -a "$image" <<'FISH'
run
part-init /dev/sda gpt
part-add /dev/sda p 2048 26623
part-add /dev/sda p 26624 43007
part-add /dev/sda p 43008 67583
part-add /dev/sda p 67584 92159
part-add /dev/sda p 92160 124927
pvcreate /dev/sda1
vgcreate vgdata /dev/sda1
lvcreate lvdata vgdata 4
mkfs ext4 /dev/vgdata/lvdata
mkswap /dev/sda2 label:swapdata
md-create mddata "/dev/sda3 /dev/sda4" level:raid1
mkfs ext4 /dev/md/mddata
mkfs ext4 /dev/sda5 label:dirtydata
FISH
dd if="$image" of="$part" bs=512 skip=92160 count=32768 status=none
printf '%s\n' jo 'jw -b 1000 /etc/hostname' jc > "$part.commands"
debugfs -w -f "$part.commands" "$part" > /dev/null 2>&1
dumpe2fs -h "$part" 2> /dev/null | grep -q needs_recovery
dd if="$part" of="$image" bs=512 seek=92160 conv=notrunc status=none
