#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each helper gone bad, at each of its steps, in every manner (actor.c): the supervisor ends in bounded time, with one sentence that
# names the helper and what it did, p2v.fail has run, and nothing is left; or it goes on, where that helper is not needed.
set -euo pipefail
. "$(dirname "$0")/../lib/p2v.sh"

truncate -s 1M "$scratch/disk"
base="p2v.server=127.0.0.1 p2v.port=9 p2v.fail=\"touch $scratch/failed\""

# Everybody is real again.
stage()
{
    cp --remove-destination "$build"/bin/p2v-* "$scratch/bin/"
    rm -f "$scratch"/bin/*.behaviour "$scratch"/bin/*.real "$scratch"/bin/*.reached "$scratch/failed"
}

# cast PROGRAM MESSAGE MANNER: the actor in the place of one helper; PROGRAM "contents" is p2v-inspect, for --contents alone.
cast()
{
    local program=${1/#contents/p2v-inspect}
    if [ "$1" = contents ]; then mv "$scratch/bin/$program" "$scratch/bin/$program.real"; fi
    cp --remove-destination "$build/tests/actor" "$scratch/bin/$program"
    echo "$2 $3" > "$scratch/bin/$program.behaviour"
}
reached() { test -e "$scratch/bin/${1/#contents/p2v-inspect}.reached"; }

# What the sentence says of a manner.
sentence()
{
    case $2 in
    dies) echo "$1 ended unexpectedly, by exit status 7" ;;
    is-killed) echo "$1 ended unexpectedly, by signal 4" ;;
    closes | nothing) echo "$1 ended unexpectedly, by signal 9" ;;
    as-ui) echo "$1 sent UiFinished, which it is not permitted now" ;;
    as-export) echo "$1 sent ExportReady, which it is not permitted now" ;;
    directory | writable | pty | channel) echo "$1 has been ended, .*Note carries 1 descriptors in place of 0" ;;
    out-of-range) echo "$1 has been ended, .*Note\.level" ;;
    elsewhere) echo "$1 has started the conversion in another directory than it said" ;;
    *) echo "$1 has been ended, .*(malformed|larger)" ;;
    esac
}

# fails PROGRAM MESSAGE MANNER, after stage and whoever else is cast
fails()
{
    local seconds=$SECONDS name="$1, in place of $2, $3"
    cast "$@"
    run_p2v 40 "$base ${words:-}" "$scratch/disk"
    is "$name: the conversion fails" "$p2v_status" 1
    like "$name: it is named with what it did" "$p2v_err" "$(sentence "${1/#contents/p2v-inspect}" "$3")"
    is "$name: in one sentence" "$(grep -c 'virt-p2v: error: ' <<< "$p2v_err")" 1
    ok "$name: within 30 seconds" test $((SECONDS - seconds)) -lt 30
    ok "$name: p2v.fail has run" test -e "$scratch/failed"
    ok "$name: no process is left" within 5 no_p2v_process_left
}

# goes_on PROGRAM MANNER: it is not needed; what ends the conversion is that no server is there.
goes_on()
{
    stage
    cast "$1" answer "$2"
    run_p2v 40 "$base" "$scratch/disk"
    is "$1 that $2: the run fails for another reason" "$p2v_status" 1
    like "$1 that $2: for want of a server" "$p2v_err" "127\.0\.0\.1 refuses connections"
    ok "$1 that $2: it was there" reached "$1"
    ok "$1 that $2: no process is left" within 5 no_p2v_process_left
}

# cancels PROGRAM MESSAGE MANNER: it keeps nobody from cancelling, and does not outlive it.
cancels()
{
    local name="$1, in place of $2, $3" seconds
    cast "$@"
    start_p2v "$base ${words:-}" "$scratch/disk"
    ok "$name: it comes so far" within 30 reached "$1"
    seconds=$SECONDS
    kill -INT "$p2v_pid"
    wait_p2v 60
    is "$name: SIGINT cancels" "$p2v_status" 3
    ok "$name: within 45 seconds" test $((SECONDS - seconds)) -lt 45
    ok "$name: no process is left" within 5 no_p2v_process_left
}

every="dies is-killed closes nothing garbage too-large lying-size out-of-range as-ui as-export directory writable pty channel"
some="closes garbage as-ui pty"
fetching="p2v.identity=https://127.0.0.1/key"

words=
for manner in $every; do
    stage; fails p2v-inspect answer "$manner"
    stage; fails p2v-plan answer "$manner"
done
for manner in $some; do
    for helper in contents p2v-ui; do     # its death would be borne, but not what it says; meanwhile the run must not fail of something else
        if [ "$manner" != closes ]; then stage; cast p2v-transport LoggedIn hangs; fails "$helper" answer "$manner"; fi
    done
    words="p2v.reconnect=0"               # else one that is killed while converting is made again
    for message in Ready LoggedIn Features ForwardReady ConversionStarted; do
        stage; fails p2v-transport "$message" "$manner"
    done
    words=
    stage; fails p2v-inspect Ready "$manner"
    stage; fails p2v-plan Ready "$manner"
    stage; cast p2v-transport nowhere plays; fails p2v-export answer "$manner"
    words=$fetching
    stage; fails p2v-fetch answer "$manner"
    words=
done
stage; fails p2v-transport nowhere elsewhere

for manner in dies is-killed closes; do
    goes_on contents "$manner"
    goes_on p2v-ui "$manner"
done

for message in Ready LoggedIn Features ConversionOutput; do
    stage; cancels p2v-transport "$message" hangs
done
for message in LoggedIn ConversionOutput; do
    stage; cancels p2v-transport "$message" floods
done
for manner in hangs floods; do
    stage; cancels p2v-inspect answer "$manner"
    stage; cancels contents answer "$manner"
    stage; cancels p2v-plan answer "$manner"
    stage; cast p2v-transport LoggedIn hangs; cancels p2v-ui answer "$manner"
    stage; cast p2v-transport nowhere plays; cancels p2v-export answer "$manner"
    words=$fetching
    stage; cancels p2v-fetch answer "$manner"
    words=
done

# What a helper leaves in the supervisor when it was ended and the run goes on: nothing.
descriptors()
{
    local pid
    while read -r pid _; do ls "/proc/$pid/fd"; done < <(p2v_processes | grep ' p2v-supervisor$') | wc -l
}
# It has heard of the end of every helper but those that it waits with: as many as a second ago, and $count of them.
descriptors_rest()
{
    local before
    before=$(descriptors)
    sleep 1
    count=$(descriptors)
    [ "$count" = "$before" ] && [[ $(p2v_processes) != *" p2v-inspect"* ]]
}
while_it_waits()
{
    cast p2v-transport LoggedIn hangs
    start_p2v "$base" "$scratch/disk"
    ok "$1: the run goes on" within 30 reached p2v-transport
    within 30 descriptors_rest || ok "$1: the supervisor comes to rest: $(p2v_processes)" false
    kill -INT "$p2v_pid"
    wait_p2v 60
}
stage
while_it_waits "all well"
well=$count
ok "the supervisor has descriptors" test "$well" -gt 3
for manner in dies is-killed closes; do
    stage; cast contents answer "$manner"
    while_it_waits "--contents, $manner"
    is "--contents, $manner: no descriptor of it is left in the supervisor" "$count" "$well"
done
done_testing
