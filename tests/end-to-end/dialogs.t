#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The supervisor's side of the dialogs: what a UI may ask for, what it is told, what is checked of its answers, and that neither
# its death nor its terminal's end is the conversion's. A scripted person (tests/lib/person) is the UI; the real ones have tests of
# their own.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"

# shellcheck disable=SC2154  # server.env sets server_fingerprint and its like
new_server main --v2v slow
echo 3 > "$server/etc/slow"
make_disk "$scratch/disk" 4 half-zero
make_disk "$scratch/other" 4 half-zero
identity=file://$server_key
ui=$scratch/bin/p2v-ui

# person CMDLINE OPTION... < SCENARIO: a run with that person; sets p2v_status, p2v_out, p2v_err, heard, marks.
person()
{
    local cmdline=$1
    shift
    forget_conversions
    rm -rf "$ui" "$ui".* "$scratch/out"
    mkdir "$scratch/out"
    ln -s "$tests/lib/person" "$ui"
    cat > "$ui.scenario"
    : > "$ui.marks"
    : > "$ui.heard"
    # shellcheck disable=SC2034  # start_p2v uses it
    p2v_options=(--ui=terminal "$@")
    start_p2v "$cmdline" "$scratch/disk" "$scratch/other"
}
finish()
{
    wait_p2v 120
    heard=$(cat "$ui.heard")
    marks=$(tr '\n' ' ' < "$ui.marks")
    ok "none of our processes is left" within 20 no_p2v_process_left
}
heard_so_far() { grep -q "$1" "$ui.heard" 2>/dev/null; }
marked() { grep -qx "$1" "$ui.marks"; }

connect="connection(remote__server='127.0.0.1', remote__port='$server_port', auth__username='root', auth__identity__url='$identity', auth__sudo='false')"
convert="choice(guestname='guest', vcpu__cores='2', memory='512M', output__type='local', output__storage='$scratch/out', output__format='raw', disks='sda', removable='', interfaces='', network_map='default')"

# ---- from the first dialog to the verdict --------------------------------------------------------------

person "p2v.reconnect=30 p2v.disks=/dev/sdb" <<SCENARIO
told = until('ui_settings')
mark('named' if re.findall(r'disks: (.*)', told) == ['"sdb"'] else told)
mark('name' if 'guestname: ' in told and 'vcpu_cores: ' in told else 'no-name')
mark('secret' if 'password' in told.replace('password_set', '') else 'no-secret')
until('ui_phase')
tell('ui_connect { %s }' % connection(remote__server='', remote__port='22'))
mark('unnamed' if 'remote.server' in until('ui_connected') else 'named')
tell('ui_connect { %s }' % connection(remote__server='127.0.0.1', remote__port='1'))
told = until('ui_connected')
mark('refused' if 'refuses connections' in told else told)
tell('ui_connect { %s }' % connection(remote__server='127.0.0.1', remote__port='$server_port', auth__identity__url='file:///nowhere'))
mark('no-key' if 'auth.identity.url' in until('ui_connected') else 'key')
answers['host_key_ask'] = 'host_key_answer { answer: ANSWER_NO }'
tell('ui_connect { %s }' % $connect)
mark('no' if 'text' in until('ui_connected') else 'yes')
answers['host_key_ask'] = 'host_key_answer { answer: ANSWER_YES }'
tell('ui_connect { %s }' % $connect)
told = until('ui_connected')
mark('connected' if 'output_drivers: "local"' in told and '$server_fingerprint' in told else 'not-connected')
tell('ui_check { %s }' % choice(output__type='teleport', disks='sdz', memory='1M'))
told = until('ui_findings')
mark('errors' if told.count('error: true') == 2 and all(w in told for w in ('"output.type"', '"disks"', '"memory"')) else told)
tell('ui_convert { overrule: true %s }' % choice(disks=''))
mark('no-disk' if 'error: true' in until('ui_findings') else 'disk')
tell('ui_convert { %s }' % choice($(sed 's/^choice(//; s/)$//; s/512M/128M/' <<< "$convert")))
told = until('ui_findings')
mark('warned' if '"memory"' in told and 'error' not in told else told)
tell('ui_convert { overrule: true %s }' % $convert)
told = until('ui_phase', 'ui_findings')
mark('begun' if 'PHASE_CONNECTING' in told else told)
told = until('ui_phase')
mark('converting' if 'PHASE_CONVERTING' in told and '/tmp/virt-p2v-' in told else told)
told = until('ui_verdict')
mark('done' if 'CONVERSION_DONE' in told else told)
told = request('SAVE_LOG')
mark('saved' if 'done: true' in told else told)
mark('no-shell' if 'done' not in request('SHELL').split('kind')[1] else 'shell')
mark('no-power' if 'done' not in request('SHUTDOWN').split('kind')[1] else 'power')
told = request('IDENTIFY name: "nosuch0"')
mark('no-nic' if 'no network interface nosuch0' in told else told)
tell('ui_finished { }')
SCENARIO
finish
is "a person who decides everything has a machine converted" "$p2v_status" 0
[ "$p2v_status" = 0 ] || show_output
is "every step of it went as it should" "$marks" \
    "named name no-secret unnamed refused no-key no connected errors no-disk warned begun converting done saved no-shell no-power no-nic "
ok "the chosen disk has arrived" cmp "$scratch/disk" "$scratch/out/guest-sda"
ok "and the other has not" test ! -e "$scratch/out/guest-sdb"
like "the guest has the memory of the dialog" "$(cat "$(remote_folder)/physical.xml")" '<memory unit=.KiB.>524288<'
saved=$(grep -o '/var/tmp/virt-p2v-[0-9-]*\.log' <<< "$heard" | sed -n 1p)
like "the log is saved where it says" "$(cat "$saved")" 'Inspecting the source.*'
like "with what we said ourselves" "$(cat "$saved")" 'virt-p2v: the conversion has succeeded'
is "for its reader alone" "$(stat -c '%a %u' "$saved")" "600 60709"
rm -f "$saved"

# ---- what is configured and must not be shown -----------------------------------------------------------

mkdir "$scratch/www"
install -m 644 "$server_key" "$scratch/www/key"
setpriv --pdeathsig KILL python3 -u -m http.server --directory "$scratch/www" --bind 127.0.0.1 0 > "$scratch/www.log" 2>&1 &
within 20 grep -q 'port [0-9]' "$scratch/www.log" || bail_out "the web server does not start"
www=$(grep -o 'port [0-9]*' "$scratch/www.log" | grep -o '[0-9]*')
person "p2v.identity=http://me:hush@127.0.0.1:$www/key p2v.oo=server-password=hush,a=b" <<SCENARIO
told = until('ui_settings')
mark('told' if 'hush' in told else 'not-told')
answers['host_key_ask'] = 'host_key_answer { answer: ANSWER_YES }'
def there(**values):
    return connection(remote__server='127.0.0.1', remote__port='$server_port', **values)
tell('ui_connect { %s }' % there())
mark('no-login' if 'text' in until('ui_connected') else 'login')
tell('ui_connect { %s }' % there(auth__identity__url=HIDDEN))
mark('login' if 'features' in until('ui_connected') else 'no-login')
if not os.path.exists(LINK + '.again'):
    open(LINK + '.again', 'w').close()
    sys.exit(7)                        # the next is not told either
tell('ui_convert { overrule: true %s }' % choice($(sed 's/^choice(//; s/)$//' <<< "$convert"), output__misc=HIDDEN))
until('ui_verdict')
tell('ui_finished { }')
SCENARIO
finish
is "a hidden identity is in force where the UI sends it back as that, and there alone" "$marks" "not-told no-login login not-told no-login login "
is "and no UI is told it" "$(grep -c hush <<< "$heard" || :)" 0
like "hidden options reach virt-v2v" "$(tr '\0' ' ' < "$server/log/argv")" '-oo server-password=hush -oo a=b $'
is "and it converts" "$p2v_status" 0
[ "$p2v_status" = 0 ] || show_output

# ---- buttons -------------------------------------------------------------------------------------------

# A shell that reads no command, because its standard input is /dev/null, ends at once.
person "" --allow-shell <<SCENARIO
until('ui_phase')
mark('shell' if 'done: true' in request('SHELL') else 'no-shell')
told = request('NETWORK')
mark('no-network' if 'text' in told else told)
told = request('REBOOT')
mark('no-reboot' if '--iso' in told else told)
tell('ui_request { kind: UI_REQUEST_CANCEL }')
until('ui_verdict')
tell('ui_finished { }')
SCENARIO
finish
is "buttons do what is granted, and say what is not" "$marks" "shell no-network no-reboot "

# ---- what a dialog may not -----------------------------------------------------------------------------

forbidden()
{
    person "" <<< "until('ui_phase'); $2; until('nothing')"
    finish
    is "$1: the run fails" "$p2v_status" 1
    like "$1: for this reason" "$p2v_err" "$3"
}
# In a message as in p2v.proto there is no place for it: UiConvert with a field 15.
forbidden "a hook from a dialog" "channel.send(b'\\xca\\x06\\x03\\x7a\\x01x')" 'p2v-ui has been ended, .*UiConvert has a field that is not known'
forbidden "a URL to be read, but the identity's" "tell('ui_connect { %s }' % connection(auth__identity__url='/etc/shadow'))" 'field Connection.auth_identity_url is refused'
forbidden "a port that cannot be" "tell('ui_connect { %s }' % connection(remote__port='99999'))" 'field Connection.remote_port is refused'
forbidden "a verdict seen before there is one" "tell('ui_finished { }')" 'p2v-ui sent UiFinished, which it is not permitted now'
forbidden "a conversion to nowhere" "tell('ui_convert { overrule: true %s }' % choice()); until('ui_findings'); tell('inventory { }')" 'p2v-ui has been ended, .*|p2v-ui sent Inventory, which it is not permitted now'
person "" <<SCENARIO
until('ui_phase')
tell('ui_convert { overrule: true %s }' % choice())
mark('untested' if 'has not been tested' in until('ui_findings') else 'begun')
tell('ui_request { kind: UI_REQUEST_CANCEL }')
until('ui_verdict')
tell('ui_finished { }')
SCENARIO
finish
is "nothing is converted to a server that was not tested" "$marks" "untested "
is "who cancels while there is nothing to cancel has cancelled the run" "$p2v_status" 3

begin="
answers['host_key_ask'] = 'host_key_answer { answer: ANSWER_YES }'
def begin():
    open(LINK + '.again', 'w').close()
    until('ui_phase')
    tell('ui_connect { %s }' % $connect)
    until('ui_connected')
    tell('ui_convert { overrule: true %s }' % $convert)
    while 'CONVERTING' not in until('ui_phase'):
        pass
"

# ---- deaths --------------------------------------------------------------------------------------------

# The first one dies in the middle of the conversion, the next shows how it ends.
echo 8 > "$server/etc/slow"
person "p2v.reconnect=30" <<SCENARIO
$begin
if not os.path.exists(LINK + '.again'):
    begin()
    mark('dies')
    sys.exit(7)
mark('again')
while 'CONVERSION_DONE' not in until('ui_verdict'):
    pass
mark('done')
tell('ui_finished { }')
SCENARIO
finish
is "a UI that dies in the middle is followed by another, which shows the verdict" "$marks" "dies again done "
is "and the conversion does not notice" "$p2v_status" 0
like "the second is told what there is, and where the conversion is" "$(sed 1,/PHASE_CONVERTING/d <<< "$heard")" 'another one is started.*inventory.*ui_settings.*PHASE_CONVERTING'
ok "the disk has arrived" cmp "$scratch/disk" "$scratch/out/guest-sda"

# It dies while it is asked about the host key of a connection: the next begins with the dialogs, and may ask for another.
person "" <<SCENARIO
until('ui_phase')
tell('ui_connect { %s }' % $connect)
if not os.path.exists(LINK + '.again'):
    open(LINK + '.again', 'w').close()
    until('host_key_ask')
    mark('dies')
    sys.exit(7)
answers['host_key_ask'] = 'host_key_answer { answer: ANSWER_YES }'
mark('connected' if 'output_drivers: "local"' in until('ui_connected') else 'not-connected')
tell('ui_request { kind: UI_REQUEST_CANCEL }')
until('ui_verdict')
SCENARIO
finish
is "a UI that dies while a connection is tested is followed by one that can test another" "$marks" "dies connected "
is "and the run goes on until the person ends it" "$p2v_status" 3

# It says that it cannot go on, and does not end.
person "p2v.reconnect=30" <<SCENARIO
$begin
if not os.path.exists(LINK + '.again'):
    begin()
    mark('fails')
    tell('failure { text: "the display is gone" }')
    time.sleep(60)
while 'CONVERSION_DONE' not in until('ui_verdict'):
    pass
mark('done')
tell('ui_finished { }')
SCENARIO
finish
is "a UI that fails in the middle is followed by another" "$marks" "fails done "
is "the conversion does not notice" "$p2v_status" 0
like "and why it failed is said" "$heard" 'p2v-ui ended by [^\]*: the display is gone: another one is started'

# It is told the verdict, and is ended for what it says then: nobody has seen that.
person "" <<SCENARIO
$begin
begin()
tell('ui_request { kind: UI_REQUEST_CANCEL }')
until('ui_verdict')
tell('inventory { }')
until('nothing')
SCENARIO
finish
is "a UI that is ended with the verdict does not change it" "$p2v_status" 3
like "and it is told without the UI" "$p2v_err" 'the conversion has been cancelled'

# All of them die, and the terminal with them.
person "p2v.reconnect=30" <<SCENARIO
$begin
if not os.path.exists(LINK + '.again'):
    begin()
mark('dies')
sys.exit(7)
SCENARIO
within 120 marked dies || { show_output; give_up "the conversion begins"; }
kill -HUP "$p2v_pid"
finish
is "where every UI dies, three more are tried" "$marks" "dies dies dies dies "
is "and the conversion goes on without" "$p2v_status" 0
like "its verdict is on the terminal" "$p2v_err$p2v_out" 'the conversion has succeeded'

# A machine that is switched off by its button while somebody could still choose must not wait for that person.
person "" <<'SCENARIO'
until('ui_phase')
mark('asked')
until('ui_verdict')
mark('shown')
SCENARIO
within 120 marked asked || { show_output; give_up "the dialogs begin"; }
kill -TERM "$p2v_pid"
finish
is "a signal ends the dialogs, which wait for nobody" "$p2v_status $marks" "3 asked "
like "and it is said" "$p2v_err$p2v_out" 'has been cancelled'

# In the dialogs there is no going on without.
person "" <<< "sys.exit(7)"
finish
is "a UI that never lives long enough to ask is a failure" "$p2v_status" 1
like "that says so" "$p2v_err" 'p2v-ui ended unexpectedly, by exit status 7'

server_stop "$server"
done_testing
