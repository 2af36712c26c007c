#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# install.t: make install and make uninstall: programs, manuals, names of users, a unit, completion, texts; and nothing is left.
# Into a folder, with the prefix that the programs were built for: nothing is compiled, for other tests run them. What another
# prefix changes is compiled in a copy.
set -uo pipefail
tests=$(cd "$(dirname "$0")/.." && pwd)
build=$(realpath "${P2V_BUILD:-$tests/../build}")
# shellcheck source=tests/lib/tap.sh
. "$tests/lib/tap.sh"
scratch=$(mktemp -d /var/tmp/virt-p2v-test.XXXXXXXX)
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"
version=$(cat "$tests/../VERSION")
helpers=(p2v-supervisor p2v-inspect p2v-export p2v-transport p2v-ui p2v-fetch p2v-ui-gtk p2v-plan)

# run_make FOLDER TARGET [VARIABLE=VALUE...]
# Nothing is built anew: by the flags of what is there, and under its name, by which make knows what was made of what.
below=$(realpath --relative-to="$tests/.." "$build")
make_in() { make -C "$1" B="$below" "SANITIZE=${P2V_SANITIZE:-}" DESTDIR="$2" "${@:3}"; }
run_make() { make_in "$tests/.." "$@"; }
# Everything below FOLDER: kind, permissions, name, where a link leads.
tree() { (cd "$1" && find . -printf '%y %m %p %l\n' | sort); }

root=$scratch/root
usr=$root/usr/local
ok "make install" run_make "$root" install
tree "$root" > "$scratch/installed"

# ---- programs ------------------------------------------------------------------------------------------

is "virt-p2v says its version" "$("$usr/bin/virt-p2v" --version 2>&1)" "virt-p2v $version"
for helper in "${helpers[@]}"; do
    is "$helper says the same version" "$("$usr/libexec/virt-p2v/$helper" --version 2>&1)" "$helper $version"
done
is "virt-p2v-make-disk says it too, though it lies elsewhere than its parts" "$("$usr/bin/virt-p2v-make-disk" --version 2>&1)" "virt-p2v-make-disk $version"
is "and has all that it has in the source" "$(diff -r -x '*.1' "$tests/../image" "$usr/share/virt-p2v" 2>&1 | sort)" "\
Only in $usr/share/virt-p2v: VERSION
Only in $usr/share/virt-p2v: folders"
like "and says where it has looked for packages" "$("$usr/bin/virt-p2v-make-disk" -o "$scratch/x" 2>&1)" "no package virt-p2v for [a-z0-9]+ in $usr/share/virt-p2v/deb: name its folder by --deb-dir"
is "the helpers' folder has the helpers alone" "$(cd "$usr/libexec/virt-p2v" && echo *)" "$(printf '%s\n' "${helpers[@]}" | sort | xargs)"
like "and is the default of --helper-dir" "$("$usr/bin/virt-p2v" --help)" "--helper-dir=[^(]*\(default /usr/local/libexec/virt-p2v\)"
is "only folders and programs may be executed" "$(find "$root" -type f -perm /111 | sed 's|.*/||' | sort | xargs)" \
    "$(printf '%s\n' virt-p2v virt-p2v-make-disk init settle virt-p2v-consoles "${helpers[@]}" | sort | xargs)"

# ---- manuals -------------------------------------------------------------------------------------------

is "every manual of the tree is there" "$(cd "$usr/share/man" && echo man*/* | xargs -n 1 basename | sort | xargs)" \
    "$(cd "$tests/.." && printf '%s\n' */*.[178] | xargs -n 1 basename | sort | xargs)"
for page in virt-p2v "${helpers[@]}" virt-p2v-make-disk p2v-protocol; do
    path=$(MANPATH=$usr/share/man man --path "$page" 2>&1)
    like "man finds $page" "$path" "^$(readlink -f "$usr")/share/man/man[178]/$page\.[178]\$"
    warnings=$(LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings --local-file "$path" 2>&1 > "$scratch/page")
    is "the manual of $page is formatted without a warning" "$warnings" ""
    ok "and is there" grep -q "$page" "$scratch/page"
done
is "their examples find the helpers where these are" "$(grep -rhoE '[a-z/]+/libexec/virt-p2v' "$usr/share/man" | sort -u)" /usr/local/libexec/virt-p2v
cp -r "$usr/share/man" "$scratch/man"
is "mandb has nothing against them" "$(mandb --quiet --create "$scratch/man" 2>&1)" ""
like "whatis knows virt-p2v" "$(MANPATH=$scratch/man whatis virt-p2v 2>&1)" "convert this physical machine to a virtual one"

# ---- names of users ------------------------------------------------------------------------------------

cp -r "$root" "$scratch/system"
mkdir "$scratch/system/etc"
ok "systemd-sysusers finds and takes the names" systemd-sysusers --root="$scratch/system" virt-p2v.conf
for helper in "${helpers[@]}"; do
    uid=$("$usr/libexec/virt-p2v/$helper" --print-sandbox 2>/dev/null | sed -n 's/^ *uid  *\([0-9]*\) .*/\1/p')
    is "the uid that $helper runs as is called so" "$(sed -n "s/^\([^:]*\):[^:]*:$uid:$uid:.*/\1/p" "$scratch/system/etc/passwd")" "$helper"
done

# ---- a unit for who makes a boot image ------------------------------------------------------------------

unit=$usr/lib/systemd/system/virt-p2v-unattended.service
like "systemd's unit starts virt-p2v where it is" "$(cat "$unit")" $'\nExecStart=/usr/local/bin/virt-p2v '
is "systemd has nothing against it" "$(systemd-analyze verify --man=no --root="$root" "$unit" 2>&1 |
    grep -v 'Unit .* not found')" ""
like "and finds its lock" "$(systemd-analyze security --offline=true --root="$root" "$unit")" 'exposure level for virt-p2v-unattended\.service: [0-4]\.'
is "nothing enables it" "$(find "$root" -path '*.wants/*' -o -name '*.preset')" ""

# ---- completion ----------------------------------------------------------------------------------------

# completed WORD...: what bash makes of the last of these words.
completed()
{
    (cd "$scratch" && bash -c '
        compopt() { :; }                       # only there while bash completes
        . "$1"; shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _virt_p2v "$1" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
        echo "${COMPREPLY[*]}"' bash "$usr/share/bash-completion/completions/${1##*/}" "$@")
}
for program in "$usr/bin/"* "$usr/libexec/virt-p2v/"*; do
    name=${program##*/}
    is "$name: every option of --help is completed" "$(completed "$program" -- | tr -d = | tr ' ' '\n' | sort -u | xargs)" \
        "$("$program" --help | grep -oE -- '--[a-z][a-z-]+' | sort -u | xargs)"
    ok "$name: bash is told who completes it" grep -qE "^complete .*[ ]$name( |\$)" "$usr/share/bash-completion/completions/$name"
done
is "nothing but programs is completed" "$(cd "$usr/share/bash-completion/completions" && echo * | tr ' ' '\n' | sort | xargs)" \
    "$(printf '%s\n' virt-p2v virt-p2v-make-disk "${helpers[@]}" | sort | xargs)"
t=$usr/libexec/virt-p2v/p2v-transport
like "p2v-transport's first word is completed" "$(completed "$t" "")" "test-connection run forward"
is "but not its second" "$(completed "$t" run r)" ""
is "the front ends of p2v-ui" "$(completed "$usr/libexec/virt-p2v/p2v-ui" --front-end = t)" "text terminal"
is "the form of --print-sandbox" "$(completed "$t" --print-sandbox =)" "json"
like "which stands alone as well" "$(completed "$t" --print-sandbox --n)" "^--no-sandbox$"
is "a disk's path" "$(completed "$usr/libexec/virt-p2v/p2v-export" --disk sys)" system
is "what p2v-inspect --contents looks at" "$(completed "$usr/libexec/virt-p2v/p2v-inspect" --contents sys)" system
is "the architectures of virt-p2v-make-disk" "$(completed "$usr/bin/virt-p2v-make-disk" --arch = a)" "amd64 arm64"
v=$usr/bin/virt-p2v
is "an option is completed" "$(completed "$v" --he)" "--help --help-config --helper-dir="
is "and the value of one" "$(completed "$v" --ui = t)" "text terminal"
is "before its first letter too" "$(completed "$v" --ui =)" "text terminal gtk"
is "a folder" "$(completed "$v" --helper-dir = sys)" system
is "a secret's words are nobody's to guess" "$(completed "$v" --cmdline = p2v)" ""

# ---- texts in other languages --------------------------------------------------------------------------

is "there is a catalogue for each translation" "$(cd "$usr/share/locale" && echo */LC_MESSAGES/virt-p2v.mo)" \
    "$(cd "$tests/../po" && for po in *.po; do echo "${po%.po}/LC_MESSAGES/virt-p2v.mo"; done | xargs)"

# ---- again, elsewhere, without GTK; and away -----------------------------------------------------------

ok "make install over it" run_make "$root" install
is "changes nothing" "$(tree "$root" | diff "$scratch/installed" -)" ""

mkdir -p "$scratch/other/usr/local/libexec" "$scratch/other/usr/local/bin"
touch "$scratch/other/usr/local/libexec/somebody-else" "$scratch/other/usr/local/bin/somebody-else"
elsewhere=(bindir=/b mandir=/m localedir=/l sysusersdir=/u systemdsystemunitdir=/s bashcompletiondir=/c datadir=/d)
ok "make uninstall" run_make "$root" uninstall
is "leaves nothing, not even a folder" "$(find "$root" 2>/dev/null)" ""
ok "and again where nothing is installed" run_make "$root" uninstall
# Folders as an ordinary system has them, empty, and not all with the usual permissions.
mkdir -p "$usr/bin" "$usr/share/man/man8" "$usr/lib"
chmod 2775 "$usr/bin" "$usr/share/man/man8"
tree "$root" > "$scratch/empty"
ok "make install, where some folders are" run_make "$root" install
ok "and over it without virt-p2v-make-disk" run_make "$root" install IMAGE=no
ok "make uninstall there" run_make "$root" uninstall
is "leaves what was there before, as it was" "$(tree "$root" | diff "$scratch/empty" -)" ""
ok "make install once more" run_make "$root" install
touch "$usr/share/virt-p2v/deb" "$usr/share/man/man1/somebody-else.1"
ok "make uninstall where others have put files" run_make "$root" uninstall
is "leaves those" "$(find "$root" -type f | sort | xargs)" "$usr/share/man/man1/somebody-else.1 $usr/share/virt-p2v/deb"

# With folders that are compiled in, in a copy of the tree, because the other tests run what is in this one.
mkdir "$scratch/tree"
(cd "$tests/.." && cp -a --parents Makefile VERSION image packaging po proto sandbox p2v-* tests/*.mk tests/unit/units.mk tests/fuzz/fuzz.mk tests/sanitize "$scratch/tree/")
mkdir -p "$scratch/tree/$below"
tar -C "$build" --exclude=./fuzz --exclude=./deb --exclude=./analyze --exclude=./valgrind -c . | tar -C "$scratch/tree/$below" -x
make_in_copy() { make_in "$scratch/tree" "$@"; }

ok "make install to other folders, without GTK and virt-p2v-make-disk" make_in_copy "$scratch/other" install GTK=no IMAGE=no "${elsewhere[@]}"
is "they are used" "$(cd "$scratch/other" && echo b/* m/*/virt-p2v.1 l/de/*/* u/* s/*.service c/virt-p2v d/*)" \
    "b/virt-p2v m/man1/virt-p2v.1 l/de/LC_MESSAGES/virt-p2v.mo u/virt-p2v.conf s/virt-p2v-unattended.service c/virt-p2v d/virt-p2v"
is "nothing of the image is there" "$(find "$scratch/other" -name '*make-disk*' -o -name root)" ""
is "virt-p2v is" "$("$scratch/other/b/virt-p2v" --version)" "virt-p2v $version"
is "nothing of GTK is there" "$(find "$scratch/other" -name '*gtk*')" ""
ok "p2v-ui knows its texts' folder" grep -qzx /l "$scratch/other/usr/local/libexec/virt-p2v/p2v-ui"
ok "make uninstall of it" make_in_copy "$scratch/other" uninstall "${elsewhere[@]}"
is "leaves the others' files and folders" "$(cd "$scratch/other" && find . | sort | xargs)" \
    ". ./usr ./usr/local ./usr/local/bin ./usr/local/bin/somebody-else ./usr/local/libexec ./usr/local/libexec/somebody-else"

# ---- another prefix after make -------------------------------------------------------------------------

ok "make install with another prefix than make's" make_in_copy "$scratch/opt" install GTK=no prefix=/opt/p2v
like "has the helpers' folder of that prefix" "$("$scratch/opt/opt/p2v/bin/virt-p2v" --help)" "\(default /opt/p2v/libexec/virt-p2v\)"
ok "and the texts'" grep -q /opt/p2v/share/locale "$scratch/opt/opt/p2v/libexec/virt-p2v/p2v-ui"

done_testing
