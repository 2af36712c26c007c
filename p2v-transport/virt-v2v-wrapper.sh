#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# virt-v2v-wrapper.sh: one conversion on the conversion server, as a detached job that outlives the SSH connection.
#
# p2v-transport uploads it into the remote directory and runs it there; do not run it yourself.  As
# "/bin/sh DIRECTORY/virt-v2v-wrapper.sh COMMAND", COMMAND being
#
#   start MARK             starts the job, then does what follow MARK 0 does; exit status 73: it could not be started, or
#                          another connection, which could not know how far this one came, has decided that it never will be
#   follow MARK OFFSET     prints MARK, then virt-v2v's messages from byte OFFSET on, until the job has ended
#   result MARK OFFSET     prints MARK; virt-v2v's exit status or "lost"; its last error, maybe empty; the rest of the messages
#   cancel                 ends virt-v2v and everything it started; returns when that is done, with exit status 0, or after about 12
#                          seconds
#   bad-ranges             takes the file bad-ranges on standard input; returns when it is there
#   run                    is the job itself
#
# Files, beside those uploaded:
#
#   arguments                     sudo=yes|no, patience=SECONDS, ports='PORT...' (forwarded, one a disk), and virt-v2v's arguments, as
#                                 p2v-transport quoted them
#   claim                         a symbolic link that points nowhere, because making one is atomic: "job", a job is started here;
#                                 "nobody", another connection has decided that none ever will be
#   session                       the sshd process that follow runs under, and when that process began
#   environment v2v-version       before the conversion
#   virt-v2v-conversion-log.txt   all that virt-v2v prints
#   messages                      its standard output alone: what the person sees
#   running                       locked (flock) as long as the job lives, from its first moment on
#   hop-PORT.pid                  the nbdkit between virt-v2v and that forwarded port
#   pid                           virt-v2v's process, which leads a session of its own, and when that process began
#   cancelled                     there when cancel was asked for
#   unwritten                     there when not all that virt-v2v printed could be written here
#   bad-ranges                    "DISK OFFSET LENGTH", in bytes, of what could not be read and is zeroes; only if there is any
#   status                        virt-v2v's exit status; comes into being whole, as the job's last act
#   output errors                 pipes, from virt-v2v to who writes what it prints
#   NAME.new                      a file that is being written; those of pid, cancelled, unwritten and status are there from the
#                                 start, and hold the room that these need where this folder has none any more
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

# "PID BEGAN" of every process of session $1 that has not ended, and of all their descendants, whatever session these are in.
members() {
    cat /proc/[0-9]*/stat 2>/dev/null | awk -v session="$1" '
        { pid = $1; sub(/^.*\) /, ""); if ($1 == "Z") next; parent[pid] = $2; began[pid] = $20; if ($4 == session) member[pid] = 1 }
        END {
            do {
                more = 0
                for (pid in parent)
                    if (!(pid in member) && parent[pid] in member) { member[pid] = 1; more = 1 }
            } while (more)
            for (pid in member) print pid, began[pid]
        }'
}

# "PID BEGAN" of the sshd process that this is run by, or nothing.
session() {
    pid=$PPID
    while [ "$pid" -gt 1 ]; do
        { read -r stat < "/proc/$pid/stat"; } 2>/dev/null || return
        case $stat in "$pid (sshd"*) echo "$pid $(began "$pid")"; return ;; esac
        # shellcheck disable=SC2086  # to be split
        set -- ${stat##*) }
        pid=$2
    done
}

# A connection that the network dropped silently lives on in its sshd for hours: the next one ends it.
end_old_session() {
    new=$(session)
    { read -r old since < session; } 2>/dev/null || old=0
    if [ "${old:-0}" != 0 ] && [ "$old $since" != "$new" ] && [ "$(began "$old")" = "$since" ]; then
        case $(cat "/proc/$old/comm" 2>/dev/null) in sshd*) kill "$old" 2>/dev/null ;; esac
    fi
    echo "$new" > session.new && mv session.new session
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

# Line $2 becomes the file $1, in the room that $1.new holds: ">" would give that away first.
put() { echo "$2" 1<> "$1.new" && mv "$1.new" "$1"; }

# Not all could be written.  Another may have said so already.
unwritten() { [ -e unwritten ] || mv unwritten.new unwritten; }

# A word to the person, and to the log.
warn() { echo "virt-p2v: warning: $1" | tee -a "$log" >> messages; }

# One nbdkit that listens at a free port $2 and hides from virt-v2v that forwarded port $1 is away for a while.  It ends with this
# process, whatever ends this process.
# Who waits is the plugin (retry, one second each), for the filter opens again but does not wait where a client opens.  The filter's
# retries are how often one request may lose its connection.
hop() {
    rm -f "hop-$1.pid"
    nbdkit --foreground --exit-with-parent --readonly --ipaddr 127.0.0.1 --port "$2" --pidfile "$PWD/hop-$1.pid" --filter=retry \
        nbd "uri=nbd://127.0.0.1:$1" "retry=$((patience + 120))" retries=5 retry-delay=1 retry-exponential=no < /dev/null >> "$log" 2>&1 9>&- &
    hop=$!
    waited=0
    while [ "$waited" -lt 100 ]; do                  # 2 seconds and more
        [ -s "hop-$1.pid" ] && return 0
        [ -d "/proc/$hop" ] || return 1
        sleep 0.02
        waited=$((waited + 1))
    done
    kill -s KILL "$hop"
    return 1
}

# Puts them between, in physical.xml: all or none.
begin_hops() {
    [ "$patience" -gt 0 ] || return
    if ! nbdkit --dump-plugin --filter=retry nbd > /dev/null 2>&1; then
        warn "nbdkit with its nbd plugin and its retry filter is not installed on this server: a connection that is lost fails the conversion"
        return
    fi
    cp physical.xml hops.xml || return
    for port in $ports; do
        local_port=
        # Below the ports that the kernel gives to others.
        for try in $(od -An -v -N40 -tu2 /dev/urandom); do
            hop "$port" "$((20000 + try % 12000))" && local_port=$((20000 + try % 12000)) && break
        done
        if [ -z "$local_port" ]; then
            warn "nbdkit could not be started on this server (see $log): a connection that is lost fails the conversion"
            end_hops
            return
        fi
        sed "s/\(name=\"localhost\" port=\"\)$port\"/\1$local_port\"/" hops.xml > hops.new && mv hops.new hops.xml
    done
    mv hops.xml physical.xml
}

# "PID BEGAN" of the hops that live.  A number in a file may be another's by now: a hop's own command line names that file.
hops() {
    for file in "$PWD"/hop-*.pid; do
        { read -r pid < "$file"; } 2>/dev/null || continue
        if tr '\0' '\n' 2>/dev/null < "/proc/$pid/cmdline" | grep -qxF "$file"; then echo "$pid $(began "$pid")"; fi
    done
}

end_hops() {
    signal KILL "$(hops)"
    rm -f hop-*.pid hops.xml hops.new
}

# The job has ended with this exit status.
finish() {
    rm -f output errors pid pid.new cancelled.new unwritten.new
    end_hops
    put status "$1"
}

# What virt-v2v prints is read on where it cannot be written, so that it goes on: tee gives up what it cannot write to, and /dev/null takes
# all.  A reader, which runs in the background, takes its pipe's name away when nothing more will come.
read_output() {
    exec 9>&-
    tee -a "$log" /dev/null < output >> messages || unwritten
    rm output
}

read_errors() {
    exec 9>&-
    tee -a "$log" < errors > /dev/null || unwritten
    rm errors
}

run() {
    env > environment
    begin_hops
    if [ -e cancelled ]; then
        finish 143
        exit
    fi
    if [ "$sudo" = yes ]; then
        set -- sudo -n virt-v2v "$@"
    else
        set -- virt-v2v "$@"
    fi
    read_output &
    read_errors &
    setsid "$@" < /dev/null > output 2> errors 9>&- &
    job=$!
    put pid "$job $(began "$job")"
    if [ "$sudo" = yes ]; then sudo -n virt-v2v --version; else virt-v2v --version; fi < /dev/null > v2v-version 2>&1 9>&- &
    wait "$job"
    status=$?
    # Whatever virt-v2v left behind would hold its output open.  What has left its session for good as well is not waited for.
    left=$(members "$job")
    if [ -n "$left" ]; then
        signal TERM "$left"
        sleep 1
        signal KILL "$left"
    fi
    waited=0
    while { [ -e output ] || [ -e errors ]; } && [ "$waited" -lt 250 ]; do       # 5 seconds and more
        sleep 0.02
        waited=$((waited + 1))
    done
    finish "$status"
}

no_room() {
    echo "no file can be written in $PWD: is there no room left?" >&2
    exit 73
}

start() {
    for tool in setsid flock awk; do
        command -v "$tool" > /dev/null && continue
        echo "virt-p2v needs the program $tool on the conversion server" >&2
        exit 73
    done
    ln -s job claim || exit 73
    # No ":" and no exec where a file may not be had: a shell ends of a redirection that fails there.
    for file in messages "$log" running.new; do
        { true > "$file"; } 2>/dev/null || no_room
    done
    for file in pid cancelled unwritten status; do
        { echo > "$file.new"; } 2>/dev/null || no_room
    done
    mkfifo -m 600 output errors && exec 9> running.new && flock 9 && mv running.new running || exit 73
    setsid /bin/sh "$0" run < /dev/null > /dev/null 2>> "$log" &
    exec 9>&-
    follow "$1" 0
}

# What tail has not printed yet when it is ended, result prints.
follow() {
    for _ in 1 2 3 4 5 6 7 8 9 10; do                # of a job that is just being started
        [ -e running ] && break
        sleep 1
    done
    if [ ! -e running ]; then
        echo "there is no conversion in $PWD" >&2
        exit 73
    fi
    end_old_session
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
    [ ! -e unwritten ] || error="there is no room in $PWD, where not all that virt-v2v printed could be written${error:+; of that: $error}"
    printf '%s\n' "$error"
    tail -c "+$(($2 + 1))" messages
}

cancel() {
    ended -n && exit 0
    [ -e cancelled ] || mv cancelled.new cancelled
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do      # a job that has just begun
        [ -e pid ] && break
        ended -n && exit 0
        sleep 0.1
    done
    { read -r job since < pid; } 2>/dev/null || job=0
    if [ "$job" = 0 ] || [ "$(began "$job")" != "$since" ]; then
        ended -w 5                                   # virt-v2v has just gone by itself
        exit
    fi
    victims=$(members "$job")
    signal TERM "$victims"
    # A virt-v2v that sudo permits, and that is not ours to end, ends of the loss of its disks.
    ended -w 4 || victims="$victims
$(members "$job")
$(hops)"
    signal KILL "$victims"
    ended -w 5 && [ -z "$(members "$job")" ]
}

bad_ranges() {
    cat > bad-ranges.new && sed 's/^/virt-p2v: could not be read, and is zeroes: /' bad-ranges.new >> "$log" && mv bad-ranges.new bad-ranges
}

sudo=no patience=0 ports=''
case $1 in
start | follow | result)
    "$@"
    ;;
bad-ranges)
    bad_ranges
    ;;
cancel)
    eval "$(head -n 1 arguments)"                    # sudo=yes|no and numbers
    cancel
    ;;
run)
    # shellcheck source=/dev/null
    . ./arguments
    run "$@"
    ;;
esac
