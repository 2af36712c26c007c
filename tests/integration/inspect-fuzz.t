#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-inspect never dies of what a tree holds: several hundred trees, spoilt at random from a fixed seed. The seed of a
# failing round is in the test's name; FUZZ_SEED and FUZZ_ROUNDS change them.
use strict;
use warnings;
use lib 'tests/integration';
use File::Path qw(remove_tree);
use HelperPeer;
use InspectTree;
use POSIX ();
use Test::More;

my $seed = $ENV{FUZZ_SEED} // 20261122;
my $rounds = $ENV{FUZZ_ROUNDS} // 300;
my $start = HelperPeer::encode('inspect_start {}');
my %machines = map { my ($name, %machine) = @$_; ($name => \%machine) } ['sata', InspectTree::sata_server()],
    ['nvme', InspectTree::nvme_laptop()], ['virtio', InspectTree::virtio_vm()], ['old', InspectTree::old_server()],
    ['live', InspectTree::live_system()];

sub random_bytes { my ($n) = @_; return join '', map { chr int rand 256 } 1 .. $n }

my @values = ("\n", '', "\0", "-1\n", "0\n", "1\n", "4294967296\n", "18446744073709551615\n", "18446744073709551616\n", '9' x 5000,
    "\033[31m\n", "\xff\xfe\n", "a\0b", "x\n" x 3000, ' ' x 4096, '../../../../etc/shadow', "%n%s%s\n", "\xc2\x9b1m", 'y' x 4095 . "\n");

sub spoil {
    my ($dir, @paths) = @_;
    for (0 .. rand 12) {
        my $full = "$dir/" . $paths[rand @paths];
        my $what = int rand 10;
        my $file = !-l $full && -f $full;          # never open a FIFO that was put there before
        if ($what < 4) { InspectTree::put($full, $values[rand @values]) if $file }
        elsif ($what < 6) { InspectTree::put($full, random_bytes(rand 600)) if $file }
        elsif ($what == 6) { unlink $full }
        elsif ($what == 7) { next if -d $full && !-l $full; unlink $full; mkdir $full }
        elsif ($what == 8) { next if -d $full && !-l $full; unlink $full; symlink((rand 2 < 1 ? $full : '../' x (rand 9)), $full) }
        else { next if -d $full && !-l $full; unlink $full; POSIX::mkfifo($full, 0666) }
    }
    # Names nobody expects, and devices made of themselves.
    for (0 .. rand 3) {
        my $name = 'sd' . random_bytes(rand 20);
        $name =~ tr{/\0}{ab};
        mkdir "$dir/sys/block/$name";
        mkdir "$dir/sys/class/net/" . substr $name, 0, 14;
        mkdir "$dir/sys/block/sda/slaves";
        symlink 'x', "$dir/sys/block/sda/slaves/" . ('sda', 'sdb', 'dm-0', $name)[rand 4];
    }
}

sub look {
    my ($dir) = @_;
    my $peer = HelperPeer->start('p2v-inspect', args => ['--root', $dir], err => '/dev/null');
    $peer->send_bytes($start);
    my $last;
    while (defined(my $bytes = $peer->receive_bytes)) { $last = $bytes }
    return ($peer->wait, $last);
}

my (@failed, @names);
for my $round (1 .. $rounds) {
    srand $seed + $round;
    my $name = (sort keys %machines)[rand keys %machines];
    my $dir = InspectTree::make(%{ $machines{$name} });
    spoil($dir, sort keys %{ $machines{$name} });
    my ($status, $last) = look($dir);
    # Field 11 of the Envelope, length-delimited: the Inventory, whose every field p2v-inspect's own side has checked.
    my $answered = defined $last && substr($last, 0, 1) eq chr(11 << 3 | 2);
    push @failed, "round $round (FUZZ_SEED=" . ($seed + $round - 1) . " FUZZ_ROUNDS=1): $name ended with $status" if $status ne 0 || !$answered;
    remove_tree($dir);
}
is_deeply(\@failed, [], "$rounds spoilt trees: each gets an answer");

done_testing;
