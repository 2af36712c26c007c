#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# iso.t: one image, whose words and key are baked in, boots as a CD by SeaBIOS and by OVMF and converts the machine by the real virt-v2v,
# which then powers itself off; as a USB stick it boots by both too, with Secure Boot on.
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
words="p2v.server=10.0.2.2 p2v.port=$server_port p2v.identity=file:///var/tmp/id_rsa p2v.o=local p2v.os=$scratch/out p2v.of=raw p2v.name=guest $machine_words"
known_hosts=$scratch/known_hosts
echo "[10.0.2.2]:$server_port $(cat "$server/etc/host_key.pub")" > "$known_hosts"
iso=$scratch/p2v.iso
ovmf=(-drive "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd" -drive "if=pflash,format=raw,file=$scratch/vars")

ok "the image is made" make_image --output "$iso" --iso --serial --cmdline "$words" --inject-ssh-identity "$server_key" --known-hosts "$known_hosts"
ok "it is smaller than 400 MiB" test "$(stat -c %s "$iso")" -lt $((400 << 20))
ok "its manifest has the boot loader" grep -q '^shim-signed' "$iso.manifest"

# converts NAME OPTION...: by the CD
converts()
{
    local name=$1
    shift
    rm -rf "$scratch"/out/* "$server"/tmp/virt-p2v-*
    machine_cd=$iso
    machine_start "$@"
    ok "$name: the machine is converted, and powers itself off" within 900 machine_ended
    machine_ended || machine_show
    machine_stop
    machine_cd=
    is "$name: the server says so" "$(cat "$(remote_folder)/status" 2>/dev/null)" 0
    is "$name: no disk was written to" "$(machine_digests)" "$digests"
    ok "$name: the second disk arrived" cmp "$scratch/out/guest-sdb" "$machine/nvme.img"
    ok "$name: the first one boots" "$tests/guest/boot-guest.sh" "$scratch/out/guest-sda" raw
}

# sticks NAME OPTION...: by the USB stick, as far as the medium and the server are found
sticks()
{
    local name=$1
    shift
    machine_start -device qemu-xhci -drive "if=none,id=stick,file=$iso,format=raw,readonly=on" -device usb-storage,drive=stick,bootindex=0 "$@"
    ok "$name: the server is found" within 300 machine_says 'connecting to 10\.0\.2\.2'
    machine_says 'connecting to' || machine_show
    ok "$name: the stick is not taken for a disk of the machine" machine_says 'the disk sd[ab] is a medium that virt-p2v boots from'
    machine_stop
}

converts "CD, SeaBIOS"
cp /usr/share/OVMF/OVMF_VARS_4M.fd "$scratch/vars"
converts "CD, OVMF" "${ovmf[@]}"
sticks "USB, SeaBIOS"
cp /usr/share/OVMF/OVMF_VARS_4M.ms.fd "$scratch/vars"
sticks "USB, OVMF with Secure Boot" -machine q35,smm=on -global driver=cfi.pflash01,property=secure,value=on \
    -drive "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.secboot.fd" -drive "if=pflash,format=raw,file=$scratch/vars"
ok "and the kernel says that Secure Boot is on" machine_says 'Secure boot enabled'
done_testing
