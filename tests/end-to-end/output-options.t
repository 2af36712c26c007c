#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# output-options.t: every output option reaches virt-v2v as the one argument it is, and nothing in it is ever code.
# The server's virt-v2v records its arguments. A double quote cannot be in a value: the kernel's own quoting takes it out.
# shellcheck disable=SC2016  # what looks like an expansion is a value that must not be expanded
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"

make_disk "$scratch/disk" 1 random
new_server copy --v2v copy
ran=$scratch/ran

# The argument after OPTION, each time it was given, one a line with newlines shown as \n.
given()
{
    perl -0 -ne 'chomp; if ($next) { s/\n/\\n/g; print "$_\n" } $next = $_ eq $ENV{option}' "$server/log/argv"
}
export option

# verbatim WHAT KEY OPTION VALUE [USER SUDO]: p2v.KEY="VALUE" is what virt-v2v gets with OPTION, and nothing ran.
verbatim()
{
    local what=$1 key=$2 value=$4 user=${5:-root} sudo=${6:-} storage=
    option=$3
    [ "$key" = os ] || storage=p2v.os=$scratch/out
    rm -rf "$scratch/out" "$server/log/argv"
    mkdir "$scratch/out"
    [ "$key" != os ] || mkdir -p "$value"
    run_p2v 60 "$(server_cmdline "$user") $sudo p2v.o=local $storage p2v.$key=\"$value\"" "$scratch/disk"
    is "$what in p2v.$key arrives as one argument of virt-v2v" "$(given)" "${value//$'\n'/\\n}"
    [ "$p2v_status" = 0 ] || show_output
    is "$what in p2v.$key: the conversion succeeds" "$p2v_status" 0
    ok "$what in p2v.$key is not run" test ! -e "$ran"
}

verbatim "a plain word" oc -oc qemu:///system
verbatim "a blank" oc -oc 'qemu+ssh://root@host/system?a=b c'
verbatim "a command substitution" oc -oc "\$(touch $ran)"
verbatim "backticks" oc -oc "\`touch $ran\`"
verbatim "a semicolon" oc -oc "a; touch $ran"
verbatim "a single quote" oc -oc "a' ; touch $ran ; '"
verbatim "a backslash" oc -oc 'a\\b\n\x'
verbatim "an option" oc -oc --help
verbatim "a variable" oc -oc '$HOME ${PATH} $$'
verbatim "a glob" oc -oc '* /tmp/* ?'
verbatim "all of them, with sudo," oc -oc "\$(touch $ran)\`touch $ran\`; touch $ran' | touch $ran & ~ {a,b}" p2v p2v.sudo
verbatim "all of them" os -os "$scratch/out/it's \$(touch ran); \`touch ran\` & co"
ok "the disk is in that very folder" cmp "$scratch/disk" "$scratch/out/it's \$(touch ran); \`touch ran\` & co/guest-sda"

# More than one -oo, and a newline: as it is, or refused; and if refused, before anything is started.
option=-oo
rm -rf "$scratch/out" "$server/log/argv"
mkdir "$scratch/out"
run_p2v 60 "$(server_cmdline root) p2v.o=local p2v.os=$scratch/out p2v.oo=\"one=1 \$(touch $ran),two='2'; touch $ran\"" "$scratch/disk"
is "each p2v.oo is a -oo of its own" "$(given)" "one=1 \$(touch $ran)"$'\n'"two='2'; touch $ran"
ok "and none is run" test ! -e "$ran"

rm -f "$server/log/argv"
run_p2v 60 "$(server_cmdline root) p2v.o=local p2v.os=$scratch/out p2v.oc=\"a"$'\n'"touch $ran"$'\n'"\"" "$scratch/disk"
option=-oc
if [ "$p2v_status" = 0 ]; then
    is "a newline in p2v.oc arrives as one argument of virt-v2v" "$(given)" "a\\ntouch $ran\\n"
else
    like "a newline in p2v.oc is refused with its key named" "$p2v_err" '^virt-p2v: error: [^'$'\n'']*p2v\.oc[^'$'\n'']*$'
fi
ok "and is not run" test ! -e "$ran"

rm -f "$server/log/argv"
run_p2v 60 "$(server_cmdline root) p2v.o=libvirt p2v.oa=preallocated p2v.of=qcow2 p2v.oc=x:///y p2v.os=$scratch/out p2v.oo=k=v" "$scratch/disk"
for pair in -o=libvirt -oa=preallocated -of=qcow2 -oc=x:///y -os="$scratch/out" -oo=k=v -i=libvirtxml; do
    option=${pair%%=*}
    is "$option given once reaches virt-v2v once" "$(given)" "${pair#*=}"
done
mkdir -p "$scratch/out/x:/me:geheim@host"
run_p2v 60 "$(server_cmdline root) p2v.o=local p2v.os=$scratch/out/x://me:geheim@host" "$scratch/disk"
is "p2v.os may have a password in it" "$p2v_status" 0
like "which is not told" "$p2v_out" 'the virtual machine is in \(secret\) \(virt-v2v -o local\)'
is "anywhere" "$(grep -o geheim "$scratch/stdout" "$scratch/stderr")" ""

is "nothing that looked like code has run anywhere" "$(find "$scratch" "$server/tmp" -name 'ran*')" ""
done_testing
