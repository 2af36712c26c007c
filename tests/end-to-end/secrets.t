#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# secrets.t: where the password, the identity and its passphrase are, once all connections have logged in: in the supervisor's one locked
# buffer, and nowhere else. Looked at are the memory, arguments, environments and memfds of all our processes, what is printed and
# logged, /tmp, the remote directory, the virtual machine's description, core files. tests/lib/find-secrets is who looks, and is itself
# looked at first. What a person types is secrets-typed.t's.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"

word() { head -c 64 /dev/urandom | base64 -w0 | tr -dc 'a-zA-Z0-9' | head -c 40; }
hex() { od -An -v -tx1 | tr -d ' \n'; }
password=$(word)
passphrase=$(word)
secrets=$scratch/secrets/list
mkdir -m 700 "$scratch/secrets"
touch "$scratch/began"

# identity KIND [PASSPHRASE] [OPTION]...: $scratch/secrets/KIND, a key that the server takes, and what of it is secret, as lines for $secrets.
identity()
{
    local key=$scratch/secrets/$1
    ssh-keygen -q -t "$1" -N '' "${@:3}" -f "$key"
    cat "$key.pub" >> "$server/etc/authorized_keys"
    cp "$key" "$key.plain"
    if [ -n "$2" ]; then ssh-keygen -q -p -P '' -N "$2" -f "$key" > /dev/null; fi
    python3 - "$1" "$key" > "$scratch/secrets/$1.secrets" << 'END'
import base64, subprocess, sys
kind, path = sys.argv[1:]
def say(name, data):
    print("%s-%s" % (kind, name), data.hex())
text = open(path).read().split("\n")
body = [line for line in text if line and not line.startswith("-----")]
say("file", "\n".join(body[-4:-1]).encode())           # the beginning of OpenSSH's format is the public key
plain = open(path + ".plain").read().split("\n")
if plain != text:
    say("file-without-passphrase", "\n".join([line for line in plain if line and not line.startswith("-----")][-4:-1]).encode())
if kind == "ed25519":
    data = base64.b64decode("".join(plain[1:-2]))
    public = base64.b64decode(open(path + ".pub").read().split()[1])[-32:]
    end = data.rindex(public)
    say("private", data[end - 32:end])                 # the seed
else:
    shown = subprocess.run(["openssl", "rsa", "-in", path + ".plain", "-noout", "-text"], stdout=subprocess.PIPE, check=True, text=True).stdout
    numbers, name = {}, None
    for line in shown.split("\n"):
        if line.startswith(" "):
            numbers[name] += line.strip()
        elif ":" in line:
            name, numbers[line.split(":")[0]] = line.split(":")[0], ""
    for name in "privateExponent", "prime1", "prime2":
        number = bytes.fromhex(numbers[name].replace(":", "")).lstrip(b"\0")
        say(name, number)
        say(name + "-reversed", number[::-1])          # as OpenSSL has it while it computes
END
}

look() { "$tests/lib/find-secrets" "$secrets" "$@"; }

# Where they are in our processes, which stand still meanwhile.
look_at_ours()
{
    local pids
    pids=$(p2v_processes | cut -d' ' -f1)
    # shellcheck disable=SC2086
    kill -STOP $pids
    look "$scratch"
    # shellcheck disable=SC2086
    kill -CONT $pids
}

# Without the supervisor's locked buffer.
places() { grep -v '^looked at' | grep -Ev '^p2v-supervisor memory:[^ ]*:locked ' | grep -Ev ' locked [0-9]+$' || :; }

# ---- who looks, finds -----------------------------------------------------------------------------------

new_server main --v2v hang --password "$password" --sshd 'AuthenticationMethods publickey,password'
make_disk "$scratch/disk" 4 random
identity ed25519 "$passphrase"
identity rsa '' -b 3072 -m PEM
{ echo "password $(printf %s "$password" | hex)"; echo "passphrase $(printf %s "$passphrase" | hex)"; cat "$scratch/secrets/"*.secrets; } > "$secrets"

# In memory as it is, as UTF-16, hex and base64, in a memfd, the arguments and the environment; of the passphrase the second half alone.
SECRET=$password python3 - "$scratch/secrets/ed25519" "$passphrase" "$scratch/ready" "$(hex <<< "$password")" << 'END' &
import base64, os, sys
half = bytes(reversed(sys.argv[2][::-1].encode()))[20:]
kept = [open(sys.argv[1], "rb").read(), os.environ["SECRET"].encode("utf-16-le"), base64.b64encode(b"ab" + os.environ["SECRET"].encode()), half]
locked = os.memfd_create("kept")
os.write(locked, os.environ["SECRET"].encode())
open(sys.argv[3], "w").close()
os.execvp("/usr/bin/sleep", ["sleep", "60"]) if len(sys.argv) > 5 else __import__("time").sleep(60)
END
control=$!
ok "a process of the test's holds the secrets" within 20 test -e "$scratch/ready"
found=$(look "$control")
kill "$control"
for place in 'memory:[^ ]* password text' 'memory:[^ ]* password utf-16' 'memory:[^ ]* password hex' 'memory:[^ ]* password base64' 'memory:[^ ]* passphrase text' \
    'memory:[^ ]* ed25519-file text' 'cmdline passphrase text' 'environ password text' 'fd:/memfd:kept password text'; do
    like "who looks finds: $place" "$found" "$place"
done
mkdir "$scratch/somewhere"
printf 'x%sx' "$passphrase" > "$scratch/somewhere/file"
like "and in a file of a folder" "$(look "$scratch/somewhere")" "somewhere/file passphrase text"

# ---- all our processes, while they convert ------------------------------------------------------------------

all_are_there() { p2v_runs_as "p2v-export p2v-supervisor p2v-transport p2v-transport p2v-ui virt-p2v"; }

# clean NAME: that of a conversion that runs; then it is cancelled.
clean()
{
    local found
    comes_to 'log files are in'
    ok "$1: all our processes are there" within 60 all_are_there
    all_are_there || p2v_programs | diag
    found=$(look_at_ours)
    like "$1: they have been looked at" "$found" "looked at 6 processes, [0-9]{7,} bytes"
    is "$1: the supervisor has one locked buffer, and nobody else any" "$(grep -E ' locked [0-9]+$' <<< "$found" | sed 's/ .* locked / /')" "p2v-supervisor 36864"
    is "$1: and there is no secret elsewhere" "$(places <<< "$found")" ""
    is "$1: nor a core file to come from a helper" "$(p2v_processes | while read -r pid name; do
        if [ "$name" != virt-p2v ] && ! grep -Eq '^Max core file size +0 +0 ' "/proc/$pid/limits"; then echo "$name"; fi; done)" ""
    kill -INT "$p2v_pid"
    wait_p2v 60
    is "$1: it is cancelled" "$p2v_status" 3
}

# left NAME: none in what a conversion has left.
left()
{
    ok "$1: nothing of ours runs any more" within 5 no_p2v_process_left
    local files=("$scratch/stdout" "$scratch/stderr" "$scratch/audit" "$server/tmp" "$server/log")
    is "$1: there is none in what was printed and logged, in the audit log, on the server" "$(look "${files[@]}" | places)" ""
    mapfile -d '' -t files < <(find /tmp /run -xdev -type f -newer "$scratch/began" -size -20M -print0)
    is "$1: nor in a new file of /tmp or /run" "$(look "${files[@]}" | places)" ""
}

p2v_options=(--audit-log="$scratch/audit" --verbose)
base="p2v.server=127.0.0.1 p2v.port=$server_port p2v.username=root p2v.name=guest p2v.os=/tmp p2v.hostkey=$server_fingerprint"
all="$base p2v.password=$password p2v.identity=file://$scratch/secrets/ed25519 p2v.passphrase=$passphrase"
start_p2v "$all" "$scratch/disk"
clean "the kernel command line"
left "the kernel command line"

# To its end.
echo copy > "$server/etc/pretend"
run_p2v 120 "$all" "$scratch/disk"
echo hang > "$server/etc/pretend"
is "it succeeds" "$p2v_status" 0
[ "$p2v_status" = 0 ] || show_output
ok "there is a description of the virtual machine" test -s "$server/tmp/guest.xml"
ok "and a remote directory" test -s "$(remote_folder)/physical.xml"
ok "and an audit log that has the logins" grep -q '"type": "Login"' "$scratch/audit"
left "a whole conversion"

# A key without a passphrase, in the older format, from a web server.
mkdir "$scratch/www"
cp "$scratch/secrets/rsa" "$scratch/www/key"
setpriv --pdeathsig KILL python3 -u -m http.server --bind 127.0.0.1 --directory "$scratch/www" 0 > "$scratch/www.log" 2>&1 &
web=$!
ok "a web server listens" within 20 grep -q 'port [0-9]' "$scratch/www.log"
start_p2v "$base p2v.password=$password p2v.identity=http://127.0.0.1:$(grep -o 'port [0-9]*' "$scratch/www.log" | grep -o '[0-9]*')/key" "$scratch/disk"
clean "an RSA key that p2v-fetch has fetched"
left "an RSA key that p2v-fetch has fetched"
kill "$web"

# ---- where the kernel has no memfd_secret(2) ------------------------------------------------------------------

cat > "$scratch/without" << 'END'
import ctypes, errno, os, sys
seccomp = ctypes.CDLL("libseccomp.so.2")
seccomp.seccomp_init.restype = ctypes.c_void_p
seccomp.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p]
seccomp.seccomp_attr_set.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32]
seccomp.seccomp_load.argtypes = [ctypes.c_void_p]
context = seccomp.seccomp_init(0x7fff0000)
seccomp.seccomp_attr_set(context, 3, 0)    # no no_new_privs: root needs none
assert seccomp.seccomp_rule_add_array(context, 0x00050000 | errno.ENOSYS, 447, 0, None) == 0 and seccomp.seccomp_load(context) == 0
os.execvp(sys.argv[1], sys.argv[1:])
END
p2v_wrapper=(python3 "$scratch/without")
start_p2v "$all" "$scratch/disk"
comes_to 'log files are in'
ok "without memfd_secret: all our processes are there" within 60 all_are_there
found=$(look_at_ours)
p2v_wrapper=()
like "without memfd_secret: the buffer is locked, and shows what it holds" "$found" "p2v-supervisor memory:[^ ]*:locked password text"
is "without memfd_secret: of all secrets of this run" "$(grep ':locked ' <<< "$found" | grep -Ev ' locked [0-9]+$' | cut -d' ' -f3- | sort | xargs)" "ed25519-file text passphrase text password text"
is "without memfd_secret: there is no secret elsewhere" "$(places <<< "$found")" ""
is "without memfd_secret: nor another locked buffer" "$(grep -Ec ' locked [0-9]+$' <<< "$found")" 1
kill -INT "$p2v_pid"
wait_p2v 60
left "without memfd_secret"

# ---- core files ---------------------------------------------------------------------------------------------

pattern=$(cat /proc/sys/kernel/core_pattern)
[[ $pattern != [/\|]* ]] || bail_out "core files go to $pattern, where this test does not look for them: sysctl kernel.core_pattern=core"
mkdir "$scratch/cores"
p2v_wrapper=(bash -c 'ulimit -c unlimited; cd "$0"; exec "$@"' "$scratch/cores")
cores() { find "$scratch/cores" -type f; }
(cd "$scratch/cores" && ulimit -c unlimited && SECRET=$password exec bash -c 'kill -SEGV $$') 2> /dev/null || :
ok "a process that crashes leaves a core file here" test -n "$(cores)"
# shellcheck disable=SC2046
like "which shows its secrets" "$(look $(cores))" "password text"
rm $(cores)
for program in p2v-transport p2v-supervisor p2v-ui virt-p2v; do
    start_p2v "$all" "$scratch/disk"
    comes_to 'log files are in'
    ok "$program: all our processes are there" within 60 all_are_there
    pid=$(p2v_processes | sed -n "s/ $program\$//p" | sed -n 1p)
    ok "$program: it is made to crash" kill -SEGV "$pid"
    if [ "$program" = p2v-transport ] || [ "$program" = p2v-ui ]; then kill -INT "$p2v_pid"; fi
    wait_p2v 60
    ok "$program: all have ended" within 30 no_p2v_process_left
    is "$program: there is no core file" "$(cores)" ""
done
done_testing
