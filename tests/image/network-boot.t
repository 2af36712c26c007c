#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# network-boot.t: a physical machine that gets a kernel, an initrd and the p2v.* words by PXE is converted by itself, by the real
# virt-v2v, and powers itself off. Its disks are as they were, and the result boots. About six minutes.
# shellcheck disable=SC2154  # server.env and p2v.sh set some variables
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"
# shellcheck source=tests/image/machine.sh
. "$(dirname "$0")/machine.sh"

machine_disks
digests=$(machine_digests)
new_server real --v2v real
mkdir "$scratch/out"
words="p2v.server=10.0.2.2 p2v.port=$server_port p2v.hostkey=$server_fingerprint p2v.identity=file:///var/tmp/id_rsa \
p2v.o=local p2v.os=$scratch/out p2v.of=raw p2v.name=guest $machine_words"

# ---- what virt-p2v-make-disk makes ----------------------------------------------------------------------

ok "the files for PXE are made" make_image --pxe "$scratch/pxe" --cmdline "$words" --inject-ssh-identity "$server_key" --serial
for file in vmlinuz initrd pxelinux.cfg/default boot.ipxe grub.cfg manifest; do
    ok "$file is there" test -s "$scratch/pxe/$file"
done
is "what has a private key in it is for its owner alone" "$(stat -c %a "$scratch/pxe/initrd")" 600
ok "the initrd is smaller than 400 MiB" test "$(stat -c %s "$scratch/pxe/initrd")" -lt $((400 << 20))
ok "the manifest has the kernel's version" grep -qE $'^linux-image-[0-9.-]+-amd64\t[0-9]' "$scratch/pxe/manifest"
ok "and ours" grep -qE $'^virt-p2v\t' "$scratch/pxe/manifest"
ok "and the initrd's digest" grep -qF "$(sha256sum < "$scratch/pxe/initrd" | cut -d' ' -f1) initrd" "$scratch/pxe/manifest"
append=$(sed -n 's/^ *APPEND //p' "$scratch/pxe/pxelinux.cfg/default")
like "pxelinux's example has the words" "$append" 'p2v\.server=10\.0\.2\.2 .*p2v\.name=guest'

# ---- the boot, and the conversion ----------------------------------------------------------------------

machine_start -kernel "$scratch/pxe/vmlinuz" -initrd "$scratch/pxe/initrd" -append "$append"
ok "the machine boots, and the copy is begun" within 900 machine_says_or_ended 'Copying disk 1/'
ok "it is still there then" machine_says 'Copying disk 1/'
machine_says 'Copying disk 1/' || machine_show
ok "it powers itself off when it is converted" within 1200 machine_ended
machine_ended || machine_show
machine_stop
ok "the person was told that it was converted" machine_says 'the conversion has succeeded'
is "neither disk was written to" "$(machine_digests)" "$digests"

remote=$(remote_folder)
is "the conversion server's status is 0" "$(cat "$remote/status" 2>/dev/null)" 0
for disk in sda nvme0n1; do
    ok "physical.xml has $disk" grep -q "$disk" "$remote/physical.xml"
done
is "and both network cards" "$(grep -c '<interface ' "$remote/physical.xml")" 2
ok "and the CD drive" grep -q "device=['\"]cdrom['\"]" "$remote/physical.xml"
ok "dmesg came" grep -q 'Linux version' "$remote/dmesg"
ok "the guest's second disk is what the machine's was" cmp "$scratch/out/guest-sdb" "$machine/nvme.img"
ok "the result boots" "$tests/guest/boot-guest.sh" "$scratch/out/guest-sda" raw
done_testing
