#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# install-needs.sh [PACKAGE...]: what building the programs and the Debian packages needs, and PACKAGE, from Debian 12's
# own packages. What the build needs is said once, in debian/control.
#
# Installs only what is missing, asks nothing, starts no service, and is instant and offline when
# nothing is missing. Not root: names the missing packages and exits 1 (0 when none is missing).
set -euo pipefail

# debian/control's Build-Depends, without versions. What is provided by another package is named by that one.
build_depends()
{
    sed -n '/^Build-Depends:/,/^$/p' "$(dirname "$0")/debian/control" | sed -n 's/^ \([^ ,]*\).*/\1/p' |
        sed -e 's/^debhelper-compat$/debhelper/' -e '/^dh-sequence-installsysusers$/d'
}

missing=()
for package in build-essential $(build_depends) "$@"; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || status=unknown
    [ "$status" = installed ] || missing+=("$package")
done

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
