# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v.sh: what an end-to-end test stands on; sourced. Running the programs, and leaving nothing behind.
#
# Each test has its own folder, $scratch, with its own copy of the programs in it, so that the processes of one
# test are told from any other's by the path of their executable. At exit, however it comes, everything the
# test started is ended: conversions, servers, loop devices, the folder.
#
#   run_p2v SECONDS CMDLINE DISK...   one conversion to its end; then $p2v_status, $p2v_out, $p2v_err (text)
#   start_p2v CMDLINE DISK...         begins one; $p2v_pid is virt-p2v
#   wait_p2v SECONDS                  waits for its end; "hung" is its status if it has to be killed
#   comes_to REGEX                    waits until it says that; where it does not, the test ends, and tells why
#   p2v_processes                     "PID PROGRAM" of each that runs
#   watch_processes                   begins to look at them; once $watch has ended, $scratch/processes has what was seen
#   new_server NAME [OPTION]...       a conversion server; its variables are then set, see conversion-server.sh
#   server_cmdline USER               the p2v.* words for that server, with the key, as USER, and nowhere to write yet
#   answering WORDS                   a server of another kind, at $answer_port

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${P2V_BUILD:-$tests/../build}
# shellcheck source=tests/lib/tap.sh
. "$tests/lib/tap.sh"
# shellcheck source=tests/server/conversion-server.sh
. "$tests/server/conversion-server.sh"

[ "$(id -u)" -eq 0 ] || bail_out "this needs root: users, namespaces and disks are what it is about; become root, and try again"
[ -x "$build/bin/virt-p2v" ] || bail_out "$build/bin/virt-p2v is not there: run make first"

# Not in /tmp, which the conversion server replaces with its own.
scratch=$(mktemp -d /var/tmp/virt-p2v-test.XXXXXXXX)
chmod 755 "$scratch"
mkdir "$scratch/bin" "$scratch/servers"
cp -P "$build"/bin/* "$scratch/bin/"
p2v_pid=
p2v_wrapper=()    # a command that runs virt-p2v, by exec; as of another network
p2v_options=()    # more options for it

# The programs of this test, told by executable, for pgrep sees no exe. A helper's root may be an empty
# one, and then the kernel shows the path from the filesystem's own root: so the end of the path is compared.
p2v_processes()
{
    # One that ends meanwhile is an error of find's.
    { find /proc/[0-9]*/exe -maxdepth 0 -lname "*/${scratch##*/}/bin/*" -printf '%h %l\n' 2>/dev/null || :; } |
        sed -E 's|^/proc/([0-9]+) .*/([^/ ]+)( \(deleted\))?$|\1 \2|'
}

no_p2v_process_left() { [ -z "$(p2v_processes)" ]; }

# Their names, in a line.
p2v_programs() { p2v_processes | cut -d' ' -f2 | sort | xargs; }

# What virt-p2v starts is virt-p2v for a moment: a list that has to be exact is asked for within some time.
p2v_runs_as() { [ "$(p2v_programs)" = "$1" ]; }

# What lives for a moment is seen by who looks already.
watch_processes()
{
    setpriv --pdeathsig KILL "$tests/lib/watch-processes" "${scratch##*/}" "$scratch/processes" &
    # shellcheck disable=SC2034  # for the test
    watch=$!
    within 30 test -e "$scratch/processes" || give_up "tests/lib/watch-processes begins"
}

# within SECONDS COMMAND...: does the command come true in that time?
within()
{
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.1
    done
}

start_p2v()
{
    local cmdline=$1 disk arguments=()
    shift
    for disk in "$@"; do arguments+=("--test-disk=$disk"); done
    : > "$scratch/stdout"    # the job's own redirection comes later, and until then what the last one said would be there
    # default-signal: a shell's background job would otherwise ignore SIGINT from birth.
    env --default-signal=INT,QUIT setpriv --pdeathsig KILL "${p2v_wrapper[@]}" \
        "$scratch/bin/virt-p2v" --helper-dir "$scratch/bin" "${p2v_options[@]}" "${arguments[@]}" --cmdline "$cmdline" \
        < /dev/null > "$scratch/stdout" 2> "$scratch/stderr" &
    p2v_pid=$!
}

# shellcheck disable=SC2034  # p2v_status, p2v_out and p2v_err are for the test
wait_p2v()
{
    if within "$1" p2v_ended; then
        p2v_status=0
        wait "$p2v_pid" || p2v_status=$?
    else
        diag "virt-p2v did not end within $1 s; running then: $(p2v_processes | tr '\n' ';')"
        p2v_status=hung
        kill -KILL "$p2v_pid" || :    # it may end by itself meanwhile, which is too late
        wait "$p2v_pid" || :
        show_output
    fi
    p2v_pid=
    p2v_out=$(tr -d '\0' < "$scratch/stdout")
    p2v_err=$(tr -d '\0' < "$scratch/stderr")
    # A program that goes on without a helper says so in a warning that no test would read.
    if grep -q 'warning: .*which its policy does not permit' <<< "$p2v_out"; then
        ok "no helper does what its policy does not permit" false
        show_output
    fi
}
p2v_ended() { ! kill -0 "$p2v_pid" 2>/dev/null; }

p2v_says() { grep -Eq "$1" "$scratch/stdout"; }
p2v_says_or_ended() { p2v_says "$1" || p2v_ended; }
comes_to()
{
    if ! within 120 p2v_says_or_ended "$1" || p2v_ended; then
        show_output
        give_up "virt-p2v comes to: $1"
    fi
}

run_p2v()
{
    local seconds=$1
    shift
    start_p2v "$@"
    wait_p2v "$seconds"
}

show_output()
{
    local file
    for file in "$scratch/stdout" "$scratch/stderr" "${server:-$scratch}/log/sshd"; do
        if [ -e "$file" ]; then echo "${file##*/}:"; tail -n 40 "$file"; fi
    done | diag
}

new_server()
{
    server=$scratch/servers/$1
    shift
    server_start "$server" "$@" || bail_out "the conversion server does not start"
    # shellcheck source=/dev/null
    . "$server/server.env"
}

# shellcheck disable=SC2154  # server.env sets them

server_cmdline()
{
    echo "p2v.server=$server_address p2v.port=$server_port p2v.username=$1 p2v.identity=file://$server_key p2v.name=guest"
}

# The folder a conversion made in the server's /tmp.
# Not by find(1), for which it is an error that something else goes there meanwhile.
remote_folder()
{
    local folder
    for folder in "$server"/tmp/virt-p2v-*; do
        if [ -d "$folder" ]; then
            echo "$folder"
            return
        fi
    done
}

# answering WORDS: a server that says WORDS to whoever comes and hangs up; or, with no words, says nothing and does not.
# Its port is $answer_port, its process $answer_pid.
answering()
{
    rm -f "$scratch/answering"
    # shellcheck disable=SC2016  # perl's $
    setpriv --pdeathsig KILL perl -MIO::Socket::INET -e 'my ($file, $words) = @ARGV; my @kept;
        my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 5) or die $!;
        open my $told, ">", "$file.new" or die $!; print $told $server->sockport; close $told; rename "$file.new", $file or die $!;
        while (my $peer = $server->accept) { if ($words eq "") { push @kept, $peer } else { $peer->syswrite($words) } }' "$scratch/answering" "$1" &
    answer_pid=$!
    within 30 test -e "$scratch/answering" || give_up "the answering server starts"
    # shellcheck disable=SC2034  # for the test
    answer_port=$(cat "$scratch/answering")
}
end_answering()
{
    kill "$answer_pid"
    wait "$answer_pid" || :    # it was killed
}

# What the server has of conversions goes; once nothing of them runs there any more, for that might write there yet.
forget_conversions()
{
    if ! within 60 server_idle "$server"; then
        server_processes "$server" | diag
        give_up "of the conversion before nothing runs on the server"
    fi
    rm -rf "${server:?}"/tmp/virt-p2v-*
}

# make_disk FILE MEBIBYTES random|half-zero [EXTRA_SECTORS]: a disk of known bytes, EXTRA_SECTORS longer.
make_disk()
{
    local file=$1 mebibytes=$2 kind=$3 sectors=${4:-0} size
    size=$((mebibytes * 1048576 + sectors * 512))
    case $kind in
    random) head -c "$size" /dev/urandom > "$file" ;;
    half-zero)    # by turns 64 KiB of data and 64 KiB of zeroes that are written, not holes
        perl -e 'my $left = $ARGV[0]; open my $r, "<", "/dev/urandom" or die;
                 for (my $i = 0; $left > 0; $i++) {
                     my $n = $left < 65536 ? $left : 65536; my $data = "\0" x $n;
                     $i % 2 or sysread($r, $data, $n) == $n or die;
                     print $data; $left -= $n }' "$size" > "$file"
        ;;
    esac
}

# failing_disk NAME SOURCE OFFSET:LENGTH...: $scratch/NAME has SOURCE's content but for these bytes; $disk_pid serves it.
failing_disk()
{
    setpriv --pdeathsig KILL "$tests/lib/failing-disk" "$2" "$scratch/$1" "${@:3}" &
    # shellcheck disable=SC2034  # for the test
    disk_pid=$!
    within 30 test -s "$scratch/$1" || give_up "the failing disk comes"
}

# loop_attach FILE [--read-only]: prints the loop device, detached when the test ends.
loop_attach()
{
    local device
    device=$(losetup --find --show "${@:2}" -- "$1") || return
    echo "$device" >> "$scratch/loops"
    echo "$device"
}

p2v_cleanup()
{
    local status=$? command=$BASH_COMMAND pid dir device mount
    trap '' INT TERM
    set +e    # whatever of it fails, the rest is done
    # set -e says nothing of itself.
    if [ "$status" -ne 0 ] && [ -z "$tap_ended" ]; then
        diag "ended in the middle, with $status, by: $command"
        show_output
    fi
    if [ -n "$p2v_pid" ] && kill -KILL "$p2v_pid" 2>/dev/null; then
        wait "$p2v_pid"
        within 5 no_p2v_process_left
    fi
    while read -r pid _; do
        diag "still there at the end of the test, killed: $(tr '\0' ' ' < "/proc/$pid/cmdline")"
        kill -KILL "$pid"    # it may end by itself meanwhile
        status=1
    done < <(p2v_processes)
    if declare -F machine_stop > /dev/null; then machine_stop || status=1; fi
    for dir in "$scratch"/servers/*; do
        if [ -d "$dir" ]; then server_stop "$dir" || status=1; fi
    done
    if [ -s "$scratch/loops" ]; then
        while read -r device; do losetup --detach "$device" || status=1; done < "$scratch/loops"
    fi
    while read -r mount; do
        if [[ $mount == "$scratch"/* ]]; then umount "$mount" || status=1; fi
    done < <(findmnt --noheadings --raw --output TARGET)
    if declare -F net_stop > /dev/null; then net_stop || status=1; fi
    rm -rf --one-file-system "$scratch" || status=1
    exit "$status"
}
trap p2v_cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
