#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# reproducible.t: the same packages, options and date give the same bytes, whoever makes the image and wherever.
# The second time it is written to a block device, a partition, which is warned of. About five minutes.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"
# shellcheck source=tests/image/machine.sh
. "$(dirname "$0")/machine.sh"

truncate -s 600M "$scratch/stick"
echo ',,L,*' | sfdisk --quiet "$scratch/stick"
device=$(loop_attach "$scratch/stick")
partx --add "$device"                      # not every kernel reads partition tables by itself
stick=${device}p1

export SOURCE_DATE_EPOCH=1700000000
ok "the image is made" make_image --output "$scratch/one.iso" --pxe "$scratch/one"
mkdir "$scratch/elsewhere"
ok "and again, in another folder, time zone and language, with another umask" env TMPDIR="$scratch/elsewhere" TZ=Asia/Tokyo LC_ALL=C said="$scratch/said" \
    bash -c 'umask 077; exec "$@" 2> "$said"' - "$tests/../image/virt-p2v-make-disk" --deb-dir "${P2V_DEBS:-$scratch/deb}" --output "$stick" --pxe "$scratch/two"
like "who names a partition is warned" "$(cat "$scratch/said")" "warning: $stick is a partition"
for file in vmlinuz initrd pxelinux.cfg/default boot.ipxe grub.cfg manifest; do
    ok "$file is the same" cmp "$scratch/one/$file" "$scratch/two/$file"
done
ok "and what is on the block device" cmp --bytes="$(stat -c %s "$scratch/one.iso")" "$scratch/one.iso" "$stick"
ok "the ISO has a manifest beside it" grep -qE $'^virt-p2v\t' "$scratch/one.iso.manifest"
partx --delete "$device"
done_testing
