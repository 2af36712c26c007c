#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# config.t: the configuration as a person meets it: options, --help-config, p2v.dump_config_and_exit, the man page, the
# default of p2v.post.  No connection is made; what is dumped is not begun, and of all helpers only p2v-inspect and p2v-plan are there.
set -uo pipefail
tests=$(cd "$(dirname "$0")/.." && pwd)
build=${P2V_BUILD:-$tests/../build}
# shellcheck source=tests/lib/tap.sh
. "$tests/lib/tap.sh"
# Others may not be able to reach the programs where they were built; a helper does not see /tmp.
scratch=$(mktemp -d /var/tmp/virt-p2v-test.XXXXXXXX)
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"
mkdir "$scratch/bin" "$scratch/none"
cp "$build"/bin/{virt-p2v,p2v-supervisor,p2v-inspect,p2v-plan} "$scratch/bin/"
cp "$build/bin/p2v-supervisor" "$scratch/none/"
program=$scratch/bin/virt-p2v

# p2v OPTION...: runs it; then $status, $out, $err.
wrapper=()
p2v()
{
    status=0
    "${wrapper[@]}" "$program" --helper-dir="$scratch/bin" "$@" > "$scratch/out" 2> "$scratch/err" < /dev/null || status=$?
    out=$(cat "$scratch/out")
    err=$(cat "$scratch/err")
}

# dumped CMDLINE: the configuration it comes to.
dumped() { p2v --cmdline="p2v.dump_config_and_exit $1"; }
value_of() { sed -n "s/^${1//./\\.} //p" "$scratch/out"; }

# ---- p2v.dump_config_and_exit --------------------------------------------------------------------------

dumped 'p2v.server=localhost p2v.port=123 p2v.username=user p2v.password=s3cret p2v.skip_test_connection p2v.name=test
    p2v.vcpus=4 p2v.memory=1G p2v.disks=sda,sdb,sdc p2v.removable=sdd p2v.interfaces=eth0,eth1 p2v.o=local p2v.oa=sparse
    p2v.oc=qemu:///session p2v.of=raw p2v.os=/var/tmp p2v.network=em1:wired,other p2v.oo=a=1 p2v.oo=b=2 p2v.cpu.acpi=off
    p2v.rtc.offset=-5 p2v.post="echo a  b" p2v.identity=https://me:hidden@host/key quiet root=/dev/sda1 ip=dhcp'
is "the configuration is dumped with status 0" "$status" 0
like "what this machine does not have is warned about" "$err" 'virt-p2v: warning: the (removable drive sdd|network interface eth0|network interface eth1) of p2v\.[a-z]+ is not there'
like "and so is a disk" "$err" 'virt-p2v: warning: the disk sda of p2v\.disks is not there'
while read -r name value; do
    is "$name is dumped" "$(value_of "$name")" "$value"
done << END
remote.server localhost
remote.port 123
auth.username user
auth.password set
auth.identity.url set
auth.identity.passphrase not set
auth.sudo false
skip_test_connection true
guestname test
vcpu.cores 4
vcpu.phys_topo false
memory 1073741824
cpu.acpi false
rtc.offset -5
disks sda sdb sdc
removable sdd
interfaces eth0 eth1
network_map em1:wired other
output.type local
output.allocation sparse
output.connection qemu:///session
output.format raw
output.storage /var/tmp
output.misc a=1 b=2
post echo a  b
pre (none)
ip dhcp
END
is "no secret is dumped" "$(grep -E 's3cret|hidden' "$scratch/out")" ""
dumped 'p2v.oo=server-password=s3cret,os-Auth-TOKEN=s3cret,a=password p2v.oo=rhv-passphrase=,password p2v.oc=https://me:s3cret@host/api'
is "nor is that of an option of virt-v2v's" "$(value_of output.misc)" "server-password=(set) os-Auth-TOKEN=(set) a=password rhv-passphrase= password"
is "or of a connection" "$(value_of output.connection)" set
dumped 'p2v.oc=https://admin@internal:s3cret@engine/api p2v.identity=https://host/key?token=s3cret'
is "whatever the user is called" "$(value_of output.connection)" set
is "or a token in a URL" "$(value_of auth.identity.url)" set
p2v --cmdline='p2v.dump_config_and_exit p2v.identity=htps://host/key?token=s3cret'
like "nor is it where the URL is refused" "$status:$err" '^1:virt-p2v: error: p2v\.identity=htps://host/key\?\(secret\) is refused: '
dumped 'p2v.oc=qemu+ssh://root@host/system'
is "a user's name is no secret" "$(value_of output.connection)" qemu+ssh://root@host/system
p2v --cmdline="p2v.dump_config_and_exit p2v.oo=x-secret=$(printf 's3cret%.0s' {1..1000})"
like "one that is refused is not shown" "$status:$err" '^1:virt-p2v: error: p2v\.oo=x-secret=\(secret\) is refused: '
device=/dev/$(find /sys/block -mindepth 1 -printf '%f\n' | sort | sed -n 1p)
dumped "p2v.disks=$device"
is "a disk is dumped as it was named" "$(value_of disks)" "$device"
p2v --help-config
keys=$(sed -nE 's/^(p2v\.)?([a-z_.]+)(, .*)?$/\2/p' <<< "$out")
dumped 'p2v.server=x'
is "each key of --help-config has one line, by its long name" "$(cut -d ' ' -f 1 "$scratch/out")" "$keys"

dumped 'p2v.remote.server=a p2v.remote.port=1 p2v.auth.username=u p2v.auth.sudo p2v.guestname=g p2v.vcpu.cores=2 p2v.network_map=n
    p2v.output.type=null p2v.output.misc=x p2v.auth.password=p'
long=$out
dumped 'p2v.server=a p2v.port=1 p2v.username=u p2v.sudo p2v.name=g p2v.vcpus=2 p2v.network=n p2v.o=null p2v.oo=x p2v.password=p'
is "long and short names come to the same" "$out" "$long"

dumped 'p2v.memory=lots'
is "a bad value is an error, dumped or not" "$status $out" "1 "
like "that names key, value and what is allowed" "$err" '^virt-p2v: error: p2v\.memory=lots is refused: it must be a size'
dumped 'p2v.sever=x'
like "an unknown key is warned about with the nearest known one" "$err" 'warning: p2v\.sever is not a key .*is p2v\.server meant\?'
is "and is no error" "$status" 0

# ---- what comes of the machine -------------------------------------------------------------------------

# of_machine FIELD...: of p2v-inspect's own inventory; true, false and the names in lists are told as in a dump
of_machine()
{
    "$scratch/bin/p2v-inspect" --json 2>/dev/null | perl -MJSON::PP -0777 -e '
        my $value = decode_json(<STDIN>);
        $value = $value->{$_} for @ARGV;
        print ref $value eq "ARRAY" ? join " ", map { $_->{name} } @$value : JSON::PP::is_bool($value) ? $value ? "true" : "false" : $value' "$@"
}
none_if_empty() { if [ -n "$1" ]; then echo "$1"; else echo "(none)"; fi; }

p2v --test-disk=/a --test-disk=/b --cmdline=p2v.dump_config_and_exit
is "without any other word it is dumped as well, and nothing is warned of" "$status:$(grep -c warning <<< "$err")" 0:0
is "the files of --test-disk are its disks" "$(value_of disks)" "sda sdb"
is "memory is the machine's, in bytes" "$(value_of memory)" "$(of_machine memory_bytes)"
is "processors" "$(value_of vcpu.cores)" "$(($(of_machine cpu sockets) * $(of_machine cpu cores) * $(of_machine cpu threads)))"
for word in acpi apic pae; do
    is "cpu.$word" "$(value_of cpu.$word)" "$(of_machine cpu $word)"
done
is "vendor" "$(value_of cpu.vendor)" "$(none_if_empty "$(of_machine cpu vendor)")"
is "model" "$(value_of cpu.model)" "$(none_if_empty "$(of_machine cpu model)")"
is "clock" "$(value_of rtc.basis)" "$(of_machine rtc basis)"
is "network interfaces" "$(value_of interfaces)" "$(none_if_empty "$(of_machine nics)")"
is "and their network" "$(value_of network_map)" default
is "removable drives" "$(value_of removable)" "$(none_if_empty "$(of_machine removables)")"
if [ "$(id -u)" -eq 0 ]; then
    # shellcheck disable=SC2016  # the inner shell's $
    unshare --uts sh -c 'hostname web.example && exec "$@"' sh "$program" --helper-dir="$scratch/bin" --test-disk=/a \
        --cmdline=p2v.dump_config_and_exit > "$scratch/out"
    is "the host's name is the guest's" "$(value_of guestname)" web.example
fi
"$tests/lib/on-terminal" -- "$program" --helper-dir="$scratch/bin" --test-disk=/a --cmdline=p2v.dump_config_and_exit > "$scratch/out" < /dev/null
is "it is dumped on a terminal too" "$(value_of disks)" sda
# A standard error of a kind that the C library asks about with ioctl(2), as a console is.
is "where the errors go to a character device too" "$("$program" --helper-dir="$scratch/bin" --test-disk=/a \
    --cmdline='p2v.dump_config_and_exit p2v.removable=none' 2> /dev/null | grep '^removable')" "removable none"
p2v --helper-dir="$scratch/none" --cmdline="p2v.dump_config_and_exit p2v.fail=\"touch $scratch/ran\""
is "where the machine cannot be inspected nothing is dumped" "$status:$out" "1:"
like "the error says why" "$err" '^virt-p2v: error: p2v-inspect cannot be run from .*/none'
ok "and p2v.fail is not run" test ! -e "$scratch/ran"

status=0
"$program" --helper-dir="$scratch/bin" --test-disk=/a --cmdline=p2v.dump_config_and_exit > /dev/full 2> "$scratch/err" || status=$?
is "what cannot be printed is a failure" "$status" 1
like "and the error says why" "$(cat "$scratch/err")" 'virt-p2v: error: cannot print the configuration: No space left on device'

# ---- the default of p2v.post ---------------------------------------------------------------------------

echo 'quiet p2v.server=x p2v.dump_config_and_exit' > "$scratch/cmdline"
chmod 644 "$scratch/cmdline"
# of_kernel COMMAND...: p2v.post, where /proc/cmdline is that file.
of_kernel()
{
    # shellcheck disable=SC2016  # the inner shell's $
    unshare --mount sh -c 'mount --bind "$0" /proc/cmdline && exec "$@"' "$scratch/cmdline" "$@" "$program" --helper-dir="$scratch/bin" > "$scratch/out" 2> "$scratch/err"
    value_of post
}
if [ "$(id -u)" -eq 0 ]; then
    is "root, configured by /proc/cmdline, powers off afterwards" "$(of_kernel)" poweroff
    is "another user does not" "$(of_kernel setpriv --reuid 64702 --regid 64702 --clear-groups)" "(none)"
    sed -i 's/$/ p2v.post=reboot/' "$scratch/cmdline"
    is "and what is said holds" "$(of_kernel)" reboot
fi
dumped 'p2v.server=x'
is "nor does anybody who gives --cmdline" "$(value_of post)" "(none)"

# ---- options -------------------------------------------------------------------------------------------

for option in --help --help-config --version -V -h; do
    p2v "$option"
    is "$option is answered with status 0" "$status:$err" "0:"
done
p2v -V
like "-V tells the version" "$out" '^virt-p2v [0-9.]+$'
# The lock of --iso is in a /run of its own.
[ "$(id -u)" -ne 0 ] || wrapper=(unshare --mount sh -c 'mount -t tmpfs tmpfs /run && exec "$@"' run)
p2v --colors --colours --iso --nbd=qemu-nbd,builtin --test-disk=/a --test-disk=/b -v --verbose --cmdline='p2v.dump_config_and_exit'
is "the options of the manual are taken" "$status:$(grep -c 'error\|warning' <<< "$err")" 0:0
wrapper=()
for option in --frobnicate -x --iso=yes --test-disk=relative --nbd=httpd argument; do
    p2v "$option" --cmdline='p2v.dump_config_and_exit'
    is "$option is refused" "$status:$out" "2:"
    like "$option: with a sentence" "$err" "virt-p2v.*"
done

# Files that virt-p2v opens for the supervisor would have the numbers of what is closed, and be taken for none, or for an output.
for closed in '<&-' '>&-' '2>&-'; do
    rm -f "$scratch/audit"
    status=0
    eval '"$program" --helper-dir="$scratch/bin" --test-disk=/a --audit-log="$scratch/audit" --cmdline=p2v.dump_config_and_exit \
        < /dev/null > "$scratch/out" 2> "$scratch/err"' "$closed" || status=$?
    is "with $closed the audit log has its lines and no others" "$(sed -n '1p; $p' "$scratch/audit" | grep -o '"event": "[a-z]*"' | xargs), $(grep -cv '^{.*}$' "$scratch/audit")" \
        "event: locked event: ends, 0"
    [ "$closed" = '>&-' ] && failed=1 || failed=0
    is "and the status says whether the configuration was printed ($closed)" "$status" "$failed"
done

# ---- the man page --------------------------------------------------------------------------------------

# An entry: one or more .It lines and the text below them, free of macros.
missing=$("$program" --help-config | perl -e '
    my ($page, @entries, $heads) = (shift, (), 0);
    open my $in, "<", $page or die; my $list = 0;
    while (<$in>) {
        $list = 1 if /^\.Sh KERNEL COMMAND LINE/; $list = 0 if /^\.Sh SSH IDENTITIES/;
        next unless $list; chomp;
        if (/^\.It (.*)/) { push @entries, ["", ""] unless $heads; $heads = 1; $entries[-1][0] .= " $1 "; next }
        next unless @entries; $heads = 0; s/^\.[A-Z][a-z] //; $entries[-1][1] .= " $_";
    }
    my (@names, %known);
    while (<STDIN>) {
        if (/^(\S.*)$/) { @names = split /, /, $1; @known{@names} = () }
        elsif (/^    default: (.*)$/) {
            my $default = $1; $default = "none" if $default eq "none";
            for my $name (@names) {
                my ($entry) = grep { $_->[0] =~ / \Q$name\E / } @entries;
                print "$name is not there\n" unless $entry;
                print "$name: its default, $default, is not told\n" if $entry && index($entry->[1], $default) < 0;
            }
        }
    }
    for (map { $_->[0] =~ /\b(p2v\.[a-z_.]+)/g } @entries) { print "$_ is no key\n" unless exists $known{$_} }' "$tests/../p2v-runner/virt-p2v.1")
is "the man page has each key by both names, with its default, and no other" "$missing" ""
done_testing
