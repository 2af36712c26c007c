#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# reproducible.t: the same packages, options and date give the same bytes, whoever makes the image and wherever; and an ordinary user
# can make it. About five minutes.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"
# shellcheck source=tests/image/machine.sh
. "$(dirname "$0")/machine.sh"

export SOURCE_DATE_EPOCH=1700000000
ok "the image is made" make_image --output "$scratch/one.iso" --pxe "$scratch/one"
mkdir "$scratch/elsewhere"
ok "and again, in another folder, time zone and language, with another umask" env TMPDIR="$scratch/elsewhere" TZ=Asia/Tokyo LC_ALL=C \
    bash -c 'umask 077; exec "$@"' - "$tests/../image/virt-p2v-make-disk" --deb-dir "$scratch/deb" --output "$scratch/two.iso" --pxe "$scratch/two"
for file in vmlinuz initrd pxelinux.cfg/default boot.ipxe grub.cfg; do
    ok "$file is the same" cmp "$scratch/one/$file" "$scratch/two/$file"
done
ok "the ISO is the same" cmp "$scratch/one.iso" "$scratch/two.iso"
is "and the manifests, but for its name" "$(diff <(grep -v '\.iso$' "$scratch/one.iso.manifest") <(grep -v '\.iso$' "$scratch/two.iso.manifest"))" ""
done_testing
