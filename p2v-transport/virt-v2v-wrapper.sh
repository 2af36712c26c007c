#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# virt-v2v-wrapper.sh: one conversion on the conversion server, as a detached job that outlives the SSH connection.
#
# p2v-transport uploads it into the remote directory and runs it there; do not run it yourself.  As
# "/bin/sh DIRECTORY/virt-v2v-wrapper.sh COMMAND", COMMAND being
#
#   start MARK             starts the job, then does what follow MARK 0 does; exit status 73: it could not be started
#   follow MARK OFFSET     prints MARK, then virt-v2v's messages from byte OFFSET on, until the job has ended
#   result MARK OFFSET     prints MARK; virt-v2v's exit status or "lost"; its last error, maybe empty; the rest of the messages
#   cancel                 ends virt-v2v and everything it started; returns when it has ended, at most 10 seconds later
#   bad-ranges             takes the file bad-ranges on standard input; returns when it is there
#   run                    is the job itself
#
# Files, beside those uploaded:
#
#   arguments                     sudo=yes|no and virt-v2v's arguments, as p2v-transport quoted them
#   environment v2v-version       before the conversion
#   virt-v2v-conversion-log.txt   all that virt-v2v prints
#   messages                      its standard output alone: what the person sees
#   running                       locked (flock) as long as the job lives
#   pid                           virt-v2v's process, which leads a session of its own, and when that process began
#   cancelled                     there when cancel was asked for
#   bad-ranges                    "DISK OFFSET LENGTH", in bytes, of what could not be read and is zeroes; only if there is any
#   status                        virt-v2v's exit status; comes into being whole, as the job's last act
set -u
cd "${0%/*}" || exit 1
log=virt-v2v-conversion-log.txt

# Start time of process $1 in ticks, so that a process that got its number later is not taken for it (proc(5), stat).
began() {
    { read -r stat < "/proc/$1/stat"; } 2>/dev/null || return 1
    # shellcheck disable=SC2086  # numbers, to be split
    set -- ${stat##*) }
    echo "${20}"
}

# "PID BEGAN" of every process of session $1 and of all their descendants, whatever session these are in.
members() {
    cat /proc/[0-9]*/stat 2>/dev/null | awk -v session="$1" '
        { pid = $1; sub(/^.*\) /, ""); parent[pid] = $2; began[pid] = $20; if ($4 == session) member[pid] = 1 }
        END {
            do {
                more = 0
                for (pid in parent)
                    if (!(pid in member) && parent[pid] in member) { member[pid] = 1; more = 1 }
            } while (more)
            for (pid in member) print pid, began[pid]
        }'
}

# Sends signal $1 to those of the "PID BEGAN" lines of $2 that still are who they were.
signal() {
    echo "$2" | while read -r pid since; do
        if [ -z "$pid" ] || [ "$(began "$pid")" != "$since" ]; then continue; fi
        kill -s "$1" "$pid" 2>/dev/null || { [ "$sudo" = yes ] && sudo -n kill -s "$1" "$pid"; } 2>/dev/null
    done
}

# The job has ended when its lock is free: the kernel frees it, however the job ends, and nobody has to look again and again.
ended() { flock "$@" -s running true; }

run() {
    env > environment
    if [ "$sudo" = yes ]; then
        set -- sudo -n virt-v2v "$@"
    else
        set -- virt-v2v "$@"
    fi
    mkfifo -m 600 output || exit 73
    tee -a "$log" < output >> messages 9>&- &
    tee=$!
    setsid "$@" < /dev/null > output 2>> "$log" 9>&- &
    job=$!
    echo "$job $(began "$job")" > pid.new && mv pid.new pid
    if [ "$sudo" = yes ]; then sudo -n virt-v2v --version; else virt-v2v --version; fi < /dev/null > v2v-version 2>&1 9>&- &
    wait "$job"
    status=$?
    # Whatever virt-v2v left behind would hold its output open.
    left=$(members "$job")
    if [ -n "$left" ]; then
        signal TERM "$left"
        sleep 1
        signal KILL "$left"
    fi
    wait "$tee"
    rm -f output pid
    echo "$status" > status.new && mv status.new status
}

start() {
    for tool in setsid flock awk; do
        command -v "$tool" > /dev/null && continue
        echo "virt-p2v needs the program $tool on the conversion server" >&2
        exit 73
    done
    : > messages && : > "$log" && exec 9> running && flock 9 || exit 73
    setsid /bin/sh "$0" run < /dev/null > /dev/null 2>> "$log" &
    exec 9>&-
    follow "$1" 0
}

# What tail has not printed yet when it is ended, result prints.
follow() {
    echo "$1"
    tail -c "+$(($2 + 1))" -f messages &
    tail=$!
    ended
    kill "$tail"
    wait "$tail"
    exit 0
}

result() {
    echo "$1"
    cat status 2>/dev/null || echo lost
    error=$(grep -a -e 'virt-v2v: error: ' -e '^sudo: ' -e '^setsid: ' "$log" | tail -n 1 | tr -d '\000\r' | cut -c 1-900)
    printf '%s\n' "$error"
    tail -c "+$(($2 + 1))" messages
}

cancel() {
    ended -n && exit 0
    : > cancelled
    for _ in 1 2 3 4 5 6 7 8 9 10; do                # a job that has just begun
        [ -e pid ] && break
        sleep 0.1
    done
    { read -r job since < pid; } 2>/dev/null || job=0
    if [ "$job" = 0 ] || [ "$(began "$job")" != "$since" ]; then
        ended -w 5                                   # virt-v2v has just gone by itself
        exit
    fi
    victims=$(members "$job")
    signal TERM "$victims"
    ended -w 4 || victims="$victims
$(members "$job")"
    signal KILL "$victims"
    ended -w 5
}

bad_ranges() {
    cat > bad-ranges.new && sed 's/^/virt-p2v: could not be read, and is zeroes: /' bad-ranges.new >> "$log" && mv bad-ranges.new bad-ranges
}

sudo=no
case $1 in
start | follow | result)
    "$@"
    ;;
bad-ranges)
    bad_ranges
    ;;
cancel)
    eval "$(head -n 1 arguments)"                    # sudo=yes|no
    cancel
    ;;
run)
    # shellcheck source=/dev/null
    . ./arguments
    run "$@"
    ;;
esac
