#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The supervisor outlives every helper's misbehaviour: the helper is ended, the conversion fails with one sentence that
# names it, p2v.fail runs, and nothing is left.
set -euo pipefail
. "$(dirname "$0")/../lib/p2v.sh"

truncate -s 1M "$scratch/disk"

# lie PROGRAM BEHAVIOUR: puts the liar in the place of one helper.
lie()
{
    cp "$build"/bin/p2v-{inspect,plan,ui,fetch} "$scratch/bin/"
    cp "$build/tests/liar" "$scratch/bin/$1"
    echo "$2" > "$scratch/bin/$1.behaviour"
    rm -f "$scratch/failed"
}

cmdline="p2v.server=127.0.0.1 p2v.port=9 p2v.fail=\"touch $scratch/failed\""

# fails_naming WHAT REGEX: after lie
fails_naming()
{
    run_p2v 40 "$cmdline" "$scratch/disk"
    is "$1: the conversion fails" "$p2v_status" 1
    like "$1: the sentence names helper and cause" "$p2v_err" "$2"
    is "$1: there is one sentence" "$(grep -c 'virt-p2v: error: ' <<< "$p2v_err")" 1
    ok "$1: p2v.fail has run" test -e "$scratch/failed"
    ok "$1: no process is left" within 5 no_p2v_process_left
}

lie p2v-inspect out-of-turn
fails_naming "a message out of turn" 'p2v-inspect sent UiFinished, which it is not permitted now'
lie p2v-inspect garbage
fails_naming "a malformed message" 'p2v-inspect has been ended, .* malformed'
version=$(cat "$tests/../VERSION")
for program in p2v-inspect p2v-plan; do
    lie "$program" wrong-version
    fails_naming "a $program of another version" "$program is of version 9\.9\.9, p2v-supervisor of version ${version//./\\.}: install them together"
done
lie p2v-inspect crash
fails_naming "a helper that is killed" 'p2v-inspect ended unexpectedly, by signal 4'
lie p2v-inspect last-words
fails_naming "a helper that ends with words" 'p2v-inspect ended unexpectedly, by exit status 7: my \?\[31mlast words'
lie p2v-inspect chatter
fails_naming "a helper whose standard error is full after 1 MiB, which it outlives" 'p2v-inspect ended unexpectedly, by exit status 12(\n|$)'
lie p2v-inspect forbidden
fails_naming "a forbidden system call" 'p2v-inspect was ended: it tried the system call socket, which its policy does not permit; this is a fault of virt-p2v, or an attack'
lie p2v-inspect descriptors
fails_naming "descriptors by the dozen" 'p2v-inspect has been ended, .* descriptors'
lie p2v-plan out-of-turn
fails_naming "a p2v-plan that says what it may not" 'p2v-plan sent UiFinished, which it is not permitted now'
lie p2v-plan plan
fails_naming "a plan of a disk that there is not" 'p2v-plan told a plan that cannot be'
lie p2v-plan crash
fails_naming "a p2v-plan that is killed" 'p2v-plan ended unexpectedly, by signal 4'
cmdline+=" p2v.identity=https://127.0.0.1/key"
lie p2v-fetch pieces
fails_naming "a file without end" 'p2v-fetch sent more than it was asked for'
lie p2v-fetch out-of-turn
fails_naming "a p2v-fetch that says what it may not" 'p2v-fetch sent UiFinished, which it is not permitted now'
lie p2v-fetch wrong-version
fails_naming "a p2v-fetch of another version" 'p2v-fetch is of version 9\.9\.9, p2v-supervisor of'
lie p2v-fetch crash
fails_naming "a p2v-fetch that is killed" 'p2v-fetch ended unexpectedly, by signal 4'
lie p2v-ui crash
fails_naming "a UI that dies, as do the next three, and the run goes on without" 'cannot be fetched'

supervisor_of() { p2v_processes | sed -n 's/ p2v-supervisor$//p'; }
supervisor_runs() { [ -n "$(supervisor_of)" ]; }
inspect_runs() { [[ $(p2v_processes) == *p2v-inspect* ]]; }

# A flood of notes does not keep a person from cancelling. Before virt-p2v has begun SIGINT would end what starts it.
cancels()
{
    start_p2v "$cmdline" "$scratch/disk"
    ok "$1: virt-p2v has begun" within 30 inspect_runs
    sleep 1
    kill -INT "$p2v_pid"
    wait_p2v 40
    is "$1: SIGINT cancels" "$p2v_status" 3
    ok "$1: no process is left after cancelling" within 5 no_p2v_process_left
}
lie p2v-inspect flood
cancels "a flood of notes"
lie p2v-inspect silent
cancels "a helper that says nothing"
lie p2v-ui deaf
cp "$build/tests/liar" "$scratch/bin/p2v-inspect"
cancels "a display that takes nothing"

# Whoever kills virt-p2v leaves nothing behind; whoever kills the supervisor ends the conversion.
lie p2v-inspect silent
start_p2v "$cmdline" "$scratch/disk"
ok "virt-p2v has begun" within 30 inspect_runs
kill -KILL "$p2v_pid"
wait_p2v 5
ok "virt-p2v killed by SIGKILL leaves no process" within 20 no_p2v_process_left

start_p2v "$cmdline" "$scratch/disk"
ok "and again" within 30 inspect_runs
kill -KILL "$(supervisor_of)"
wait_p2v 20
is "a supervisor that is killed ends the conversion" "$p2v_status" 1
like "a supervisor that is killed is named" "$p2v_err" 'virt-p2v: error: p2v-supervisor ended unexpectedly, by signal 9 \(Killed\)'
is "no process outlives virt-p2v, not for a moment" "$(p2v_processes)" ""

# A signal is virt-p2v's to take: a terminal's ^C, and systemd, send it to all of them, and it cancels once.
start_p2v "$cmdline p2v.fail=\"sleep 1; echo the fail hook has run\"" "$scratch/disk"
ok "and once more" within 30 inspect_runs
kill -TERM "$(supervisor_of)"
sleep 1
ok "the supervisor itself takes no signal" supervisor_runs
kill -TERM "$(supervisor_of)" "$p2v_pid"
wait_p2v 20
is "virt-p2v's exit status is the supervisor's: cancelled" "$p2v_status" 3
like "p2v.fail has run" "$p2v_out" 'the fail hook has run'
is "virt-p2v is the last to go" "$(p2v_processes)" ""

# By itself, or with somebody else for a parent.
status=0
"$scratch/bin/p2v-supervisor" 2> "$scratch/stderr" < /dev/null || status=$?
is "the supervisor alone does nothing" "$status" 2
like "and says who starts it" "$(cat "$scratch/stderr")" '^p2v-supervisor: error: it is started by virt-p2v[^'$'\n'']*$'
for option in --help --version --print-sandbox; do
    ok "but $option is answered" "$scratch/bin/p2v-supervisor" "$option"
done
status=0
perl -MSocket -MPOSIX=dup2 -e 'socketpair my $ours, my $its, AF_UNIX, SOCK_SEQPACKET, 0 or die;
    if (!fork) { POSIX::dup2(fileno($its), 3); close $its; exec @ARGV } close $its; send $ours, "\xff\xff", 0; wait; exit($? >> 8)' \
    "$scratch/bin/p2v-supervisor" "$version" 2> "$scratch/stderr" || status=$?
is "a parent that is not virt-p2v is not believed" "$status" 1
like "and the reason is told" "$(cat "$scratch/stderr")" '^virt-p2v: error: a message of 2 bytes is malformed$'

# other_version FILE: virt-p2v, but of version 9.9.9, as it tells p2v-supervisor.
other_version() { VERSION=$version perl -0pe 's/^\Q$ENV{VERSION}\E(?=\0)/"9" x length $ENV{VERSION}/e' "$build/bin/virt-p2v" > "$1"; }
cp "$build"/bin/p2v-* "$scratch/bin/"
other_version "$scratch/bin/virt-p2v"
run_p2v 40 "$cmdline" "$scratch/disk"
is "a virt-p2v of another version fails" "$p2v_status" 1
is "and is told both versions, and nothing else" "$p2v_err" \
    "virt-p2v: error: virt-p2v is of version ${version//?/9}, p2v-supervisor of version $version: install them together, from one version"
ok "no process is left of it" within 5 no_p2v_process_left
cp "$build/bin/virt-p2v" "$scratch/bin/virt-p2v"

rm "$scratch/bin/p2v-supervisor"
run_p2v 40 "$cmdline" "$scratch/disk"
is "where there is no supervisor virt-p2v fails" "$p2v_status" 1
like "and says what to install" "$p2v_err" '^virt-p2v: error: cannot run [^ ]*/p2v-supervisor: No such file or directory: install it there'

done_testing
