#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# installed.t: on a machine with a small Debian and nothing else, where apt has installed the package virt-p2v-image, virt-p2v-make-disk
# makes an image of what is installed there alone; it boots as far as the dialogs. No ordinary user can make it without being told why.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"
# shellcheck source=tests/image/machine.sh
. "$(dirname "$0")/machine.sh"

bare=$tests/newcomer/bare
version=$(cat "$tests/../VERSION")
"$tests/../packaging/make-deb" "$scratch/deb" > "$scratch/make-deb" 2>&1 || { diag < "$scratch/make-deb"; bail_out "the packages are not built"; }
ok "a bare machine is made" "$bare" make "$scratch/maker"
cp "$scratch"/deb/virt-p2v-image_*.deb "$scratch/maker/root/"
at_maker() { "$bare" run "$scratch/maker" "$@"; }
ok "apt installs virt-p2v-image there" at_maker root sh -c 'apt-get -q update && apt-get -q -y --no-install-recommends install ./virt-p2v-image_*.deb'
is "its virt-p2v-make-disk is found" "$(at_maker root virt-p2v-make-disk --version)" "virt-p2v-make-disk $version"
like "an ordinary user is told what is missing" "$(at_maker newcomer virt-p2v-make-disk -o p2v.iso 2>&1)" 'needs the package uidmap.*or become root'
ok "root makes an image" at_maker root virt-p2v-make-disk -o p2v.iso --iso --serial
iso=$scratch/maker/root/p2v.iso
ok "of the virt-p2v that the package brings" grep -q "^virt-p2v"$'\t'"1:$version\$" "$iso.manifest"
ok "and of its GTK dialogs" grep -q "^virt-p2v-gtk"$'\t'"1:$version\$" "$iso.manifest"

machine_disks
digests=$(machine_digests)
# shellcheck disable=SC2034  # machine.sh's
machine_cd=$iso
machine_start
ok "the image boots as far as the dialogs" within 600 machine_says_or_ended 'SSH configuration|Conversion server'
ok "which are there" machine_says 'SSH configuration|Conversion server'
machine_says 'SSH configuration|Conversion server' || machine_show
machine_stop
is "neither disk was written to" "$(machine_digests)" "$digests"
done_testing
