#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# boot-image.t: what the programs do in the boot image alone. One conversion at a time, though a supervisor is on each console; the
# stick is not converted; --no-sandbox is refused; and on a display the shell and the network's configuration have a window.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"

# The image's own /run and /etc, and what its displays have, as all that runs "in the image" sees them.
mkdir -p "$scratch/run" "$scratch/sbin"
cp -a /etc "$scratch/etc"
mkdir "$scratch/etc/virt-p2v"
: > "$scratch/etc/virt-p2v/boot-image"
for program in xterm foot; do
    printf '#!/bin/sh\necho "%s $*" >> %s/windows\n' "$program" "$scratch" > "$scratch/sbin/$program"
    chmod 755 "$scratch/sbin/$program"
done
# shellcheck disable=SC2016  # the inner shell's
in_image=(unshare --mount sh -c 'for dir in run etc; do mount --bind "$0/$dir" "/$dir"; done; mount --bind "$0/sbin" /usr/sbin; exec "$@"' "$scratch")

make_disk "$scratch/disk" 2 random
mkdir "$scratch/tree"
xorriso -as mkisofs -quiet -V VIRT-P2V -o "$scratch/stick" "$scratch/tree" 2> "$scratch/xorriso" || bail_out "no ISO: $(cat "$scratch/xorriso")"
ui=$scratch/bin/p2v-ui

# ---- --no-sandbox --------------------------------------------------------------------------------------

for program in p2v-inspect p2v-plan p2v-export p2v-transport p2v-fetch p2v-ui p2v-ui-gtk; do
    status=0
    out=$("${in_image[@]}" "$scratch/bin/$program" --no-sandbox --help 2>&1) || status=$?
    is "$program --no-sandbox in the image: exit status 2" "$status" 2
    like "$program --no-sandbox in the image: a sentence" "$out" "^$program: --no-sandbox is refused in virt-p2v's boot image [^"$'\n'"]*$"
    ok "$program --no-sandbox elsewhere is no error" "$scratch/bin/$program" --no-sandbox --help
done
ok "in the image they are locked" "${in_image[@]}" "$scratch/bin/p2v-inspect" --json

# ---- the stick -----------------------------------------------------------------------------------------

new_server copy --v2v copy
mkdir "$scratch/out"
converts() { run_p2v 60 "$(server_cmdline root) p2v.os=$scratch/out $1" "$scratch/disk" "$scratch/stick"; }
converts ""
is "a machine with the stick in it is converted" "$p2v_status" 0
[ "$p2v_status" = 0 ] || show_output
ok "the stick is not" test ! -e "$scratch/out/guest-sdb"
like "it is told" "$p2v_out" 'the disk sdb is a medium that virt-p2v boots from'
converts p2v.disks=sda,sdb
is "named, it is converted" "$p2v_status" 0
ok "named, it arrives" cmp "$scratch/stick" "$scratch/out/guest-sdb"
server_stop "$server"

# ---- two consoles --------------------------------------------------------------------------------------

new_server hang --v2v hang
virt_v2v_runs() { [[ $(server_processes "$server") == *bin/virt-v2v* ]]; }
marked() { grep -qx "$1" "$ui.marks"; }
p2v_wrapper=("${in_image[@]}")
p2v_options=(--iso)
start_p2v "$(server_cmdline root) p2v.os=$scratch/out" "$scratch/disk"
comes_to 'Copying disk'
ok "one console converts" virt_v2v_runs

# Another one, whatever it is: its output is not the first one's.
second()
{
    env --default-signal=INT,QUIT setpriv --pdeathsig KILL "${in_image[@]}" "$scratch/bin/virt-p2v" --helper-dir "$scratch/bin" --iso \
        "--test-disk=$scratch/disk" "--test-disk=$scratch/stick" "$@" < /dev/null > "$scratch/second" 2>&1
}
status=0
second --cmdline "$(server_cmdline root) p2v.os=$scratch/out p2v.pre=\"touch $scratch/pre\" p2v.fail=\"touch $scratch/failed\"" || status=$?
is "the other console's command line is refused" "$status" 1
like "with a sentence" "$(cat "$scratch/second")" 'error: another virt-p2v converts this machine already: [^'$'\n'']*$'
ok "before p2v.pre is run" test ! -e "$scratch/pre"
ok "and p2v.fail is not, which might switch the machine off" test ! -e "$scratch/failed"

ln -sf "$tests/lib/person" "$ui"
: > "$ui.marks"
cat > "$ui.scenario" <<SCENARIO
told = until('ui_settings')
disks = re.findall(r'disks: "(.*)"', told)
mark('stick' if 'sdb' in disks else 'no-stick' if disks == ['sda'] else told)
until('ui_phase')
answers['host_key_ask'] = 'host_key_answer { answer: ANSWER_YES }'
tell('ui_connect { %s }' % connection(remote__server='127.0.0.1', remote__port='$server_port', auth__username='root', auth__identity__url='file://$server_key'))
until('ui_connected')
convert = 'ui_convert { overrule: true %s }' % choice(guestname='guest', memory='512M', output__storage='$scratch/out', disks='sda', removable='', interfaces='')
tell(convert)
told = until('ui_findings', 'ui_phase')
mark('refused' if 'another virt-p2v converts this machine already' in told and 'error: true' in told else told)
while not os.path.exists(LINK + '.first-is-over'):
    time.sleep(0.1)
tell(convert)
while 'CONVERTING' not in until('ui_phase'):
    pass
mark('begun')
tell('ui_request { kind: UI_REQUEST_CANCEL }')
mark('cancelled' if 'CANCELLED' in until('ui_verdict') else 'no-verdict')
tell('ui_finished { }')
SCENARIO
second --ui=terminal --cmdline '' &
second_pid=$!
ok "the other console's person is refused" within 120 marked refused
ok "meanwhile the first goes on" virt_v2v_runs
kill -INT "$p2v_pid"
wait_p2v 30
is "until it is cancelled" "$p2v_status" 3
: > "$ui.first-is-over"
second_ended() { ! kill -0 "$second_pid" 2> /dev/null; }
within 120 second_ended || { diag < "$scratch/second"; give_up "on the other console virt-p2v ends"; }
status=0
wait "$second_pid" || status=$?
is "then the other one converts" "$(tr '\n' ' ' < "$ui.marks")" "no-stick refused begun cancelled "
is "and ends by itself" "$status" 3
ok "none of our processes is left" within 10 no_p2v_process_left

# ---- windows -------------------------------------------------------------------------------------------

# shellcheck disable=SC2154  # within the scenario
for display in WAYLAND_DISPLAY DISPLAY; do
    ui=$scratch/bin/p2v-ui-gtk
    rm -f "$ui" "$scratch/windows"
    ln -s "$tests/lib/person" "$ui"
    : > "$ui.marks"
    cat > "$ui.scenario" <<SCENARIO
until('ui_phase')
for kind in ('SHELL', 'NETWORK'):
    tell('ui_request { kind: UI_REQUEST_%s }' % kind)
    mark('done' if 'done: true' in until('ui_request_done') else 'not-done')
tell('ui_request { kind: UI_REQUEST_CANCEL }')
until('ui_verdict')
tell('ui_finished { }')
SCENARIO
    p2v_wrapper=(env -u WAYLAND_DISPLAY -u DISPLAY "$display=of-this-test" "${in_image[@]}")
    p2v_options=(--iso --ui=gtk)
    start_p2v "" "$scratch/disk"
    wait_p2v 60
    is "$display: both buttons start something" "$(tr '\n' ' ' < "$ui.marks")" "done done "
    if [ "$display" = DISPLAY ]; then windows='xterm ;xterm -e nmtui;'; else windows='foot ;foot nmtui;'; fi
    is "$display: in a window" "$(tr '\n' ';' < "$scratch/windows")" "$windows"
done
server_stop "$server"
done_testing
