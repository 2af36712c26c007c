#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# audit-log.t: with --audit-log every message between the programs, and every process's beginning and end, is a line of JSON, without a
# secret; a log that cannot be written is told.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"

make_disk "$scratch/disk" 4 random
new_server main --v2v copy --password audited-password
log=$scratch/log
p2v_options=(--audit-log="$log")

# The lines, checked one by one; then those of which the Python expression is true, each by the second one.
lines()
{
    python3 - "$log" "$@" << 'END'
import json, sys
for text in open(sys.argv[1], encoding="utf-8"):
    line = json.loads(text)
    assert isinstance(line["time"], float) and ("event" in line) != ("type" in line), text
    if "type" in line:
        assert "p2v-supervisor" in (line["from"], line["to"]) and isinstance(line["fields"], dict) and line["size"] > 0, text
    f = line.get("fields")
    if len(sys.argv) > 2 and eval(sys.argv[2]):
        print(eval(sys.argv[3]))
END
}

run_p2v 120 "$(server_cmdline p2v) p2v.password=audited-password p2v.passphrase=unused-passphrase p2v.os=/tmp p2v.hostkey=$server_fingerprint
    p2v.pre=\"echo from-pre\" p2v.post=true p2v.oo=some-password=audited-option p2v.oo=plain=shown" "$scratch/disk"
is "a conversion with an audit log succeeds" "$p2v_status" 0
[ "$p2v_status" = 0 ] || show_output
is "nothing is said of the log" "$(grep -c 'audit log' <<< "$p2v_out$p2v_err" || :)" 0
is "its owner alone may read it" "$(stat -c '%a %U' "$log")" "600 root"
ok "every line is JSON, with what each line has" lines

is "its first line is the supervisor's lock" "$(lines True "line.get('event')" | sed -n 1p)" locked
is "its last line is the supervisor's end" "$(lines True "(line.get('event'), line.get('program'), line.get('status'))" | tail -1)" \
    "('ends', 'p2v-supervisor', 'exit status 0')"
like "the supervisor's line says what was enforced on it" "$(lines "line.get('event') == 'locked'" "[layer['name'] for layer in line['layers']]")" "seccomp.*|landlock.*"
for program in p2v-inspect p2v-plan p2v-export p2v-transport p2v-ui; do
    like "$program's Ready says what was enforced on it" "$(lines "line.get('type') == 'Ready' and line['from'] == '$program'" \
        "{layer['name']: layer['enforced'] for layer in f['layers']}")" "'seccomp': True"
done

# Who said what to whom, of the conversion itself.
told=$(lines "line.get('type') and line['type'] not in ('Note', 'ConversionOutput', 'Ready', 'Progress') and 'p2v-ui' not in (line['from'], line['to'])" \
    "line['from'] + ' ' + line['to'] + ' ' + line['type']" | sed 's/p2v-//g')
expected='virt-p2v supervisor RunStart
supervisor inspect InspectStart
inspect supervisor Inventory
supervisor inspect ContentsStart
inspect supervisor Contents
supervisor plan Inventory
supervisor plan Contents
supervisor plan PlanAsk
plan supervisor Plan
supervisor transport Login
transport supervisor LoggedIn
supervisor transport TestConnection
transport supervisor Features'
is "the messages until the connection is tested, in order" "$(head -13 <<< "$told")" "$expected"
is "and what comes after it, each as often" "$(tail -n +14 <<< "$told" | sort | uniq -c | sed 's/^ *//')" "1 export supervisor ExportReady
1 supervisor export ExportStart
6 supervisor transport Attachment
1 supervisor transport ConversionStart
1 supervisor transport ForwardStart
2 supervisor transport Login
1 transport supervisor ConversionDirectory
1 transport supervisor ConversionEnded
1 transport supervisor ConversionStarted
1 transport supervisor ForwardReady
2 transport supervisor LoggedIn"
is "ExportStart has three descriptors" "$(lines "line.get('type') == 'ExportStart'" "line['descriptors']")" 3
is "the fields are there" "$(lines "line.get('type') == 'ConversionEnded'" "f['result'], f['status']")" "('done', 0)"
is "what virt-v2v printed is told by its size" "$(lines "line.get('type') == 'ConversionOutput' and not isinstance(f['data'], int)" "f")" ""
is "what the person was told is there" "$(lines "line.get('type') == 'UiVerdict'" "f['text']")" "$(sed -n 's/^virt-p2v: \(the conversion has succeeded\)/\1/p' <<< "$p2v_out")"

# Each process that was started has ended, once, and how is told.
is "each process that began has ended" "$(lines "line.get('event') == 'ended'" "line['process'], line['pid'], line['program']" | sort)" \
    "$(lines "line.get('event') == 'started'" "line['process'], line['pid'], line['program']" | sort)"
is "those that matter with status 0" "$(lines "line.get('event') == 'ended' and line['program'].startswith('p2v') and line['program'] != 'p2v-export'" "line['program'] + ' ' + line['status']" | sort | uniq -c | sed 's/^ *//')" \
    "2 p2v-inspect exit status 0
1 p2v-plan exit status 0
3 p2v-transport exit status 0
1 p2v-ui exit status 0
1 p2v.post exit status 0
1 p2v.pre exit status 0"
# Which the supervisor kills, if it has not ended by itself before: there is nothing to tidy up.
like "and a p2v-export" "$(lines "line.get('event') == 'ended' and line['program'] == 'p2v-export'" "line['status']")" '^(exit status 0|signal 9 \(Killed\))$'
is "with which rights a hook runs is told" "$(lines "line.get('event') == 'started' and line['program'] == 'p2v.pre'" "line['rights']")" "as virt-p2v"
like "and a tool" "$(lines "line.get('event') == 'started' and line['program'] == 'lspci'" "line['rights']")" "no capability"

# No secret, and no trace of how long one is.
for secret in audited-password unused-passphrase audited-option "$(sed -n 2p "$server_key")"; do
    ok "'${secret:0:20}...' is not in it" test "$(grep -cF -- "$secret" "$log")" = 0
done
is "of the secrets is told that they are there" "$(lines "line.get('type') == 'Login'" "f['password'], f['identity'], f['passphrase']" | sort -u)" \
    "('(secret)', '(secret)', '(secret)')"
is "the size of a Login does not tell that of its secrets" "$(lines "line.get('type') == 'Login' and line['size'] > 200" "line['size']")" ""
is "an option of virt-v2v's is told but for its secret" "$(lines "line.get('type') == 'ConversionStart'" "f['output']['misc']")" \
    "['some-password=(secret)', 'plain=shown']"

# ---- a second run is appended, and what ends badly is told ---------------------------------------------------

before=$(wc -l < "$log")
digest=$(sha256sum < "$log")
main=$server
new_server hanging --v2v hang
start_p2v "$(server_cmdline p2v) p2v.os=/tmp" "$scratch/disk"
kill_export() { local pid; pid=$(p2v_processes | sed -n 's/ p2v-export$//p'); [ -n "$pid" ] && kill -KILL "$pid"; }
ok "a p2v-export is killed" within 60 kill_export
wait_p2v 60
is "what was there stays" "$(head -n "$before" "$log" | sha256sum)" "$digest"
ok "every line is JSON" lines
like "a killed process's end says so" "$(lines "line.get('event') == 'ended' and 'exit' not in line['status']" "line['program'], line['status']")" \
    "'p2v-export', 'signal 9"

began=$(date +%s.%N)
start_p2v "$(server_cmdline p2v) p2v.os=/tmp p2v.pre=\"sleep 60\"" "$scratch/disk"
has_pre() { [ -n "$(lines "line.get('event') == 'started' and line['program'] == 'p2v.pre' and line['time'] > $began" 1)" ]; }
ok "p2v.pre has begun" within 60 has_pre
kill -INT "$p2v_pid"
wait_p2v 60
is "cancelled" "$p2v_status" 3
is "a signal is in it" "$(lines "line.get('event') == 'cancel'" "line['program']")" virt-p2v
like "and the status" "$(tail -1 "$log")" 'exit status 3'

# ---- where it cannot be written ------------------------------------------------------------------------------

refused()
{
    run_p2v 30 "$(server_cmdline p2v) p2v.os=/tmp p2v.fail=\"touch $scratch/begun\"" "$scratch/disk"
    is "$1: nothing is begun" "$p2v_status $(test -e "$scratch/begun" && echo begun)" "1 "
    like "$1: and why" "$p2v_err" "$2"
}
p2v_options=(--audit-log="$scratch/none/log")
refused "a folder that is not there" "cannot open the audit log $scratch/none/log: No such file"
ln -s log "$scratch/link"
p2v_options=(--audit-log="$scratch/link")
refused "a symbolic link" "cannot open the audit log $scratch/link"
p2v_options=(--audit-log=/dev/null)
refused "a device" "cannot use /dev/null as the audit log: it is not a file"
mkfifo "$scratch/fifo"
p2v_options=(--audit-log="$scratch/fifo")
refused "a pipe" "the audit log $scratch/fifo"

mkdir "$scratch/full"
mount -t tmpfs -o size=64k tmpfs "$scratch/full"
head -c 65536 /dev/zero > "$scratch/full/rest"
p2v_options=(--audit-log="$scratch/full/log")
run_p2v 60 "$(server_cmdline p2v) p2v.os=/tmp" "$scratch/disk"
is "a disk that is full at the beginning: nothing is begun" "$p2v_status" 1
like "and why" "$p2v_out$p2v_err" "the audit log $scratch/full/log cannot be written \(No space left on device\): nothing is begun without it"
truncate -s 24576 "$scratch/full/rest"
rm "$scratch/full/log" "$main/tmp/guest-sda"
server=$main
# shellcheck source=/dev/null
. "$server/server.env"
run_p2v 120 "$(server_cmdline p2v) p2v.os=/tmp" "$scratch/disk"
is "a disk that is full later: the conversion goes on" "$p2v_status" 0
is "and the person is told, once" "$(grep -c "warning: the audit log $scratch/full/log cannot be written any more (No space left on device)" <<< "$p2v_out$p2v_err")" 1
is "the disk arrives" "$(sha256sum < "$main/tmp/guest-sda")" "$(sha256sum < "$scratch/disk")"
log=$scratch/full/log
sed -i '$d' "$log" 2>/dev/null || { head -n -1 "$log" > "$scratch/whole" && log=$scratch/whole; }
ok "what is there until then is lines of JSON" lines
umount "$scratch/full"
done_testing
