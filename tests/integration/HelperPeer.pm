# SPDX-License-Identifier: GPL-2.0-or-later
#
# HelperPeer: stands where p2v-supervisor stands, towards one helper. Messages are written and read as
# protobuf text, with protoc and the real p2v.proto.
#
#   my $peer = HelperPeer->start('p2v-ui', args => [...], out => FILE, err => FILE);
#   $peer->send('ui_start { colours: true }');  $peer->send_bytes($datagram);
#   my $text = $peer->receive;                  # protobuf text; undef when the helper has closed
#   $peer->pid; $peer->close_channel; my $status = $peer->wait;   # exit status, or "signal N"
#   HelperPeer::status_text($?)                 # the same words for any child
package HelperPeer;
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IPC::Open2;
use POSIX ();
use Socket;

our $TOP = abs_path(dirname(__FILE__) . '/../..');
our $BIN = ($ENV{P2V_BUILD} // "$TOP/build") . '/bin';

sub protoc {
    my ($direction, $input) = @_;
    my $pid = open2(my $out, my $in, 'protoc', "--proto_path=$TOP/proto", "--$direction=p2v.Envelope", 'p2v.proto');
    binmode $_ for $in, $out;
    print $in $input;
    close $in;
    my $output = do { local $/; <$out> };
    waitpid $pid, 0;
    die "protoc --$direction failed\n" if $?;
    return $output // '';
}

sub encode { return protoc('encode', $_[0]) }
sub decode { return protoc('decode', $_[0]) }

sub status_text {
    my ($status) = @_;
    return $status & 127 ? 'signal ' . ($status & 127) : $status >> 8;
}

sub start {
    my ($class, $program, %with) = @_;
    socketpair(my $ours, my $theirs, AF_UNIX, SOCK_SEQPACKET, 0) or die "socketpair: $!\n";
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        # Files first: opened, they may be given any number. dup2() leaves close-on-exec off.
        my @files = map { defined $with{$_} ? open_to($with{$_}) : undef } 'out', 'err';
        my $channel = POSIX::dup(fileno $theirs);
        for my $n (0, 1) { POSIX::dup2(fileno $files[$n], $n + 1) if $files[$n] }
        POSIX::dup2($channel, 3);
        my @before = @{ $with{before} // [] };
        my @command = (@before, "$BIN/$program", @{ $with{args} // [] });
        { no warnings 'exec'; exec { $command[0] } @command }
        POSIX::_exit(127);
    }
    close $theirs;
    return bless { pid => $pid, channel => $ours }, $class;
}

# A file's name, or something open already.
sub open_to {
    my ($file) = @_;
    return $file if ref $file;
    open my $handle, '>', $file or die "$file: $!\n";
    return $handle;
}

sub pid { return $_[0]->{pid} }

sub send_bytes {
    my ($self, $bytes) = @_;
    local $SIG{PIPE} = 'IGNORE';
    return CORE::send($self->{channel}, $bytes, 0);
}

sub send { return $_[0]->send_bytes(encode($_[1])) }

sub receive_bytes {
    my ($self) = @_;
    my $bytes = '';
    return undef unless defined recv($self->{channel}, $bytes, 65536, 0);
    return length $bytes ? $bytes : undef;
}

sub receive {
    my ($self) = @_;
    my $bytes = $self->receive_bytes;
    return defined $bytes ? decode($bytes) : undef;
}

sub close_channel { close $_[0]->{channel} }

sub wait {
    my ($self) = @_;
    waitpid $self->{pid}, 0;
    return status_text($?);
}

1;
