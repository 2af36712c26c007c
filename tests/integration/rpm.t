#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# rpm.t: the spec file for Fedora and RHEL, by Debian's rpm: it is read, built whole, and what comes of it is what is to be installed.
# Debian's packages are none to rpm: so its Requires are not tried here, nor an installation. One whole build.
set -uo pipefail
tests=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=tests/lib/tap.sh
. "$tests/lib/tap.sh"
scratch=$(mktemp -d /var/tmp/virt-p2v-test.XXXXXXXX)
trap 'rm -rf "$scratch"' EXIT
version=$(cat "$tests/../VERSION")
cd "$tests/.." || exit

like "the spec file has the version of VERSION" "$(rpmspec -q --qf '%{name} %{version}\n' packaging/virt-p2v.spec 2>&1)" "^virt-p2v $version"$'\n'"virt-p2v-gtk $version"
# What rpmlint calls an error of the spec file here: the place of sysusers.d, which only Fedora's macros know.
is "rpmlint has nothing more to say against it" "$(rpmlint packaging/virt-p2v.spec 2>/dev/null | grep ' E: ' | sed 's/.* E: //')" \
    "hardcoded-library-path in %{_prefix}/lib/sysusers.d}"
needed() { sed -n 's/^PKGS_[a-z0-9-]* *:= //p' Makefile | tr ' ' '\n' | sort -u; }
is "every library that the Makefile names is among its BuildRequires" \
    "$(rpmspec -q --buildrequires packaging/virt-p2v.spec | sed -n 's/^pkgconfig(\(.*\)).*/\1/p' | sort -u)" "$(needed)"

ok "the packages are built" packaging/make-rpm "$scratch" --nodeps
p2v=$(echo "$scratch/virt-p2v-$version"-1*."$(uname -m).rpm")
gtk=$(echo "$scratch/virt-p2v-gtk-$version"-1*."$(uname -m).rpm")
# files PACKAGE: but for documents and what rpm itself adds.
files() { rpm -qp --qf '[%{FILEMODES:perms} %{FILENAMES}\n]' "$1" | grep -vE ' /usr/(lib/\.build-id|share/(doc|licenses))'; }
is "virt-p2v has everything but GTK" "$(files "$p2v" | grep -v /man/)" "\
-rwxr-xr-x /usr/bin/virt-p2v
drwxr-xr-x /usr/lib/systemd/system/virt-p2v-.service.d
-rw-r--r-- /usr/lib/systemd/system/virt-p2v-.service.d/10-supervisor.conf
-rw-r--r-- /usr/lib/systemd/system/virt-p2v-unattended.service
-rw-r--r-- /usr/lib/sysusers.d/virt-p2v.conf
drwxr-xr-x /usr/libexec/virt-p2v
$(printf -- '-rwxr-xr-x /usr/libexec/virt-p2v/p2v-%s\n' export fetch inspect plan supervisor transport ui)
$(printf -- '-rw-r--r-- /usr/share/bash-completion/completions/p2v-%s\n' export fetch inspect plan supervisor transport ui)
-rw-r--r-- /usr/share/bash-completion/completions/virt-p2v
-rw-r--r-- /usr/share/locale/de/LC_MESSAGES/virt-p2v.mo"
for name in virt-p2v p2v-export p2v-fetch p2v-inspect p2v-plan p2v-supervisor p2v-transport p2v-ui; do
    like "the manual of $name is in it" "$(files "$p2v")" "-rw-r--r-- /usr/share/man/man[18]/$name\.[18]"
done
is "virt-p2v-gtk has GTK alone" "$(files "$gtk" | sed 's/\(\.8\).*/\1/')" "\
-rwxr-xr-x /usr/libexec/virt-p2v/p2v-ui-gtk
-rw-r--r-- /usr/share/bash-completion/completions/p2v-ui-gtk
-rw-r--r-- /usr/share/man/man8/p2v-ui-gtk.8"
for package in "$p2v" "$gtk"; do
    is "$(rpm -qp --qf %{NAME} "$package") has a version above that of the classic virt-p2v, whose epoch is 1" "$(rpm -qp --qf %{EPOCH} "$package")" 2
done
is "no file is in both" "$(cat <(rpm -qpl "$p2v") <(rpm -qpl "$gtk") | grep -v /.build-id | sort | uniq -d)" ""
is "virt-p2v-gtk is for that very virt-p2v" "$(rpm -qpR "$gtk" | grep -c "^virt-p2v.* = 2:$version-1")" 1
is "virt-p2v needs no GTK" "$(rpm -qpR "$p2v" | grep -i gtk)" ""
like "it names the helpers' uids" "$(rpm -qp --scripts "$p2v")" 'systemd-sysusers virt-p2v\.conf'
# Not a script that was left as a macro, where the macro is not there.
is "and no script of it has a macro left" "$(rpm -qp --scripts "$p2v" "$gtk" | grep %)" ""

mkdir "$scratch/root"
(cd "$scratch/root" && rpm2cpio "$p2v" | cpio --quiet -id && rpm2cpio "$gtk" | cpio --quiet -id) || bail_out "the packages cannot be unpacked"
is "virt-p2v says its version" "$("$scratch/root/usr/bin/virt-p2v" --version)" "virt-p2v $version"
like "and where its helpers are" "$("$scratch/root/usr/bin/virt-p2v" --help)" '\(default /usr/libexec/virt-p2v\)'
for program in "$scratch"/root/usr/libexec/virt-p2v/*; do
    is "${program##*/} says its version" "$("$program" --version)" "${program##*/} $version"
done
ok "the unit starts it" grep -qx 'ExecStart=/usr/bin/virt-p2v --iso --ui=text' "$scratch/root/usr/lib/systemd/system/virt-p2v-unattended.service"

# The source package is whole: built again from itself, as elsewhere, its spec file has the version.
mkdir "$scratch/again"
(cd "$scratch/again" && rpm2cpio "$scratch/virt-p2v-$version"-1*.src.rpm | cpio --quiet -id)
is "the source package has the spec file and the source" "$(cd "$scratch/again" && echo *)" "virt-p2v-$version.tar.gz virt-p2v.spec"
like "which says its version by itself" "$(cd / && rpmspec -q --qf '%{version}\n' "$scratch/again/virt-p2v.spec" 2>&1)" "^$version"
done_testing
