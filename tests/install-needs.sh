#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# install-needs.sh [PACKAGE...]: what building and testing need, and PACKAGE, from Debian 12's own packages: as
# packaging/install-needs.sh does, which knows what the build needs.
set -euo pipefail

# One group a line, in the order packages, unit and integration tests, conversion server, guest, fuzzing, analysis, shells, logind, shell.
needs=(
    lintian rpm rpmlint lsscsi pciutils usbutils
    python3-pyte locales
    fonts-dejavu-core xvfb weston xdotool imagemagick at-spi2-core gir1.2-atspi-2.0 python3-gi
    libcmocka-dev perl nbdkit libnbd-bin python3-libnbd qemu-utils strace
    openssh-server openssh-client sudo virt-v2v guestfish
    ca-certificates python3-pyftpdlib tftpd-hpa
    mmdebstrap e2fsprogs fdisk gdisk btrfs-progs cryptsetup-bin lvm2 mdadm cpio kmod qemu-system-x86 ovmf sbsigntool
    squashfs-tools-ng cpio xorriso mtools dosfstools grub-common socat tesseract-ocr
    clang libclang-rt-dev llvm
    clang-tidy cppcheck valgrind
    bash dash zsh fish tcsh mksh
    systemd dbus
    iproute2 nftables procps util-linux mount fuse3 openssl jq bsdutils shellcheck python3 man-db mandoc
)

# libguestfs boots its appliance with a kernel of this machine. Containers and some cloud machines have none.
have_appliance_kernel()
{
    local image
    for image in /boot/vmlinuz-*; do
        [ -f "$image" ] && [ -d "/lib/modules/${image#/boot/vmlinuz-}" ] && return 0
    done
    return 1
}

have_appliance_kernel || needs+=(linux-image-cloud-amd64)

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
first=()
for server in openssh-server:ssh tftpd-hpa:tftpd-hpa; do
    installed "${server%:*}" || first+=("${server#*:}.service")
done

"$(dirname "$0")/../packaging/install-needs.sh" "${needs[@]}" "$@"

# A server that comes with these packages would also be started at the next boot; nobody asked for that.
if [ ${#first[@]} -gt 0 ] && command -v systemctl >/dev/null; then
    systemctl disable "${first[@]}"
fi

# A machine that was copied from another may have a list of fonts that is older than they are: fontconfig complains on the standard
# error of p2v-ui-gtk, which may write nowhere and so cannot renew it. Instant where the list is new.
if [ "$(id -u)" -eq 0 ]; then fc-cache; fi
