#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every command in README.md, CONTRIBUTING.md and the manuals is run, as it stands there, and succeeds.
#
# A command is a line of a block ```sh of a document, or a line that begins with "# " or "$ " in a display of a manual.  All of one page are
# run by one shell, one after the other, in a copy of this system (an overlay in memory) with namespaces of its own.  What the examples
# name is there: conv.example.com is a real sshd on port 22 with a pretended virt-v2v, internal.example.com a web server, /dev/sda a disk.
# What can only be known when it runs is put in place of the example's (STANDINS).  What cannot be run is in NOT_RUN, with the reason;
# whatever is in neither, and fails, fails the test.
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from transport_driver import BUILD, ROOT, Tap

DOCUMENTS = ["README.md", "CONTRIBUTING.md"]
# In this order: what the conversions of the first leave is looked at by the others.
MANUALS = sorted(glob.glob(ROOT + "/*/*.[178]"), key=lambda page: (not page.endswith("/virt-p2v.1"), page))

BY_ITSELF = "a whole target of make, which is run by itself: it runs for minutes, some of them with this test in it"
IMAGE = "makes a boot image out of a Debian mirror, in minutes: tests/image/ does, with these options"
NOT_RUN = {
    "make demo": BY_ITSELF, "make check": BY_ITSELF, "make check-unit": BY_ITSELF, "make check-integration": BY_ITSELF,
    "make check-end-to-end": BY_ITSELF, "make check-image": BY_ITSELF, "make check-newcomer": BY_ITSELF, "make fuzz": BY_ITSELF, "make bench": BY_ITSELF,
    "make analyze": BY_ITSELF, "make check-valgrind": BY_ITSELF, "make check SANITIZE=1": BY_ITSELF,
    "make screenshots": "the pictures are not the same bytes twice; manuals.t compares those that are text",
    "make deb": "tests/integration/deb.t builds the packages",
    "sudo apt install ./build/deb/virt-p2v_*.deb": "tests/integration/deb.t installs them, by dpkg",
    "image/virt-p2v-make-disk -o virt-p2v.iso": IMAGE,
    "virt-p2v-make-disk -o /dev/sdX": "overwrites a device; tests/integration/make-disk.t has a loop device for it",
    "virt-p2v-make-disk --pxe /srv/tftp/p2v --inject-ssh-identity id_rsa --known-hosts known_hosts "
    "--cmdline 'p2v.server=conv.example.com p2v.identity=file:///var/tmp/id_rsa p2v.o=libvirt'": IMAGE,
}
# What the example has, and what the shell puts in its place.
STANDINS = {
    "SHA256:6mnwHHnJeOtcBSvU1aOVK4yM8nYjZ8MzGnrMZl2nLWk": "$fingerprint",
    "/tmp/virt-p2v-20261123-abcd1234": "$(ls -d /tmp/virt-p2v-*/ | tail -n 1)",
    "44441": "$(cat port)",
    "/usr/libexec/virt-p2v": "/usr/local/libexec/virt-p2v",     # make install writes the manuals so
}
# For a person: they show something until they are ended. Status 124 is that timeout(1) ended them.
SHOWN = {r"p2v-ui --demo$": "SSH configuration", r"p2v-ui-gtk --demo$": None}
# Lines outside of commands may not look like one that has been forgotten.
FIRST_WORDS = r"(sudo|make|apt|virt-p2v|virt-p2v-make-disk|p2v-[a-z-]+|build/bin/\S+|image/virt\S+|nbdinfo|nbdcopy|ssh-keygen|ssh|curl|man)\s+\S"


# ---- what there is -------------------------------------------------------------------------------------

def joined(lines):
    """Commands of several lines: a backslash at the end, or an open quote."""
    command, commands = "", []
    for line in lines:
        command += line + "\n"
        if command.replace("\\'", "").count("'") % 2 == 0 and not line.endswith("\\"):
            commands.append(command.strip())
            command = ""
    return commands + ([command] if command else [])


def of_document(path):
    """(commands, lines of other blocks)"""
    commands, others, kind, block = [], [], None, []
    with open(path) as file:
        for line in file.read().splitlines():
            if line.startswith("```"):
                if kind == "sh":
                    commands += joined(block)
                kind, block = (line[3:] if kind is None else None), []
            elif kind == "sh":
                line = re.sub(r"\s+#.*$", "", line)
                block += [line] if line.strip() else []
            elif kind is not None or line.startswith("    "):
                others.append(line.strip())
    return commands, others


def of_manual(path):
    """(commands, lines of displays that are none)"""
    commands, others, display, screen, before, block = [], [], False, False, "", []
    with open(path) as file:
        for line in file.read().splitlines():
            text = line.replace("\\-", "-").replace("\\(dq", '"').replace("\\e", "\\").replace("\\&", "")
            if line.startswith((".Bd -literal", ".EX")):
                display = True
                screen = before.startswith('.\\" screen:')
            elif line.startswith((".Ed", ".EE")):
                commands += joined(block)
                display, block = False, []
            elif line.startswith(".Dl "):
                others.append(text[4:])
            elif display and re.match(r"[#$] ", text):
                block.append(text[2:])
            elif display and block and text.startswith("    "):
                block.append(text)
            elif display and not screen:
                others.append(text.strip())
            before = line
    return commands, others


# ---- where it is run -----------------------------------------------------------------------------------

# A copy of this system; its /dev has one disk more, its network is a loopback. Then the services, and the pages' shells.
SCENE = r"""
set -euo pipefail
copy=$1 disk=$2
mount -t tmpfs -o mode=755 p2v "$copy"
mkdir "$copy/upper" "$copy/work" "$copy/system"
mount -t overlay -o lowerdir=/,upperdir="$copy/upper",workdir="$copy/work" p2v "$copy/system"
cd "$copy/system"
mount --rbind /sys sys
mount -t proc proc proc
mount -t tmpfs -o mode=755 p2v dev
cp -a /dev/{null,zero,full,random,urandom,tty,ptmx,fd,stdin,stdout,stderr} dev/
mkdir dev/pts dev/shm
mount --rbind /dev/pts dev/pts
mount -t tmpfs -o mode=1777 p2v dev/shm
mknod dev/sda b $(stat -c '0x%t 0x%T' "$disk" | while read -r a b; do echo $((a)) $((b)); done)
mount -t tmpfs -o mode=1777 p2v tmp
mount -t tmpfs -o mode=755 p2v run
ip link set lo up
hostname web01
mount --bind "$3/out" "./$3/out"
printf '127.0.0.1 localhost web01 conv.example.com internal.example.com\n' > etc/hosts
exec chroot . bash -euo pipefail "$3/scene"
"""

SERVICES = r"""
root=@ROOT@ build=@BUILD@ scratch=@SCRATCH@
mkdir -p /run/sshd /root/.ssh /root/work /var/tmp/p2v/etc /var/tmp/p2v/log
cd /root/work
rm -f /etc/ssh/ssh_host_ed25519_key*
ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
ssh-keygen -q -t ed25519 -N '' -f /root/id_ed25519
cat /root/id_ed25519.pub > /root/.ssh/authorized_keys
fingerprint=$(ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub | cut -d ' ' -f 2)
install -m 755 "$root/tests/server/pretend-virt-v2v" /usr/local/bin/virt-v2v
echo copy > /var/tmp/p2v/etc/pretend
cat > /etc/ssh/sshd_config << 'END'
HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile /root/.ssh/authorized_keys
PermitRootLogin yes
StrictModes no
UsePAM no
Subsystem sftp internal-sftp
SetEnv PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin PRETEND_VIRT_V2V=/var/tmp/p2v
END
/usr/sbin/sshd -f /etc/ssh/sshd_config

# A key at a URL, by a server whose certificate ca.pem verifies.
mkdir /var/www-p2v && cp /root/id_ed25519 /var/www-p2v/ && chmod 644 /var/www-p2v/id_ed25519
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=internal.example.com -addext subjectAltName=DNS:internal.example.com \
    -keyout /var/tmp/web.key -out ca.pem -days 2 2> /dev/null
/usr/bin/python3 -c '
import functools, http.server, ssl
server = http.server.ThreadingHTTPServer(("127.0.0.1", 443), functools.partial(http.server.SimpleHTTPRequestHandler, directory="/var/www-p2v"))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/root/work/ca.pem", "/var/tmp/web.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()' > /dev/null 2>&1 &
# listens WHAT...: waits until somebody listens there, as ss has it; a Unix socket is there a moment before that, and so is its file.
listens()
{
    for _ in {1..600}; do [ -z "$(ss -H state listening "$@")" ] || return 0; sleep 0.1; done
    echo "nobody listens: $*" >&2
    return 1
}
listens -tn "sport = :22"
listens -tn "sport = :443"

# The README's build/bin, with other programs where others are tested.
[ -e "$root/build/bin" ] || { mkdir -p "$root/build" && ln -s "$build/bin" "$root/build/bin"; }
head -c 32M /dev/urandom > /var/tmp/disk.img
cp /var/tmp/disk.img disk.img
printf '\033[31mred\n' > virt-v2v-conversion-log.txt
chmod 755 /root /root/work
export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 fingerprint
Xvfb :7 -nolisten tcp -ac > /dev/null 2>&1 &
listens -x src /tmp/.X11-unix/X7
export -f listens
for page in "$scratch"/page-*; do
    bash "$page" < /dev/null
done
"""


def shell_of(name, commands, scratch, number):
    """The shell script of one page: each command's output and status in files of their own."""
    lines = ["cd %s" % (ROOT if name.endswith(".md") else "/root/work")]
    for i, command in commands:
        for text, instead in STANDINS.items():
            if text in command:
                # Out of single quotes and back into them.
                command = command.replace(text, "'\"%s\"'" % instead if command[:command.index(text)].count("'") % 2 else instead)
        result = "%s/out/result-%d" % (scratch, i)
        shown = next((text for text in SHOWN if re.search(text, command)), None)
        if shown:
            lines.append("DISPLAY=:7 TERM=xterm %s/tests/lib/on-terminal -- timeout --foreground 20 %s > %s.out 2>&1; echo $? > %s.status" % (ROOT, command, result, result))
        elif command.endswith("&"):
            lines.append("%s.out 2>&1 & echo 0 > %s.status" % ("%s > %s" % (command[:-1], result), result))
            socket = re.search(r"--socket (\S+)", command)
            lines.append("listens -x src " + socket[1] if socket else
                         "for _ in {1..600}; do grep -qxE '[0-9]+' %s.out && break; sleep 0.1; done" % result)
            if " forward " in command:
                lines.append("grep -xE '[0-9]+' %s.out > port" % result)
        else:
            # In this shell, for what it sets; a pipe fails with any of its parts.
            lines.append("set -o pipefail; { %s\n} > %s.out 2>&1; echo $? > %s.status; set +o pipefail" % (command, result, result))
    lines.append("kill $(jobs -p) 2>/dev/null; wait")
    with open("%s/page-%02d" % (scratch, number), "w") as file:
        file.write("\n".join(lines) + "\n")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))      # what was set up is taken away
    tap = Tap()
    scratch = tempfile.mkdtemp(prefix="virt-p2v-test.", dir="/var/tmp")
    os.chmod(scratch, 0o755)
    os.mkdir(scratch + "/copy")
    os.mkdir(scratch + "/out")
    pages = [(name, *of_document("%s/%s" % (ROOT, name))) for name in DOCUMENTS] + \
            [(os.path.basename(path), *of_manual(path)) for path in MANUALS]
    loop = None
    try:
        all_commands, number = [], 0
        for name, commands, others in pages:
            forgotten = [line for line in others if re.match(FIRST_WORDS, line)]
            tap.equal(forgotten, [], "%s: what looks like a command is marked as one" % name)
            to_run = []
            for command in commands:
                one_line = " ".join(command.replace("\\\n", " ").split())
                if one_line in NOT_RUN:
                    all_commands.append((None, name, one_line))
                else:
                    all_commands.append((len(all_commands), name, one_line))
                    to_run.append((len(all_commands) - 1, command))
            shell_of(name, to_run, scratch, number)
            number += 1
        unused = set(NOT_RUN) - {command for place, _, command in all_commands if place is None}
        tap.equal(sorted(unused), [], "each command that is said not to be run is in a document")

        with open(scratch + "/disk", "wb") as disk:
            disk.write(os.urandom(16 << 20) + bytes(16 << 20))
        loop = subprocess.run(["losetup", "--find", "--show", "--read-only", scratch + "/disk"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        with open(scratch + "/scene", "w") as file:
            file.write(SERVICES.replace("@ROOT@", ROOT).replace("@BUILD@", BUILD).replace("@SCRATCH@", scratch))
        with open(scratch + "/log", "w") as log:
            done = subprocess.run(["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--net", "--uts", "--ipc", "--pid", "--fork", "--kill-child=KILL",
                                   "bash", "-c", SCENE, "scene", scratch + "/copy", loop, scratch], stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=1200)
        with open(scratch + "/log") as log:
            tap.ok(done.returncode == 0, "the scene is set", log.read()[-3000:])
        for place, name, command in all_commands:
            if place is None:
                print("# not run, %s: %s (%s)" % (name, command, NOT_RUN[command]))
                continue
            said = status = ""
            for kind in ("out", "status"):
                path = "%s/out/result-%d.%s" % (scratch, place, kind)
                if os.path.exists(path):
                    with open(path, errors="replace") as file:
                        said, status = (file.read(), status) if kind == "out" else (said, file.read().strip())
            shown = next((text for text in SHOWN if re.search(text, command)), None)
            good = status == "124" and (SHOWN[shown] or "") in said if shown else status == "0"
            tap.ok(good, "%s: %s" % (name, command), "status %s\n%s" % (status or "none: it was not reached", said[-2000:]))
    finally:
        if loop:
            subprocess.run(["losetup", "--detach", loop], check=True)
        shutil.rmtree(scratch)
    tap.done()


main()
