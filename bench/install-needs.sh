#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# install-needs.sh: what the benchmark needs beyond the tests' needs: the classic virt-p2v, and what it takes to run it.
#
# From Debian 12's own packages; installs only what is missing, asks nothing, and is instant and offline when nothing is.
set -euo pipefail

"$(dirname "$0")/../tests/install-needs.sh"

missing=()
for package in virt-p2v libgtk-3-0 libdbus-1-3 curl; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || status=unknown
    [ "$status" = installed ] || missing+=("$package")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

echo "install-needs.sh: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends "${missing[@]}"
