#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# test-ground.t: the conversion server that the other tests stand on is what it says; shown with OpenSSH's own ssh.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"

# as USER METHOD [SSH-OPTION]... COMMAND: METHOD key or password
as()
{
    local user=$1 method=$2
    shift 2
    printf '#!/bin/sh\nexec cat %q\n' "$scratch/password" > "$scratch/askpass"
    # shellcheck disable=SC2154  # server.env sets it
    printf '%s\n' "$server_password" > "$scratch/password"
    chmod 755 "$scratch/askpass"
    SSH_ASKPASS=$scratch/askpass SSH_ASKPASS_REQUIRE=force timeout 60 ssh -F none -p "$server_port" -l "$user" \
        -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o IdentitiesOnly=yes \
        -o PreferredAuthentications="${method/key/publickey}" -o NumberOfPasswordPrompts=1 -i "$server_key" \
        -o ExitOnForwardFailure=yes 127.0.0.1 "$@" < /dev/null
}

# What a server could leave on this machine: accounts, mounts, sshd's folder.
# Other tests run beside this one, with networks and folders of their own.
mounts() { awk -v ours="$scratch" '$2 !~ "^/run/netns" && ($2 !~ "/virt-p2v-test[.]" || index($2, ours) == 1)' /proc/self/mounts; }
machine() { sha256sum /etc/passwd /etc/shadow /etc/group; mounts; ls -d /run/sshd 2>&1 || :; }
before=$(machine)
nbd_port=$((10000 + RANDOM % 10000))

new_server copy --v2v copy --password "it's \$(a) \"word\""
is "root logs in by key" "$(as root key id -u)" 0
is "root logs in by a password with blanks and quotes" "$(as root password id -u)" 0
is "p2v logs in by password and is not root" "$(as p2v password id -u)" "$server_p2v_uid"
is "p2v has sudo without a password" "$(as p2v key sudo -n id -u)" 0
is "the pretended virt-v2v is what sessions find" "$(as root key virt-v2v --version)" "virt-v2v 2.2.0"
is "and what sudo finds" "$(as p2v key sudo -n virt-v2v --version)" "virt-v2v 2.2.0"
if command -v virt-v2v > /dev/null; then
    is "it answers --machine-readable as the real one, apart from plug-ins of the machine" \
        "$(as root key virt-v2v --machine-readable | sort)" "$(virt-v2v --machine-readable | sort)"
fi

make_disk "$scratch/disk" 3 half-zero 1
mkdir "$scratch/out"
cat > "$server/tmp/physical.xml" <<END
<domain type='physical'><name>guest</name><devices><disk type='network' device='disk'>
<source protocol='nbd'><host name='localhost' port='$nbd_port'/></source><target dev='sda'/></disk></devices></domain>
END
copy="cd /tmp && nbdkit -r -i 127.0.0.1 -p $nbd_port file $scratch/disk \
      --run 'virt-v2v -i libvirtxml -o local -os $scratch/out physical.xml'"
ok "the pretended virt-v2v copies a disk over NBD" as root key "$copy"
ok "what it copied is the disk" cmp "$scratch/disk" "$scratch/out/guest-sda"
is "its arguments are on record" "$(tr '\0' '\n' < "$server/log/argv" | sed -n '$p')" physical.xml

as root key 'nohup setsid sleep 1000 > /dev/null 2>&1 &'
like "what a session leaves behind is seen" "$(server_processes "$server")" "sleep 1000"
left=$(server_processes "$server" | cut -d' ' -f1)
stopped=0
server_stop "$server" || stopped=$?
is "the server stops" "$stopped" 0
is "with everything its sessions left" "$(for pid in $left; do ls -d "/proc/$pid" 2>/dev/null || :; done)" ""
is "and this machine's accounts, mounts and /run are as before" "$(machine)" "$before"

# runuser(1) is the first process there, and waits for its own child alone.
# shellcheck disable=SC2016  # for the other shell
ok "a server stops where nobody collects what has ended" unshare --pid --fork --kill-child --mount --mount-proc \
    runuser -u root -- bash -euc '. "$1"; server_start "$2" --v2v copy; server_stop "$2"' bash "$tests/server/conversion-server.sh" "$scratch/servers/in-a-container"

new_server missing --v2v missing
is "where virt-v2v is missing a session says so" "$(as root key 'virt-v2v --version' 2>&1 || echo $?)" \
    "bash: line 1: virt-v2v: command not found"$'\n'127
is "and finds every other program" "$(as root key 'date +ok; mkdir -p /tmp/x; ls /tmp')" "ok"$'\n'x

new_server closed --sshd 'AllowTcpForwarding no' --sshd 'PasswordAuthentication no'
ok "a line of sshd's configuration counts: no password" eval '! as root password true'
ok "a line of sshd's configuration counts: no forwarding" eval '! as root key -R 10810:127.0.0.1:1 true'

done_testing
