#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make-disk.t: what virt-p2v-make-disk refuses, before it makes or overwrites anything.  That it makes what boots is in tests/image/.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"
# shellcheck disable=SC2154  # p2v.sh sets them
tool=$tests/../image/virt-p2v-make-disk

like "--version" "$("$tool" --version)" "^virt-p2v-make-disk $(cat "$tests/../VERSION")\$"
for option in -o --output --iso --pxe --arch --cmdline --deb-dir --firmware --inject-ssh-identity --install --known-hosts --password --serial --verbose \
    --help --version; do
    ok "--help has $option" grep -q -- "$option\b" <("$tool" --help)
    ok "and so has the manual" grep -q -- "${option//-/\\\\-}" "$tests/../image/virt-p2v-make-disk.1"
done

# make_deb FOLDER PACKAGE VERSION: a package with nothing in it, for what is refused here is refused before they are looked into.
make_deb()
{
    rm -rf "$scratch/package"
    mkdir -p "$1" "$scratch/package/DEBIAN"
    printf 'Package: %s\nVersion: %s\nArchitecture: amd64\nMaintainer: a test <test@localhost>\nDescription: empty\n' "$2" "$3" > "$scratch/package/DEBIAN/control"
    dpkg-deb --root-owner-group --build "$scratch/package" "$1" > /dev/null
}
version=$(cat "$tests/../VERSION")
make_deb "$scratch/debs" virt-p2v "1:$version"
make_deb "$scratch/debs" virt-p2v-gtk "1:$version+local1"

# refuses NAME STATUS REGEX OPTION...
refuses()
{
    local name=$1 expected=$2 regex=$3 status=0 said
    shift 3
    said=$("$tool" --arch amd64 --deb-dir "$scratch/debs" "$@" 2>&1 < /dev/null) || status=$?
    is "$name is refused" "$status" "$expected"
    like "$name: it is told why" "$said" "$regex"
}

refuses "no output" 2 'name an output'
refuses "an unknown option" 2 'unrecognized option' --kickstart
refuses "a word too many" 2 "what is 'disk.img' for" -o x disk.img
refuses "--iso alone" 2 '-o' --iso --pxe "$scratch/pxe"
refuses "an architecture there is no image for" 2 'amd64' -o "$scratch/x" --arch s390x
refuses "words that GRUB would change" 2 'boot loader' -o "$scratch/x" --cmdline "p2v.pre=\"sh -c 'date'\""
refuses "words with an odd quote" 2 'no other one' -o "$scratch/x" --cmdline 'p2v.pre="date'
refuses "words with a line end" 2 'control character' -o "$scratch/x" --cmdline $'p2v.server=a\np2v.pre=b'
refuses "an option in place of packages" 2 'list of packages' -o "$scratch/x" --install 'a b;c'
refuses "a folder as output" 1 'is a folder' -o "$scratch"
refuses "a folder that is not there" 1 'there is no folder' -o "$scratch/none/x"
refuses "a device that is not there" 1 'there is no device /dev/sdX' -o /dev/sdX
is "and no file is made in its place" "$(ls /dev/sdX 2>/dev/null)" ""
refuses "a file as PXE folder" 1 'is no folder' --pxe "$tool"
refuses "an identity that is not there" 1 'cannot be read' -o "$scratch/x" --inject-ssh-identity "$scratch/none"
ssh-keygen -q -t ed25519 -N '' -f "$scratch/key"
refuses "a public key as identity" 1 'not a private' -o "$scratch/x" --inject-ssh-identity "$scratch/key.pub"
refuses "packages that are not there" 1 "no package virt-p2v for amd64 in $scratch: name its folder by --deb-dir; 'make deb'" -o "$scratch/x" --deb-dir "$scratch"
make_deb "$scratch/old" virt-p2v "1:$version.1"
refuses "a package of another version" 1 "is of version $version\.1, virt-p2v-make-disk of version $version: take" -o "$scratch/x" --deb-dir "$scratch/old"
make_deb "$scratch/classic" virt-p2v "1:$version"
make_deb "$scratch/classic" virt-p2v 1.42.3-1
refuses "the classic virt-p2v" 1 'is of version 1\.42\.3-1' -o "$scratch/x" --deb-dir "$scratch/classic"
mkdir "$scratch/broken"
echo > "$scratch/broken/virt-p2v_9_amd64.deb"
refuses "a package that is none" 1 'is no Debian package' -o "$scratch/x" --deb-dir "$scratch/broken"

# ---- what is a secret ----------------------------------------------------------------------------------

# shellcheck source=image/parts/manifest.sh
. "$tests/../image/parts/manifest.sh"
# shellcheck disable=SC2034  # manifest.sh uses them
mode_with() { local identity='' words=$1; output_mode; }
for word in p2v.password=x p2v.auth.password=x p2v.passphrase=x p2v.auth.identity.passphrase=x p2v.identity=https://me:x@host/key \
    p2v.auth.identity.url=https://host/key?token=x p2v.oo=rhv-password=x p2v.output.misc=x 'p2v.server=a p2v.oc=esx://me@host'; do
    is "an image with the word ${word%%=*} is for its owner alone" "$(mode_with "$word")" 600
done
is "one without a secret is for everybody" "$(mode_with "p2v.server=a p2v.o=local p2v.identity=https://host/key p2v.pre=\"a b\"")" 644

# ---- block devices -------------------------------------------------------------------------------------

truncate -s 64M "$scratch/disk"
device=$(loop_attach "$scratch/disk")
refuses "a block device with --iso" 1 'is a block device' -o "$device" --iso
mke2fs -q "$device"
mkdir "$scratch/mounted"
mount "$device" "$scratch/mounted"
refuses "a mounted device" 1 'in use' -o "$device"
# util-linux before 2.37, and one that does not work at all.
mkdir "$scratch/lsblk-2.36" "$scratch/wrong"
# shellcheck disable=SC2016  # for the script
printf '%s\n' '#!/bin/sh' 'case "$*" in *MOUNTPOINTS*) echo "lsblk: unknown column: MOUNTPOINTS" >&2; exit 1 ;; esac' \
    "exec $(command -v lsblk) \"\$@\"" > "$scratch/lsblk-2.36/lsblk"
printf '%s\n' '#!/bin/sh' 'exit 1' > "$scratch/wrong/lsblk"
chmod 755 "$scratch/lsblk-2.36/lsblk" "$scratch/wrong/lsblk"
PATH=$scratch/lsblk-2.36:$PATH refuses "a mounted device, where lsblk is an old one" 1 'in use' -o "$device"
PATH=$scratch/wrong:$PATH refuses "a device of which nobody can tell whether it is used" 1 'cannot be told' -o "$device"
# Making an image takes minutes, in which the device may come to be used.
writes_late()
{
    # shellcheck disable=SC2034  # for the parts
    local work=$scratch verbose=
    # shellcheck source=image/parts/messages.sh
    . "$tests/../image/parts/messages.sh"
    # shellcheck source=image/parts/target.sh
    . "$tests/../image/parts/target.sh"
    begin_log
    write_target "$scratch/image" "$device"
}
head -c 4096 /dev/urandom > "$scratch/image"
late_status=0
late=$(writes_late 2>&1) || late_status=$?
is "a device that was mounted while the image was made is refused" "$late_status" 1
like "a device that was mounted while the image was made: it is told why" "$late" 'in use'
ok "a device that was mounted while the image was made has its file system still" blkid "$device"
umount "$scratch/mounted"
mkswap -q "$device" 2>/dev/null
swapon "$device"
refuses "a device that is swapped to" 1 'in use' -o "$device"
swapoff "$device"
refuses "the disk of the running system" 1 'in use' -o "$(findmnt --noheadings --output SOURCE /)"
is "nothing was written" "$(ls "$scratch/x" "$scratch/pxe" 2>/dev/null)" ""
done_testing
