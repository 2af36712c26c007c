#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# conversion-server.sh: a private conversion server on loopback. Real sshd, real or pretended virt-v2v.
#
# It lives in its own mount and pid namespaces with its own passwd, shadow, group, sudoers, /tmp and
# /run, so that passwords and users are real to sshd and nothing of it is on the machine: when it ends,
# or whoever started it ends, every session, process and mount of it is gone. Needs root.
#
# Sourced:   server_start DIR [OPTION]...   server_stop DIR   server_processes DIR   server_sessions DIR
#            server_down DIR   server_up DIR   for one with --restarts
#            server_idle DIR
# By hand:   conversion-server.sh DIR [OPTION]...             runs until Ctrl-C
#
# Options:   --v2v real|copy|digest|fail|hang|slow|missing   what virt-v2v is there (default real); see pretend-virt-v2v
#            --sshd LINE                         one more line of sshd_config, before ours; may be repeated
#            --password WORD                     of both users; otherwise random
#            --pam                               logins by PAM, and keyboard-interactive, with a PAM service of its own
#            --address ADDRESS                   where it listens, in place of 127.0.0.1
#            --restarts                          sshd is started again when it ends, once DIR/etc/down is not there
# The array server_enter, if the shell has it, is a command to start it by, and to look at its sockets by: for another network.
# DIR, which must not be under /tmp, then has:
#            server.env     port, fingerprint, password, key and user, as shell assignments
#            tmp/           the server's /tmp
#            log/           sshd's log; argv: the NUL-ended arguments of a pretended virt-v2v's conversion
# Users:     root, and p2v, who is not root and has sudo without a password. Both take the key and the password.

server_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
server_p2v_uid=64701

# The server's own account files: this machine's, with root's password and home replaced and p2v added.
server_accounts()
{
    local dir=$1 password=$2 hash
    # shellcheck disable=SC2016  # perl's $
    hash=$(perl -e 'chomp(my $p = <STDIN>); print crypt($p, q($6$testserver$))' <<< "$password")
    {
        echo "root:x:0:0:root:$dir/home/root:/bin/bash"
        grep -Ev '^(root|p2v):' /etc/passwd
        echo "p2v:x:$server_p2v_uid:$server_p2v_uid:test user:$dir/home/p2v:/bin/bash"
    } > "$dir/etc/passwd"
    printf '%s:%s:19000:0:99999:7:::\n' root "$hash" p2v "$hash" > "$dir/etc/shadow"
    chmod 600 "$dir/etc/shadow"
    { cat /etc/group; echo "p2v:x:$server_p2v_uid:"; } > "$dir/etc/group"
    cat > "$dir/etc/sudoers" <<END
Defaults secure_path="$3"
Defaults env_keep += "LIBGUESTFS_BACKEND LIBGUESTFS_BACKEND_SETTINGS LIBGUESTFS_APPEND VIRT_V2V_TMPDIR"
root ALL=(ALL:ALL) ALL
p2v  ALL=(ALL:ALL) NOPASSWD: ALL
END
    chmod 440 "$dir/etc/sudoers"
    install -d -m 700 "$dir/home/root"
    install -d -m 700 -o "$server_p2v_uid" -g "$server_p2v_uid" "$dir/home/p2v"
}

# What is first on the PATH of every session.
server_virt_v2v()
{
    local dir=$1 kind=$2
    mkdir "$dir/bin"
    case $kind in
    real) ;;
    copy | digest | fail | hang | slow)
        install -m 755 "$server_here/pretend-virt-v2v" "$dir/bin/virt-v2v"
        echo "$kind" > "$dir/etc/pretend"
        ;;
    missing)    # every program of the machine but this one
        find /usr/sbin /usr/bin -maxdepth 1 ! -type d ! -name virt-v2v -exec ln -sf -t "$dir/bin" {} +
        ;;
    esac
}

# libguestfs keeps root's appliance in this machine's /var/tmp, to be quick; p2v, no user of this machine, leaves none there. Its kernel is
# told to tick (nohz, highres): an emulated processor that loses one interrupt of its timer, as happens under load, would never wake again.
server_config()
{
    local dir=$1 environment
    environment="PATH=$2 LIBGUESTFS_BACKEND=direct LIBGUESTFS_BACKEND_SETTINGS=force_tcg LIBGUESTFS_APPEND=\"nohz=off highres=off\" VIRT_V2V_TMPDIR=/tmp PRETEND_VIRT_V2V=$1"
    cat <<END
HostKey $dir/etc/host_key
AuthorizedKeysFile $dir/etc/authorized_keys
StrictModes no
PidFile none
UsePAM no
UseDNS no
PermitRootLogin yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
PubkeyAuthentication yes
PrintMotd no
LogLevel VERBOSE
MaxStartups 100
SetEnv $environment
Match User p2v
SetEnv $environment LIBGUESTFS_CACHEDIR=/tmp
END
}

# Runs inside the new namespaces, as their first process, and becomes sshd.
server_inside()
{
    local dir=$1 port=$2 address=$3 restarts=$4 file sshd
    for file in passwd shadow group sudoers; do
        mount --bind "$dir/etc/$file" "/etc/$file"
    done
    if [ -e "$dir/etc/pam-sshd" ]; then mount --bind "$dir/etc/pam-sshd" /etc/pam.d/sshd; fi
    mount --bind "$dir/tmp" /tmp
    mount -t tmpfs -o mode=755 tmpfs /run
    mkdir -m 755 /run/sshd
    cd /
    sshd=(/usr/sbin/sshd -D -e -f "$dir/etc/sshd_config" -p "$port" -o "ListenAddress=$address")
    [ -n "$restarts" ] || exec "${sshd[@]}"
    set +e
    while :; do
        [ -e "$dir/etc/down" ] || "${sshd[@]}"
        sleep 0.2
    done
}

server_enter=()
server_listening() { [ -n "$("${server_enter[@]}" ss -Hltn "sport = :$1 and src ${2:-127.0.0.1}")" ]; }

# Starts it as a child of this shell; returns when it listens.
server_start()
{
    local dir=$1 kind=real address=127.0.0.1 restarts='' pam='' password path port pid attempt extra=()
    shift
    password=$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
    while [ $# -gt 0 ]; do
        case $1 in
        --v2v) kind=$2 ;;
        --sshd) extra+=("$2") ;;
        --password) password=$2 ;;
        --pam) pam=yes; shift; continue ;;
        --address) address=$2 ;;
        --restarts) restarts=yes; shift; continue ;;
        *) echo "conversion-server.sh: no such option: $1" >&2; return 2 ;;
        esac
        shift 2
    done
    case $dir in
    /tmp/*) echo "conversion-server.sh: $dir would be hidden by the server's own /tmp" >&2; return 2 ;;
    esac

    install -d -m 755 "$dir" "$dir/etc" "$dir/home" || return
    install -d -m 1777 "$dir/tmp" "$dir/log" || return
    server_virt_v2v "$dir" "$kind" || return
    path=$dir/bin
    [ "$kind" = missing ] || path+=:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    server_accounts "$dir" "$password" "$path" || return
    if [ -n "$pam" ]; then
        printf '%s\n' 'auth required pam_unix.so' 'account required pam_permit.so' 'session required pam_permit.so' > "$dir/etc/pam-sshd"
        extra+=('UsePAM yes' 'KbdInteractiveAuthentication yes')
    fi
    ssh-keygen -q -t ed25519 -N '' -C 'test server' -f "$dir/etc/host_key" || return
    ssh-keygen -q -t ed25519 -N '' -C 'test user' -f "$dir/id_ed25519" || return
    cp "$dir/id_ed25519.pub" "$dir/etc/authorized_keys" || return
    case "${extra[*]}" in
    *Subsystem*) ;;    # sshd takes one of a name; "Subsystem none /bin/false" leaves it without SFTP
    *) extra+=("Subsystem sftp internal-sftp") ;;
    esac
    { printf '%s\n' "${extra[@]}"; server_config "$dir" "$path"; } \
        > "$dir/etc/sshd_config" || return

    for attempt in 1 2 3 4 5 6 7 8; do
        port=$((20000 + RANDOM % 10000))
        # pdeathsig and kill-child: all of it ends with this shell, whatever ends this shell.
        setpriv --pdeathsig KILL "${server_enter[@]}" unshare --mount --pid --mount-proc --kill-child=KILL \
            bash "$server_here/conversion-server.sh" --inside "$dir" "$port" "$address" "$restarts" \
            < /dev/null > "$dir/log/sshd" 2>&1 &
        pid=$!
        for _ in {1..300}; do
            # Its own word, for on that port another test's may listen.
            if grep -qs '^Server listening on ' "$dir/log/sshd"; then
                echo "$pid" > "$dir/pid"
                {
                    printf 'server_address=%q\n' "$address"
                    printf 'server_port=%q\n' "$port"
                    printf 'server_password=%q\n' "$password"
                    printf 'server_key=%q\n' "$dir/id_ed25519"
                    printf 'server_user=%q\n' p2v
                    printf 'server_fingerprint=%q\n' "$(ssh-keygen -l -f "$dir/etc/host_key.pub" | cut -d' ' -f2)"
                } > "$dir/server.env"
                return 0
            fi
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "$pid" 2>/dev/null || :    # it may have ended by itself
        wait "$pid" 2>/dev/null || :
        grep -q 'Address already in use' "$dir/log/sshd" || break
    done
    echo "conversion-server.sh: sshd did not start (attempt $attempt):" >&2
    cat "$dir/log/sshd" >&2
    return 1
}

# "PID COMMAND" of every process of the server except the listening sshd.
server_processes()
{
    local unshare namespace init pid
    unshare=$(cat "$1/pid")
    init=$(pgrep -P "$unshare") || return 0
    namespace=$(readlink "/proc/$init/ns/pid") || return 0
    # A process may end between the looks and the print.
    { find /proc/[0-9]*/ns/pid -maxdepth 0 -lname "pid:\[${namespace//[^0-9]/}\]" -printf '%h\n' 2>/dev/null || :; } | tr -dc '0-9\n' |
        while read -r pid; do
            [ "$pid" = "$init" ] || printf '%s %s\n' "$pid" "$(tr '\0' ' ' 2>/dev/null < "/proc/$pid/cmdline")"
        done
}

# Its sshd: the processes of sessions, and the one that listens, which names itself so a little after it does; a child of it has that
# name too until it is a session's.
server_sessions() { server_processes "$1" | awk '/sshd: / && !/listener/ { print $1 }'; }
server_listener()
{
    local pid=
    for _ in {1..100}; do
        pid=$(server_processes "$1" | awk '/sshd: .*listener/ && !found { print $1; found = 1 }')
        [ -z "$pid" ] || break
        sleep 0.1
    done
    echo "$pid"
}

# One with --restarts without its listening sshd, and with one again; its sessions stay. Each returns when it is so.
server_down()
{
    local pid
    touch "$1/etc/down"
    pid=$(server_listener "$1")
    if [ -z "$pid" ]; then
        echo "conversion-server.sh: no sshd listens that could be ended" >&2
        return 1
    fi
    kill -KILL "$pid" || return
    for _ in {1..100}; do
        server_process_runs "$pid" || return 0
        sleep 0.1
    done
    echo "conversion-server.sh: sshd, process $pid, is still there 10 s after it was killed" >&2
    return 1
}
server_up()
{
    local before
    before=$(grep -c '^Server listening on ' "$1/log/sshd")
    rm "$1/etc/down"
    for _ in {1..300}; do
        [ "$(grep -c '^Server listening on ' "$1/log/sshd")" -eq "$before" ] || return 0
        sleep 0.1
    done
    echo "conversion-server.sh: sshd does not listen again within 30 s" >&2
    return 1
}

# Nothing is left there of any session; with --restarts what starts sshd stays.
# shellcheck disable=SC2143  # grep -q would end the pipe early, and pipefail take that for an answer
server_idle() { [ -z "$(server_processes "$1" | grep -v -e listener -e ' sleep 0.2 $')" ]; }

# Where the first process of this machine collects nobody's status, as in many a container, one that has ended stays a zombie.
server_process_runs() { grep -q '^State:[[:space:]][^ZX]' "/proc/$1/status" 2>/dev/null; }

server_stop()
{
    local dir=$1 pid init
    [ -s "$dir/pid" ] || return 0
    pid=$(cat "$dir/pid")
    init=$(pgrep -P "$pid") || init=
    kill -KILL "$pid" 2>/dev/null || :    # it may have ended by itself: what matters is looked at below
    wait "$pid" 2>/dev/null || :
    for _ in {1..300}; do
        if [ -z "$init" ] || ! server_process_runs "$init"; then
            rm -f "$dir/pid"
            return 0
        fi
        sleep 0.1
    done
    echo "conversion-server.sh: process $init is still there 30 s after it was killed" >&2
    return 1
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    set -euo pipefail
    if [ "${1:-}" = --inside ]; then
        server_inside "$2" "$3" "$4" "$5"
    fi
    if [ $# -lt 1 ] || [ "$(id -u)" -ne 0 ]; then
        echo "usage, as root: conversion-server.sh DIR [--v2v real|copy|digest|fail|hang|slow|missing] [--sshd LINE] [--password WORD] [--pam] [--address ADDRESS] [--restarts]" >&2
        exit 2
    fi
    trap 'server_stop "$1"' EXIT
    trap 'exit 0' INT TERM
    server_start "$@"
    cat "$1/server.env"
    wait
fi
