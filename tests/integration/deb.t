#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# deb.t: the Debian packages: what is in them, what lintian says, the same bytes from another checkout by another user; and
# installed and purged by dpkg, over the classic virt-p2v's version, in a copy of this system that is gone afterwards.
# Two whole builds, or one where P2V_DEBS has the packages of this tree already, as in make check.
set -uo pipefail
tests=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=tests/lib/tap.sh
. "$tests/lib/tap.sh"
scratch=$(mktemp -d /var/tmp/virt-p2v-test.XXXXXXXX)
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"
version=$(cat "$tests/../VERSION")

# ---- built twice ---------------------------------------------------------------------------------------

first=${P2V_DEBS:-}
if [ -z "$first" ]; then
    first=$scratch/first
    ok "the packages are built" "$tests/../packaging/make-deb" "$first"
fi
p2v=$(echo "$first"/virt-p2v_*.deb)
gtk=$(echo "$first"/virt-p2v-gtk_*.deb)
image=$(echo "$first"/virt-p2v-image_*.deb)
dpkg-deb -x "$p2v" "$scratch/p2v" || bail_out "there is no package"
dpkg-deb -x "$gtk" "$scratch/gtk"
dpkg-deb -x "$image" "$scratch/image"
built=$(date +%s -d "$(zcat "$scratch/p2v/usr/share/doc/virt-p2v/changelog.gz" | sed -n 's/^ -- .*  //p')")

# A tree without git, its files older than the commit and of another mask, in another place, another language and time zone, with the
# person's own flags; not root, if we are.
mkdir -m 777 "$scratch/elsewhere"
tar -C "$tests/.." --exclude=./build --exclude=./.git --mtime=2001-01-01 --mode=go= -c . |
    tar -C "$scratch/elsewhere" -x --no-same-owner
as_other=()
if [ "$(id -u)" -eq 0 ]; then
    chown -R nobody "$scratch/elsewhere"
    as_other=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
fi
again()
{
    cd "$scratch/elsewhere" && umask 077 &&
        "${as_other[@]}" env SOURCE_DATE_EPOCH="$built" HOME=/nonexistent LC_ALL=de_DE.UTF-8 TZ=Asia/Kolkata CFLAGS=-O0 make deb prefix=/nowhere
}
ok "and once more, by somebody else" again
digests() { (cd "$1" && sha256sum -- *.deb); }
is "which gives the same bytes" "$(digests "$scratch/elsewhere/build/deb")" "$(digests "$first")"

# ---- what is in them -----------------------------------------------------------------------------------

is "lintian has nothing against them" "$(TMPDIR=$scratch lintian --allow-root --fail-on error,warning "$first"/*.changes 2>&1; echo "status $?")" "status 0"
for package in "$p2v" "$gtk" "$image"; do
    like "its version is VERSION, and above that of the classic virt-p2v" "$(dpkg-deb -f "$package" Version)" "^1:${version//./\\.}$"
done
# files PACKAGE: its files and links but for the documentation.
files() { dpkg-deb -c "$1" | awk '$1 !~ /^d/ { print $1, $2, $6 }' | grep -v ' ./usr/share/doc/' | sort -k 3; }
is "virt-p2v has everything but GTK" "$(files "$p2v")" "\
-rw-r--r-- root/root ./lib/systemd/system/virt-p2v-.service.d/10-supervisor.conf
-rw-r--r-- root/root ./lib/systemd/system/virt-p2v-unattended.service
-rwxr-xr-x root/root ./usr/bin/virt-p2v
-rw-r--r-- root/root ./usr/lib/sysusers.d/virt-p2v.conf
$(printf -- '-rwxr-xr-x root/root ./usr/libexec/virt-p2v/p2v-%s\n' export fetch inspect plan supervisor transport ui)
$(printf -- '-rw-r--r-- root/root ./usr/share/bash-completion/completions/p2v-%s\n' export fetch inspect plan supervisor transport ui)
-rw-r--r-- root/root ./usr/share/bash-completion/completions/virt-p2v
-rw-r--r-- root/root ./usr/share/locale/de/LC_MESSAGES/virt-p2v.mo
-rw-r--r-- root/root ./usr/share/man/man1/virt-p2v.1.gz
-rw-r--r-- root/root ./usr/share/man/man7/p2v-protocol.7.gz
$(printf -- '-rw-r--r-- root/root ./usr/share/man/man8/p2v-%s.8.gz\n' export fetch inspect plan supervisor transport ui)"
is "virt-p2v-gtk has GTK alone" "$(files "$gtk")" "\
-rwxr-xr-x root/root ./usr/libexec/virt-p2v/p2v-ui-gtk
-rw-r--r-- root/root ./usr/share/bash-completion/completions/p2v-ui-gtk
-rw-r--r-- root/root ./usr/share/man/man8/p2v-ui-gtk.8.gz"
is "virt-p2v-image has virt-p2v-make-disk" "$(files "$image" | grep -v ' ./usr/share/virt-p2v/[ipr]')" "\
lrwxrwxrwx root/root ./usr/bin/virt-p2v-make-disk
-rw-r--r-- root/root ./usr/share/bash-completion/completions/virt-p2v-make-disk
-rw-r--r-- root/root ./usr/share/lintian/overrides/virt-p2v-image
-rw-r--r-- root/root ./usr/share/man/man1/virt-p2v-make-disk.1.gz
-rw-r--r-- root/root ./usr/share/virt-p2v/VERSION
-rw-r--r-- root/root ./usr/share/virt-p2v/deb/$(basename "$gtk")
-rw-r--r-- root/root ./usr/share/virt-p2v/deb/$(basename "$p2v")
-rwxr-xr-x root/root ./usr/share/virt-p2v/virt-p2v-make-disk"
is "with its parts" "$(diff -r -x '*.1' "$tests/../image" "$scratch/image/usr/share/virt-p2v" | sed "s|$scratch/||")" "\
Only in image/usr/share/virt-p2v: VERSION
Only in image/usr/share/virt-p2v: deb"
for package in "$p2v" "$gtk"; do
    ok "and $(basename "$package") itself, for the image" cmp "$package" "$scratch/image/usr/share/virt-p2v/deb/$(basename "$package")"
done
is "virt-p2v needs no GTK" "$(dpkg-deb -f "$p2v" Depends | grep -o 'gtk[^,]*')" ""
# scripts PACKAGE: what dpkg runs of it that starts or stops a service.
scripts() { rm -rf "$scratch/control"; dpkg-deb -e "$1" "$scratch/control"; cat "$scratch"/control/p* 2>/dev/null | grep -v '^#' | grep -E '(systemctl|deb-systemd-invoke).*(start|stop)|invoke-rc'; }
for package in "$p2v" "$gtk" "$image"; do
    is "$(basename "$package") starts and stops no service" "$(scripts "$package")" ""
done
is "virt-p2v-make-disk says its version" "$("$scratch/image/usr/bin/virt-p2v-make-disk" --version)" "virt-p2v-make-disk $version"
like "and finds its own packages, whatever else is refused" "$("$scratch/image/usr/bin/virt-p2v-make-disk" -o "$scratch/x" --password "$scratch/none" 2>&1)" 'none cannot be read'
is "virt-p2v says its version" "$("$scratch/p2v/usr/bin/virt-p2v" --version)" "virt-p2v $version"
like "and where its helpers are" "$("$scratch/p2v/usr/bin/virt-p2v" --help)" "\(default /usr/libexec/virt-p2v\)"
for program in "$scratch"/*/usr/libexec/virt-p2v/*; do
    is "${program##*/} says its version" "$("$program" --version)" "${program##*/} $version"
done

# ---- installed -----------------------------------------------------------------------------------------

# in_copy SCRIPT FILE...: runs SCRIPT in a copy of this system, made of an overlay in memory, in a mount namespace of its own;
# its folder has the files.
in_copy()
{
    # shellcheck disable=SC2016
    unshare --mount sh -euc '
        copy=$1 script=$2; shift 2
        mount -t tmpfs p2v "$copy"
        mkdir "$copy/upper" "$copy/work" "$copy/system"
        mount -t overlay -o lowerdir=/,upperdir="$copy/upper",workdir="$copy/work" p2v "$copy/system"
        for folder in proc sys dev; do mount --rbind /$folder "$copy/system/$folder"; done
        mkdir "$copy/system/files"
        cp "$@" "$copy/system/files/"
        exec chroot "$copy/system" sh -euc "cd /files; $script"' sh "$@" < /dev/null
}

if [ "$(id -u)" -eq 0 ]; then
    mkdir "$scratch/copy"
    cat > "$scratch/german.py" << 'END'
import os
from screen import Screen
ui = Screen(["/usr/libexec/virt-p2v/p2v-ui", "--demo", "--front-end=terminal"], locale="de_DE.UTF-8", env={"LOCPATH": os.getcwd()})
print("German" if ui.sees("Umwandlungsserver") else ui.text())
ui.close()
END
    # shellcheck disable=SC2016
    in_copy "$scratch/copy" '
        rm -f /var/lib/man-db/auto-update       # each dpkg would have all manuals of the system looked through
        everything() { find /boot /etc /opt /srv /usr /var/lib /var/spool -printf "%y %m %u %p %l\n" | LC_ALL=C sort; }
        dpkg --install virt-p2v_*.deb           # over the classic one, where that is
        dpkg --purge virt-p2v
        everything > /tmp/before
        dpkg --install *.deb
        echo "== names"; getent passwd p2v-inspect p2v-export p2v-transport p2v-ui p2v-fetch p2v-ui-gtk p2v-plan p2v-supervisor p2v-tools | cut -d: -f1,3,4,7
        echo "== version"; virt-p2v --version
        echo "== dump"; virt-p2v --cmdline="p2v.dump_config_and_exit p2v.server=there"
        echo "== texts"; localedef -i de_DE -f UTF-8 ./de_DE.UTF-8; /usr/bin/python3 german.py
        echo "== links"; find /etc/systemd -name "*p2v*"
        echo "== enabled"; systemctl enable virt-p2v-unattended    # by somebody who makes a boot image
        echo "== purge"; dpkg --purge virt-p2v-image virt-p2v-gtk virt-p2v
        echo "== left"
        everything | diff /tmp/before - | sed -nE "/ .(var.lib.dpkg|usr.lib.locale)/d; s/^[<>] //p"
        echo "== users"; getent passwd | grep -c ^p2v-
        echo "== end"' "$p2v" "$gtk" "$image" "$scratch/german.py" "$tests/integration/screen.py" > "$scratch/log" 2>&1
    part() { sed -n "/^== $1$/,/^== /p" "$scratch/log" | sed '/^== /d'; }
    is "dpkg installs and purges all three" "$(sed -n '$p' "$scratch/log")" "== end"
    [ "$(sed -n '$p' "$scratch/log")" = "== end" ] || diag < "$scratch/log"
    is "the users have names" "$(part names)" "$(i=60701; for name in inspect export transport ui fetch ui-gtk plan supervisor tools; do
        echo "p2v-$name:$i:$i:/usr/sbin/nologin"; i=$((i + 1)); done)"
    is "virt-p2v is found" "$(part version)" "virt-p2v $version"
    like "and finds its helpers, which lock themselves" "$(part dump)" $'(^|\n)remote.server there\n'
    is "and its texts in another language" "$(part texts)" German
    is "no unit is enabled" "$(part links)" ""
    # The names of users stay, as Debian has it: a uid that owns a file somewhere must not be given to another user.
    is "nothing is left of them but the users" "$(part left)" ""
    is "who stay" "$(part users)" 9
else
    ok "dpkg installs and purges all three # SKIP not root" true
fi

done_testing
