#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make-guest.sh [OUT.img]: a small real Debian as the disk of a physical machine.
#
# A 2 GiB raw image: MBR, GRUB, one ext4 root, a getty on ttyS0. It boots from an IDE disk, as the
# physical machine, and from a virtio disk, as virt-v2v leaves it. Built once for each version of
# this script and kept in a cache; prints the cached file, which callers must only read, or copies
# it to OUT.img. Needs root, Debian's packages and about two minutes the first time; no KVM.
set -euo pipefail

suite=bookworm
packages=linux-image-cloud-amd64,grub-pc,initramfs-tools,zstd,systemd-sysv,udev,kmod,e2fsprogs,login,passwd
image_size=2G
root_offset=1048576

# With MODULES=list virt-v2v rebuilds the initramfs in seconds under emulation, with "most" in many minutes; the least compression, and no
# hooks of what this guest has not, halve that.
boot_drivers="virtio_pci virtio_blk virtio_scsi sd_mod ata_piix ata_generic"

cache=${P2V_TEST_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/virt-p2v-tests}
key=$(sha256sum -- "$0" | cut -c1-16)
cached=$cache/guest-$key.img

# The mirror this machine's own apt uses for the suite; mmdebstrap's default where there is none.
mirror()
{
    # shellcheck disable=SC2016  # $(REPO_URI) is apt's own notation
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $suite" 'Label: Debian' |
        sed -n 1p
}

# Where much else goes on, the emulated machine needs more than the usual 90 seconds to find its serial line: patience.conf.
build()
{
    local scratch=$1 root=$1/root image=$1/guest.img uuid
    uuid=$(cat /proc/sys/kernel/random/uuid)

    # shellcheck disable=SC2016  # mmdebstrap's hooks get the root as their own $1
    mmdebstrap --quiet --mode=root --variant=minbase --include="$packages" \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/initramfs-tools/hooks/*' \
        --dpkgopt='path-include=/usr/share/initramfs-tools/hooks/k[lm]*' --dpkgopt='path-include=/usr/share/initramfs-tools/hooks/udev' \
        --essential-hook='echo grub-pc grub-pc/install_devices_empty boolean true | chroot "$1" debconf-set-selections' \
        --essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/usr/share/initramfs-tools/modules.d"' \
        --essential-hook='printf "MODULES=list\nCOMPRESSLEVEL=1\n" > "$1/etc/initramfs-tools/conf.d/list"' \
        --essential-hook="printf '%s\\n' $boot_drivers > \"\$1/usr/share/initramfs-tools/modules.d/disks\"" \
        --customize-hook='echo guest > "$1/etc/hostname"' \
        --customize-hook="echo 'UUID=$uuid / ext4 errors=remount-ro 0 1' > \"\$1/etc/fstab\"" \
        --customize-hook='sed -i "s/^GRUB_CMDLINE_LINUX=.*/GRUB_CMDLINE_LINUX=\"console=ttyS0\"/; s/^GRUB_TIMEOUT=.*/GRUB_TIMEOUT=0/" "$1/etc/default/grub"' \
        --customize-hook='chroot "$1" systemctl -q enable serial-getty@ttyS0.service' \
        --customize-hook='mkdir "$1/etc/systemd/system.conf.d"' \
        --customize-hook='printf "[Manager]\nDefaultDeviceTimeoutSec=600\n" > "$1/etc/systemd/system.conf.d/patience.conf"' \
        --customize-hook='chroot "$1" systemctl -q mask apt-daily.timer apt-daily-upgrade.timer' \
        "$suite" "$root" "$(mirror)"

    truncate -s "$image_size" "$image"
    echo "$((root_offset / 512)),,83,*" | sfdisk --quiet --label dos "$image"
    mke2fs -q -t ext4 -O '^orphan_file,^metadata_csum_seed' -U "$uuid" -L root -d "$root" \
        -E "offset=$root_offset" "$image" "$(((2 * 1024 * 1024 * 1024 - root_offset) / 1024))k"

    # The appliance has a disk of its own, and its kernel may have found that one first: inside a command, /dev/sda may be it.
    # shellcheck disable=SC2016  # for the guest's shell
    LIBGUESTFS_BACKEND=direct LIBGUESTFS_BACKEND_SETTINGS=force_tcg guestfish --format=raw -a "$image" -m /dev/sda1 <<'FISH'
sh "grub-install --target=i386-pc $(findmnt --noheadings --output SOURCE / | sed 's/[0-9]*$//')"
command "update-grub"
FISH
    fallocate --dig-holes "$image"
    chmod 600 "$image"
}

if [ ! -s "$cached" ]; then
    if [ "$(id -u)" -ne 0 ]; then
        echo "make-guest.sh: the guest is not built yet, and building it needs root" >&2
        exit 1
    fi
    umask 077
    mkdir -p "$cache"
    scratch=$(mktemp -d "$cache/building.XXXXXXXX")
    finish()
    {
        [ $? -eq 0 ] || tail -n 40 "$scratch/log" >&2
        rm -rf --one-file-system "$scratch"
    }
    trap finish EXIT
    chmod 755 "$scratch"
    started=$SECONDS
    echo "make-guest.sh: building the Debian guest, once; about two minutes" >&2
    build "$scratch" > "$scratch/log" 2>&1
    mv "$scratch/guest.img" "$cached"
    echo "make-guest.sh: built in $((SECONDS - started)) s" >&2
fi

if [ $# -gt 0 ]; then
    cp --sparse=always --preserve=mode -- "$cached" "$1"
else
    echo "$cached"
fi
