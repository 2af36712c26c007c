#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# real-conversion.t: a real Debian disk, the real virt-v2v, whose connections are cut while it opens, inspects, converts and copies
# (network-boot.t and ui-terminal-real.t leave them alone), and the result boots. While it runs: who the programs are and what they may
# do, as the kernel tells. About three minutes, and one more the first time.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"

guest=$("$tests/guest/make-guest.sh")
digest=$(openssl dgst -sha256 "$guest")
new_server real --v2v real --restarts
mkdir "$scratch/out"

watch_processes
# Slow enough that the copy is still under way when it is cut.
start_p2v "$(server_cmdline root) p2v.bwlimit=400M p2v.o=local p2v.os=$scratch/out p2v.of=raw p2v.post=\"touch $scratch/post\" p2v.fail=\"touch $scratch/fail\"" "$guest"

# ---- while it runs -------------------------------------------------------------------------------------

comes_to 'Opening the source'

# The sockets that listen on TCP in any network namespace one of ours is in, and are held by one of ours.
tcp_listeners_of_ours()
{
    local pid name fd inode
    while read -r pid name; do
        for fd in /proc/"$pid"/fd/*; do
            inode=$(readlink "$fd" 2>/dev/null) || continue
            [[ $inode == socket:* ]] || continue
            inode=${inode//[^0-9]/}
            cat "/proc/$pid/net/tcp" "/proc/$pid/net/tcp6" |
                awk -v inode="$inode" -v name="$name" '$4 == "0A" && $10 == inode { print name, "listens on", $2 }'
        done
    done < <(p2v_processes)
}
is "nothing of ours listens on TCP" "$(tcp_listeners_of_ours)" ""

remote=$(remote_folder)
like "the remote folder has the documented name" "${remote##*/}" '^virt-p2v-[0-9]{8}-[A-Za-z0-9]{8}$'
is "only its owner may look into it" "$(stat -c '%a %U' "$remote")" "700 root"
all_are_there() { p2v_runs_as "p2v-export p2v-supervisor p2v-transport p2v-transport p2v-ui virt-p2v"; }
ok "export, two transports, the UI, the supervisor and virt-p2v are what runs" within 60 all_are_there
all_are_there || p2v_programs | diag

# ---- it is cut -----------------------------------------------------------------------------------------

# Not before the disk's connection is back, or there would be less to cut.
cuts=0
comes_further() { p2v_ended || { p2v_says "$1" && [ "$(grep -c 'for disk sda is back' "$scratch/stdout")" = "$cuts" ]; }; }
for mark in 'Opening the source' 'Inspecting the source' 'Converting' 'Copying disk'; do
    ok "virt-v2v comes to: $mark" within 600 comes_further "$mark"
    sleep 2
    # shellcheck disable=SC2046  # numbers
    ok "  ... and its connections are cut" kill -KILL $(server_sessions "$server")
    cuts=$((cuts + 1))
done

# ---- its end -------------------------------------------------------------------------------------------

wait_p2v 900
is "the conversion succeeds" "$p2v_status" 0
[ "$p2v_status" = 0 ] || show_output
is "each of four losses is told" "$(grep -c 'for disk sda is lost' <<< "$p2v_out")" 4
is "and each return" "$(grep -c 'for disk sda is back' <<< "$p2v_out")" 4
is "each of virt-v2v's messages came once" "$(grep -c -e 'Opening the source' -e 'Converting .* to run on' -e 'Finishing off' <<< "$p2v_out")" 3
ok "none of our processes is left" within 5 no_p2v_process_left
ok "and none on the conversion server" within 10 server_idle "$server"
is "standard error is empty" "$p2v_err" ""
like "the person saw virt-v2v's messages" "$p2v_out" 'Copying disk 1/1'
ok "p2v.post ran" test -e "$scratch/post"
ok "p2v.fail did not" test ! -e "$scratch/fail"
ok "the virtual machine's disk is there" test -s "$scratch/out/guest-sda"
ok "and its description" grep -q '<name>guest</name>' "$scratch/out/guest.xml"
is "the physical disk is as it was" "$(openssl dgst -sha256 "$guest")" "$digest"

for file in dmesg environment lscpu lspci lsscsi lsusb name p2v-version physical.xml status time v2v-version \
    virt-v2v-conversion-log.txt virt-v2v-wrapper.sh; do
    ok "the remote folder has $file" test -f "$remote/$file"
done
is "its status is 0" "$(cat "$remote/status" 2>/dev/null || :)" 0
is "its name is the guest's" "$(cat "$remote/name" 2>/dev/null || :)" guest
like "its v2v-version is virt-v2v's" "$(cat "$remote/v2v-version" 2>/dev/null || :)" '2\.[0-9]+\.[0-9]+'
ok "its log has virt-v2v's messages" grep -q 'Finishing off' "$remote/virt-v2v-conversion-log.txt"
is "nobody but root may read any of it" "$(find "$remote" ! -user root -o -perm /077 -type d)" ""

# ---- what each helper was, when it was last seen -------------------------------------------------------

wait "$watch"
field() { sed -n "s|.* $2=\\([^ ]*\\).*|\\1|p" <<< "$1"; }
uids=
for program in p2v-inspect p2v-export p2v-transport p2v-ui p2v-supervisor; do
    kept=0000000000000000
    [ $program != p2v-supervisor ] || kept=0000000000000004    # CAP_DAC_READ_SEARCH
    lines=$(grep " $program " "$scratch/processes" || :)
    ok "$program ran" test -n "$lines"
    while read -r line; do
        who="$program (process ${line%% *})"
        uid=$(field "$line" Uid)
        uid=${uid%%/*}
        ok "$who was not root" test "${uid:-0}" -ne 0
        is "$who had one uid, real, effective, saved and filesystem" "$(field "$line" Uid)" "$uid/$uid/$uid/$uid"
        like "$who had no root group" "$(field "$line" Gid)/$(field "$line" Groups)" '^([1-9][0-9]*/)+$'
        for set in CapInh CapPrm CapEff CapAmb; do
            is "$who had no capability in $set that it does not keep" "$(field "$line" "$set")" "$kept"
        done
        is "$who had none to get" "$(field "$line" CapBnd)" 0000000000000000
        is "$who had a seccomp filter" "$(field "$line" Seccomp)" 2
        is "$who had no_new_privs" "$(field "$line" NoNewPrivs)" 1
    done <<< "$lines"
    uids+="${uid:-none}"$'\n'
done
is "the five programs had five uids" "$(sort -u <<< "${uids%$'\n'}" | wc -l)" 5

ok "the virtual machine boots to a login prompt" "$tests/guest/boot-guest.sh" "$scratch/out/guest-sda" raw
done_testing
