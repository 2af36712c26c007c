#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-inspect on a real kernel with real (emulated) controllers: AHCI, NVMe, virtio, USB, a CD drive; an md array, LUKS, and a root
# on a logical volume over two disks. The machine is made by tests/guest/make-inspector.sh and runs in qemu without KVM.
use strict;
use warnings;
use lib 'tests/integration';
use File::Temp ();
use HelperPeer;
use InspectTree;
use JSON::PP;
use Test::More;

# Not in /tmp, which may be memory.
my $dir = File::Temp->newdir('virt-p2v-test.XXXXXXXX', DIR => '/var/tmp');

sub image {
    my ($name, $mib) = @_;
    open my $file, '>', "$dir/$name" or die;
    truncate $file, $mib << 20;
    return "$dir/$name";
}

sub run { my $out = qx(@_ 2>&1); BAIL_OUT("$_[0]: $out") if $? }

image($_, 256) for 'sata', 'nvme';
image($_, 64) for 'usb', 'virtio0', 'virtio1', 'virtio2', 'part';
run('sgdisk', '-o', '-n1:2048:+48M', '-c1:data', "$dir/usb");
run('truncate', '-s', '48M', "$dir/part");
run('mkfs.ext4', '-q', '-L', 'stick', "$dir/part");
run('dd', "if=$dir/part", "of=$dir/usb", 'bs=1M', 'seek=1', 'conv=notrunc');
image('cd', 1);
run('tests/guest/make-inspector.sh', $HelperPeer::BIN, $dir);

my @drives = map { my ($id) = $_; ('-drive', "id=$id,if=none,format=raw,file=$dir/$id" . ($id eq 'cd' ? ',media=cdrom' : '')) }
    'sata', 'nvme', 'usb', 'virtio0', 'virtio1', 'virtio2', 'cd';
my $seconds = $ENV{P2V_BOOT_TIMEOUT} // 300;
my @command = ('timeout', '-k', '5', $seconds, 'qemu-system-x86_64', '-nodefaults', '-no-user-config', '-machine', 'q35,accel=tcg', '-cpu', 'max',
    '-m', 1024, '-smp', '2,sockets=1,cores=2,threads=1', '-display', 'none', '-no-reboot', '-rtc', 'base=utc',
    '-smbios', 'type=1,manufacturer=Example Corp,product=Server 9000,serial=SN-1234',
    '-kernel', "$dir/vmlinuz", '-initrd', "$dir/initrd", '-append', 'console=ttyS0 quiet panic=-1 rdinit=/init',
    '-serial', "file:$dir/console", '-serial', "file:$dir/result", @drives,
    '-device', 'ide-hd,drive=sata,bus=ide.0,serial=SATA-1,wwn=0x5000c500aabbccdd,model=P2V SATA,rotation_rate=7200',
    '-device', 'ide-cd,drive=cd,bus=ide.1', '-device', 'nvme,drive=nvme,serial=NVME-1', '-device', 'qemu-xhci',
    '-device', 'usb-storage,drive=usb,serial=USB-1', map({ ('-device', "virtio-blk-pci,drive=virtio$_,serial=VIRTIO-$_") } 0 .. 2),
    '-netdev', 'user,id=n,restrict=on', '-device', 'e1000,netdev=n,mac=52:54:00:12:34:56');
my $pid = fork // die;
if ($pid == 0) { open STDIN, '<', '/dev/null'; exec @command; die }
waitpid $pid, 0;
my $result = -e "$dir/result" ? InspectTree::slurp("$dir/result") : '';
like($result, qr/^p2v-inspect ended with 0$/m, 'it ends with status 0') or diag substr InspectTree::slurp("$dir/console"), -3000;
my $json = eval { decode_json($result =~ s/^p2v-inspect ended.*//mr) } // {};
my %disk = map { ($_->{serial} => $_) } @{ $json->{disks} // [] };

is_deeply([sort keys %disk], [qw(NVME-1 SATA-1 USB-1 VIRTIO-0 VIRTIO-1 VIRTIO-2)], 'every disk is there, by its serial number') or diag $result;
is(join(' ', map { "$_:$disk{$_}{transport}" } sort keys %disk),
    'NVME-1:nvme SATA-1:sata USB-1:usb VIRTIO-0:virtio VIRTIO-1:virtio VIRTIO-2:virtio', 'and how it is attached');
is($disk{'SATA-1'}{wwn}, '0x5000c500aabbccdd', 'WWN');
like($disk{'SATA-1'}{model}, qr/^P2V SATA$/, 'model');
is($disk{'SATA-1'}{rotational}, JSON::PP::true, 'a rotating disk');
is($disk{'NVME-1'}{size_bytes}, 256 << 20, 'size');
is_deeply([map { $_->{name} } @{ $json->{removables} }], ['sr0'], 'the CD drive');
is_deeply([grep { $disk{$_}{carries_root} } sort keys %disk], ['NVME-1', 'SATA-1'], 'both disks of the root are known');
is($disk{'USB-1'}{in_use}, 'mounted on /mnt', 'a mounted disk');
is($disk{"VIRTIO-$_"}{in_use}, 'held by md0', 'a member of a running array') for 0, 1;
is($disk{'VIRTIO-2'}{in_use}, '', 'a disk that nobody uses');

my %contents = map { ($_->{name} => $_) } @{ $json->{contents} // [] };
sub on { my ($serial) = @_; return $contents{ $disk{$serial}{name} // '' } // {} }
is(join(' ', map { "$_->{type}/$_->{set_kind}/$_->{set_name}/$_->{set_members}" } @{ on($_)->{contents} }), 'LVM2_member/volume group/vgroot/2',
    "$_ is of the volume group") for 'SATA-1', 'NVME-1';
is(on('VIRTIO-0')->{contents}[0]{set_kind}, 'md array', 'a member of an md array');
is(on('VIRTIO-0')->{contents}[0]{set}, on('VIRTIO-1')->{contents}[0]{set}, 'the other is of the same');
is(on('VIRTIO-2')->{contents}[0]{type}, 'crypto_LUKS', 'LUKS');
is(on('USB-1')->{table} . join(' ', map { " $_->{partition}:$_->{type}:$_->{label}:$_->{partition_name}" } @{ on('USB-1')->{contents} }),
    'gpt 1:ext4:stick:data', 'a partition with a file system');

is("$json->{vendor}/$json->{product}/$json->{serial}", 'Example Corp/Server 9000/SN-1234', 'who made the machine');
is($json->{memory_bytes}, 1 << 30, 'memory as installed');
is("$json->{cpu}{sockets} $json->{cpu}{cores} $json->{cpu}{threads}", '1 2 1', 'processors');
is("$json->{rtc}{basis} $json->{rtc}{offset_seconds}", 'utc 7200', 'the hardware clock, two hours ahead');
is("$json->{firmware} $json->{hostname}", 'bios vm1', 'firmware and host name');
is($json->{nics}[0]{mac} . ' ' . $json->{nics}[0]{driver}, '52:54:00:12:34:56 e1000', 'the network card');
like($json->{nics}[0]{product}, qr/Ethernet/, 'by name') if -e '/usr/share/misc/pci.ids';

done_testing;
