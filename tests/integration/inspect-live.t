#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-inspect on this very machine: it works in its sandbox, and the sandbox is what it says.
use strict;
use warnings;
use lib 'tests/integration';
use File::Temp qw(tempdir);
use HelperPeer;
use InspectTree;
use POSIX qw(uname);
use Test::More;

my $root = $> == 0;
my $inspect = "$HelperPeer::BIN/p2v-inspect";
my $dir = tempdir(CLEANUP => 1);
my ($nodename, $machine) = (uname())[1, 4];

# What the kernel has, in the words of the shell.
my @disks = grep { m{^(sd[a-z]+|vd[a-z]+|xvd[a-z]+|nvme\d+n\d+)$} && InspectTree::slurp("/sys/block/$_/size") > 0 }
    map { s{.*/}{}r } glob '/sys/block/*';

sub table_is_right {
    my ($who, @before) = @_;
    my $out = qx(@before $inspect 2>$dir/err);
    is(HelperPeer::status_text($?), 0, "$who it ends with status 0");
    like($out, qr/^  host name     \Q$nodename\E$/m, "$who it finds the host name");
    like($out, qr/^  architecture  \Q$machine\E$/m, "$who it finds the architecture");
    for my $disk (@disks) {
        my $bytes = 512 * InspectTree::slurp("/sys/block/$disk/size");
        like($out, qr/^  $disk +.*\($bytes bytes/m, "$who it finds $disk with its size");
    }
    unlike($out, qr/^  (loop|ram|zram|dm-|md|nbd)\d/m, "$who it offers no loop, ram, dm, md or nbd device");
    unlike($out, qr/^  (lo|ifb\d|docker\d|virbr\d) /m, "$who it offers no virtual interface");
    for my $nic (map { s{/sys/class/net/(.*)/device}{$1}r } glob '/sys/class/net/*/device') {
        my $mac = InspectTree::slurp("/sys/class/net/$nic/address");
        chomp $mac;
        like($out, qr/^  $nic +$mac\b/m, "$who it finds $nic, of another network namespace, with its address");
    }
    my ($kib) = InspectTree::slurp('/proc/meminfo') =~ /MemTotal: *(\d+)/;
    my ($size, $unit) = $out =~ /^  memory        ([\d.]+) (\w+)/m;
    my %power = (MiB => 2, GiB => 3, TiB => 4);
    cmp_ok(($size + 0.05) * 1024 ** $power{$unit}, '>=', $kib * 1024, "$who it finds at least the memory in use");
}

table_is_right('as we are', ());
SKIP: {
    skip 'only root can become another', 1 unless $root;
    table_is_right('as nobody', qw(setpriv --reuid=65534 --regid=65534 --clear-groups));
}

SKIP: {
    skip 'only root makes loop devices', 1 unless $root;
    open my $image, '>', "$dir/image" or die;
    truncate $image, 1 << 20;
    chomp(my $loop = qx(losetup --find --show $dir/image 2>/dev/null));
    $loop or BAIL_OUT('no loop device');
    my $out = qx($inspect 2>&1);
    system 'losetup', '-d', $loop;
    unlike($out, qr/loop/, 'a loop device in use is not offered');
}

subtest 'what it says of its sandbox is what the kernel says' => sub {
    my $peer = HelperPeer->start('p2v-inspect');
    my $ready = $peer->receive;
    like($ready, qr/^ready \{\n  program: "p2v-inspect"\n/, 'its first message is Ready');
    my $status = InspectTree::slurp('/proc/' . $peer->pid . '/status');
    like($status, qr/^Seccomp:\t2$/m, 'seccomp filters');
    like($status, qr/^NoNewPrivs:\t1$/m, 'no new privileges');
    like($status, qr/^Cap$_:\t0+$/m, "no capability in $_") for $root ? qw(Inh Prm Eff Bnd Amb) : qw(Inh Prm Eff Amb);
    if ($root) {
        like($status, qr/^Uid:\t60701\t60701\t60701\t60701$/m, 'its own uid');
        like($status, qr/^Gid:\t60701\t60701\t60701\t60701$/m, 'its own gid');
        like($status, qr/^Groups:\t *$/m, 'no other group');
        for my $namespace (qw(mnt net ipc uts)) {
            isnt(readlink('/proc/' . $peer->pid . "/ns/$namespace"), readlink("/proc/self/ns/$namespace"), "its own $namespace namespace");
        }
        my @seen = map { s{.*/}{}r } glob '/proc/' . $peer->pid . '/root/*';
        is_deeply([grep { !/^(sys|proc|run|etc|usr)$/ } @seen], [], 'its root has nothing but sys, proc, run, etc, usr');
        my @files = map { s{.*/root}{}r } grep { -f } map { glob "$_/* $_/*/* $_/*/*/*" } '/proc/' . $peer->pid . '/root/usr';
        is_deeply([grep { !m{/(pci|usb)\.ids$} } @files], [], 'of usr the names of vendors alone');
        ok(!-e '/proc/' . $peer->pid . '/root/proc/cmdline', 'the kernel command line, with its password, is not there');
        ok(!-e '/proc/' . $peer->pid . "/root/sys/$_", "nor /sys/$_") for 'fs/cgroup', 'kernel', 'module', 'bus';
    }
    unlike($ready, qr/name: "(seccomp|no_new_privs|capabilities|rlimits)"\n    detail/, 'each of these layers is reported as enforced');
    $peer->close_channel;
    is($peer->wait, 0, 'it ends in peace when the supervisor goes');
};

subtest '--print-sandbox names all it may do, with reasons' => sub {
    my $out = qx($inspect --print-sandbox 2>&1);
    is(HelperPeer::status_text($?), 0, 'it ends with status 0');
    like($out, qr/^  openat .*read-only/m, 'files are opened read-only');
    my ($calls) = $out =~ /^System calls\n(.*?)^$/ms;
    unlike($calls, qr/^  (socket|connect|execve|clone|fork|unlink|ptrace)\b/m, 'no socket, no process');
    like($calls, qr/^  ioctl .*(?:0x80247009|2149871625).*hardware clock/m, 'one ioctl: reading the hardware clock');
    is(scalar(() = $calls =~ /^  ioctl/mg), 1, 'and no other');
    like($out, qr/^  seccomp /m, 'and what the kernel enforced');
};

subtest 'with the task comes no descriptor' => sub {
    my $script = q(
import os, socket, sys
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
pid = os.fork()
if pid == 0:
    os.dup2(theirs.fileno(), 3)
    os.execl(sys.argv[1], 'p2v-inspect')
theirs.close()
ours.recv(65536)
null = os.open('/dev/null', os.O_RDONLY)
socket.send_fds(ours, [bytes([0x52, 0])], [null] * int(sys.argv[2]))
last = b''
while True:
    data = ours.recv(65536)
    if not data: break
    last = data
print(last[0] >> 3, os.waitpid(pid, 0)[1] >> 8));
    is(qx(python3 -c '@{[$script =~ s/'/'"'"'/gr]}' $inspect 0), "11 0\n", 'without one it answers with an Inventory');
    is(qx(python3 -c '@{[$script =~ s/'/'"'"'/gr]}' $inspect 1), "2 1\n", 'with one by a Failure');
};

subtest 'a message that is none of its own ends it' => sub {
    my $peer = HelperPeer->start('p2v-inspect');
    $peer->receive;
    $peer->send('ui_start {}');
    like($peer->receive, qr/^failure \{\n  text: "p2v-inspect was sent UiStart/, 'it says what it was sent');
    is($peer->wait, 1, 'it ends with status 1');
};

subtest 'bytes that are no message end it' => sub {
    my $peer = HelperPeer->start('p2v-inspect');
    $peer->receive;
    $peer->send_bytes("\xff" x 100);
    like($peer->receive, qr/^failure \{\n  text: "p2v-inspect received a bad message/, 'it says so');
    is($peer->wait, 1, 'it ends with status 1');
};

subtest 'wrong options are refused' => sub {
    for my $wrong ('--nonsense', '--root', '--root /there/is/none', 'argument') {
        my $out = qx($inspect $wrong 2>&1);
        is(HelperPeer::status_text($?), 2, "$wrong: status 2");
        like($out, qr/--help/, "$wrong: it says where help is");
    }
    like(qx($inspect --help), qr/^p2v-inspect: what is this machine/, '--help');
    like(qx($inspect --version), qr/^p2v-inspect \S+$/, '--version');
};

done_testing;
