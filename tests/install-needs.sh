#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# install-needs.sh: what building and testing need, from Debian 12's own packages.
#
# Installs only what is missing, asks nothing, starts no service, and is instant and offline when
# nothing is missing. Not root: names the missing packages and exits 1 (0 when none is missing).
set -euo pipefail

# One group a line, in the order build, unit and integration tests, conversion server, guest, shells, logind, shell.
needs=(
    build-essential pkg-config protobuf-c-compiler protobuf-compiler
    libcap-ng-dev libseccomp-dev libxml2-dev libssh-dev libprotobuf-c-dev libblkid-dev libcurl4-openssl-dev
    libnewt-dev libslang2-dev gettext python3-pyte locales
    libgtk-4-dev fonts-dejavu-core xvfb weston xdotool imagemagick at-spi2-core gir1.2-atspi-2.0 python3-gi
    libcmocka-dev perl nbdkit libnbd-bin python3-libnbd qemu-utils strace
    openssh-server openssh-client sudo virt-v2v guestfish
    ca-certificates python3-pyftpdlib tftpd-hpa
    mmdebstrap e2fsprogs fdisk gdisk btrfs-progs cryptsetup-bin lvm2 mdadm cpio kmod qemu-system-x86 ovmf sbsigntool xorriso
    bash dash zsh fish tcsh mksh
    systemd dbus
    iproute2 nftables procps util-linux mount fuse3 openssl bsdutils shellcheck python3 man-db
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

missing=()
for package in "${needs[@]}"; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || status=unknown
    [ "$status" = installed ] || missing+=("$package")
done
have_appliance_kernel || missing+=(linux-image-cloud-amd64)

[ "${#missing[@]}" -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "install-needs.sh: missing packages; as root: apt-get install ${missing[*]}" >&2
    exit 1
fi

# No package may start its service: sshd is needed as a program only. policy-rc.d is Debian's switch for that.
policy=/usr/sbin/policy-rc.d
placed_policy=
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
    placed_policy=yes
fi
remove_policy() { if [ -n "$placed_policy" ]; then rm -f "$policy"; fi; }
trap remove_policy EXIT

echo "install-needs.sh: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends "${missing[@]}"

# A first openssh-server would also be started at the next boot; nobody asked for that.
if [[ " ${missing[*]} " == *" openssh-server "* ]] && command -v systemctl >/dev/null; then
    systemctl disable ssh.service
fi
