#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-ui as plain text: what the person sees of a conversion, and that nothing the server sends can harm them.
use strict;
use warnings;
use lib 'tests/integration';
use File::Temp qw(tempdir);
use HelperPeer;
use Test::More;

my $root = $> == 0;
my $ui = "$HelperPeer::BIN/p2v-ui";
my $dir = tempdir(CLEANUP => 1);

sub slurp { open my $file, '<:raw', $_[0] or return ''; local $/; return <$file> // '' }
sub quoted { return join '', map { sprintf '\\%03o', ord } split //, $_[0] }
sub output { return 'conversion_output { data: "' . quoted($_[0]) . '" }' }
sub status_note { return "note { level: $_[0] text: \"$_[1]\" }" }
sub verdict { return 'ui_verdict { result: ' . $_[0] . ' text: "' . quoted($_[1]) . '" }' }

# Sends all, expects UiFinished; (status, standard output, standard error).
sub show {
    my ($start, @messages) = @_;
    my $peer = HelperPeer->start('p2v-ui', out => "$dir/out", err => "$dir/err");
    $peer->receive;
    $peer->send($_) for "ui_start { $start }", @messages;
    my $last = $peer->receive;
    is($last, "ui_finished {\n}\n", 'it says that the verdict has been shown');
    return ($peer->wait, slurp("$dir/out"), slurp("$dir/err"));
}

subtest 'a conversion that goes well' => sub {
    my ($status, $out, $err) = show('', status_note('INFO', 'connected to conv.example.com'), status_note('DEBUG', 'details'),
        output("[   0.0] Setting up the source\n[   1.0] Open"), output("ing the source\n"), status_note('WARNING', 'the clock is unknown'),
        output("[ 100.0] Finishing off\n"), verdict('CONVERSION_DONE', "The machine was converted.\nIt is /var/tmp/x.xml."));
    is($status, 0, 'it ends with status 0');
    is($out, <<'OUT', 'status lines, output as it came, verdict');
virt-p2v: connected to conv.example.com
[   0.0] Setting up the source
[   1.0] Opening the source
virt-p2v: warning: the clock is unknown
[ 100.0] Finishing off
virt-p2v: The machine was converted.
virt-p2v: It is /var/tmp/x.xml.
OUT
    is($err, '', 'standard error is empty');
};

subtest 'a conversion that fails' => sub {
    for my $result ('CONVERSION_FAILED', 'CONVERSION_CANCELLED') {
        my ($status, $out, $err) = show('', output('virt-v2v: error: no root'), verdict($result, "It failed.\nLook at the log."));
        is($status, 0, "$result: showing it is no failure of the front end");
        is($out, "virt-v2v: error: no root\n", "$result: an unfinished line is shown");
        is($err, "virt-p2v: error: It failed. Look at the log.\n", "$result: the verdict is one line on standard error");
    }
};

# What a disk or a server calls itself may be in any text.
subtest 'nothing turns the direction of writing round' => sub {
    my ($status, $out) = show('', output("disk \xe2\x80\xaeads\xe2\x81\xa6\n"), verdict('CONVERSION_DONE', "on \xe2\x80\xaevnoc"));
    is($out, "disk \xef\xbf\xbdads\xef\xbf\xbd\nvirt-p2v: on \xef\xbf\xbdvnoc\n", "in virt-v2v's output and the verdict it is replaced");
    my $peer = HelperPeer->start('p2v-ui', out => "$dir/out", err => "$dir/err");
    $peer->receive;
    $peer->send('ui_start {}');
    $peer->send(status_note('INFO', 'disk \342\200\256ads'));
    like($peer->receive, qr/^failure \{\n  text: "p2v-ui received a bad message: field Note\.text is refused/, 'a note never has it');
    is($peer->wait, 1, 'which ends it');
};

subtest 'a note that is an error goes to standard error' => sub {
    my ($status, $out, $err) = show('', status_note('ERROR', 'disk sda cannot be read'), verdict('CONVERSION_DONE', 'x'));
    is($err, "virt-p2v: error: disk sda cannot be read\n", 'as one line');
};

subtest 'verbose shows what is for debugging' => sub {
    my ($status, $out) = show('verbose: true', status_note('DEBUG', 'details'), verdict('CONVERSION_DONE', 'x'));
    is($out, "virt-p2v: debug: details\nvirt-p2v: x\n", 'marked as such');
};

subtest 'how far a disk is' => sub {
    my $progress = sub { sprintf 'progress { name: "sda" size_bytes: 1000000 sent_bytes: %d zero_bytes: %d }', @_ };
    my ($status, $out, $err) = show('', map({ $progress->($_ * 1000, 0) } 0 .. 349), output("[ 20.0] Copying di"), $progress->(500_000, 400_000),
        output("sk\n"), $progress->(500_000, 500_000), $progress->(500_000, 500_000), verdict('CONVERSION_DONE', 'x'));
    like($out, qr{^virt-p2v: disk sda: 10 % of 977 KiB[^\n]*
virt-p2v: disk sda: 20 % of 977 KiB[^\n]*
virt-p2v: disk sda: 30 % of 977 KiB[^\n]*
\[ 20\.0\] Copying di
virt-p2v: disk sda: 90 % of 977 KiB \(391 KiB of it zeroes\)[^\n]*
sk
virt-p2v: disk sda: 100 % of 977 KiB \(488 KiB of it zeroes\)[^\n]*
virt-p2v: x
$}, 'is a line at each tenth, on a line of its own');
    is($err, '', 'on standard output');
};

subtest 'a status line begins its own line' => sub {
    my ($status, $out) = show('', output("half a li"), status_note('INFO', 'still here'), output("ne\n"), verdict('CONVERSION_DONE', 'x'));
    is($out, "half a li\nvirt-p2v: still here\nne\nvirt-p2v: x\n", 'whatever was unfinished');
};

subtest 'colours' => sub {
    my $green = "\e[1;32mgreen\e[0m \e[2J\e]0;title\a\n";
    my ($status, $out) = show('', output($green), verdict('CONVERSION_DONE', 'x'));
    unlike($out, qr/[^\x20-\x7e\n\x{80}-\x{ff}]/, 'none in a file');
    ($status, $out) = show('colours: true', output($green), status_note('WARNING', 'w'), verdict('CONVERSION_DONE', 'x'));
    like($out, qr/^\e\[1;32mgreen\e\[0m \xef\xbf\xbd\]0;title\xef\xbf\xbd$/m, 'with colours: true those of virt-v2v are kept, and nothing else');
    like($out, qr/^\e\[[\d;]+mvirt-p2v: warning: w\e\[0m$/m, 'and ours are there');
    unlike($out =~ s/\e\[[\d;]*m//gr, qr/[\x00-\x08\x0b-\x1f\x7f]/, 'and no other control character');
};

subtest 'a verdict with control characters is cleaned' => sub {
    my ($status, $out, $err) = show('', verdict('CONVERSION_FAILED', "bad \x7f name"));
    is($err, "virt-p2v: error: bad \xef\xbf\xbd name\n", 'it is one printable line');
};

subtest 'a closed output does not end it' => sub {
    pipe my $reader, my $writer or die;
    close $reader;
    my $peer = HelperPeer->start('p2v-ui', out => $writer, err => $writer);
    close $writer;
    $peer->receive;
    $peer->send($_) for 'ui_start {}', map({ output("line $_\n") } 1 .. 20), status_note('ERROR', 'e'), verdict('CONVERSION_DONE', 'done');
    is($peer->receive, "ui_finished {\n}\n", 'the conversion goes on to its verdict');
    is($peer->wait, 0, 'it ends with status 0');
};

subtest 'the signals of a terminal do not end it' => sub {
    my $peer = HelperPeer->start('p2v-ui', out => "$dir/out", err => "$dir/err");
    $peer->receive;
    $peer->send('ui_start {}');
    kill $_, $peer->pid for qw(HUP INT QUIT PIPE);
    $peer->send(verdict('CONVERSION_CANCELLED', 'cancelled'));
    is($peer->receive, "ui_finished {\n}\n", 'the verdict is still shown');
    is($peer->wait, 0, 'it ends with status 0');
    is(slurp("$dir/err"), "virt-p2v: error: cancelled\n", 'all of it');
};

subtest 'messages out of turn end it' => sub {
    for my $case (['before UiStart', status_note('INFO', 'x')], ['twice UiStart', 'ui_start {}', 'ui_start {}'], ['none of its own', 'inspect_start {}']) {
        my ($name, @messages) = @$case;
        my $peer = HelperPeer->start('p2v-ui', out => "$dir/out", err => "$dir/err");
        $peer->receive;
        $peer->send($_) for @messages;
        like($peer->receive, qr/^failure \{\n  text: "p2v-ui was sent /, "$name: it says what");
        is($peer->wait, 1, "$name: status 1");
    }
};

subtest 'it ends in peace when the supervisor goes' => sub {
    my $peer = HelperPeer->start('p2v-ui', out => "$dir/out", err => "$dir/err");
    $peer->receive;
    $peer->send($_) for 'ui_start {}', output('last words');
    $peer->close_channel;
    is($peer->wait, 0, 'status 0');
    is(slurp("$dir/out"), "last words\n", 'what was there is shown');
};

subtest 'what it says of its sandbox is what the kernel says' => sub {
    my $peer = HelperPeer->start('p2v-ui');
    like($peer->receive, qr/^ready \{\n  program: "p2v-ui"\n/, 'its first message is Ready');
    my $status = slurp('/proc/' . $peer->pid . '/status');
    like($status, qr/^Seccomp:\t2$/m, 'seccomp filters');
    like($status, qr/^NoNewPrivs:\t1$/m, 'no new privileges');
    like($status, qr/^Cap$_:\t0+$/m, "no capability in $_") for $root ? qw(Inh Prm Eff Bnd Amb) : qw(Inh Prm Eff Amb);
    if ($root) {
        like($status, qr/^Uid:\t60704\t60704\t60704\t60704$/m, 'its own uid');
        is_deeply([glob '/proc/' . $peer->pid . '/root/*'], [], 'its root is empty');
    }
    $peer->close_channel;
    $peer->wait;
    my $out = qx($ui --print-sandbox 2>&1);
    is(HelperPeer::status_text($?), 0, '--print-sandbox works');
    my ($calls) = $out =~ /^System calls\n(.*?)^$/ms;
    unlike($calls, qr/^  (open|openat|socket|connect|execve|clone|fork)\b/m, 'it can open no file, no socket, no process');
    unlike($calls, qr/^  ioctl(?! +arg 0 == 0, arg 1 == 0x540[14] )/m, 'and of a terminal only switch the echo of its input');
};

subtest 'by hand it makes standard input harmless' => sub {
    open my $file, '>', "$dir/in" or die;
    print $file "\e[31mred\e[0m\e[5A\a 5%\r 6%\r 50%\r\n";
    close $file;
    is(qx($ui < $dir/in), "red\xef\xbf\xbd 5%\n 50%\n", 'without colours in a file');
    is(qx($ui --colours < $dir/in), "\e[31mred\e[0m\xef\xbf\xbd 5%\n 50%\n", 'with --colours');
    is(qx($ui --colors < $dir/in), "\e[31mred\e[0m\xef\xbf\xbd 5%\n 50%\n", 'with --colors');
    like(qx(script -qec "$ui < $dir/in" /dev/null </dev/null), qr/\e\[31mred\e\[0m/, 'with colours on a terminal');
    is(HelperPeer::status_text(system "$ui --nonsense 2>/dev/null"), 2, 'a wrong option: status 2');
    like(qx($ui --help), qr/^p2v-ui: virt-p2v's front end/, '--help');
};

done_testing;
