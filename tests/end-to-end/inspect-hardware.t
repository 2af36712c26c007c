#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-inspect on a real kernel with real (emulated) controllers: AHCI, NVMe, virtio, USB, a CD drive; an md array, LUKS, and a root
# on a logical volume over two disks; and virt-p2v on it, as far as the configuration it would convert with, for which the supervisor
# hands over the hardware clock. Then UEFI, without Secure Boot and with it. The machine is made by tests/guest/make-inspector.sh and
# runs in qemu without KVM.
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
my $seconds = $ENV{P2V_BOOT_TIMEOUT} // 600;

# Runs a machine to its end. What it wrote to its second serial port.
sub boot {
    my ($machine, $kernel, $init, @devices) = @_;
    unlink "$dir/result";
    my @command = ('timeout', '-k', '5', $seconds, 'qemu-system-x86_64', '-nodefaults', '-no-user-config', '-machine', $machine, '-cpu', 'max',
        '-m', 1024, '-smp', '2,sockets=1,cores=2,threads=1', '-display', 'none', '-no-reboot', '-rtc', 'base=utc',
        '-kernel', $kernel, '-initrd', "$dir/initrd", '-append', "console=ttyS0 quiet panic=-1 rdinit=/$init",
        '-serial', "file:$dir/console", '-serial', "file:$dir/result", @devices);
    my $pid = fork // die;
    if ($pid == 0) { open STDIN, '<', '/dev/null'; exec @command; die }
    waitpid $pid, 0;
    return -e "$dir/result" ? InspectTree::slurp("$dir/result") : '';
}

my $result = boot('q35,accel=tcg', "$dir/vmlinuz", 'init', @drives, '-smbios', 'type=1,manufacturer=Example Corp,product=Server 9000,serial=SN-1234',
    '-device', 'ide-hd,drive=sata,bus=ide.0,serial=SATA-1,wwn=0x5000c500aabbccdd,model=P2V SATA,rotation_rate=7200',
    '-device', 'ide-cd,drive=cd,bus=ide.1', '-device', 'nvme,drive=nvme,serial=NVME-1', '-device', 'qemu-xhci',
    '-device', 'usb-storage,drive=usb,serial=USB-1', map({ ('-device', "virtio-blk-pci,drive=virtio$_,serial=VIRTIO-$_") } 0 .. 2),
    '-netdev', 'user,id=n,restrict=on', '-device', 'e1000,netdev=n,mac=52:54:00:12:34:56');
like($result, qr/^p2v-inspect ended with 0$/m, 'it ends with status 0') or diag substr InspectTree::slurp("$dir/console"), -3000;
my $json = eval { decode_json($result =~ s/^p2v-inspect ended.*//msr) } // {};
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

# What the supervisor would convert with: it started p2v-inspect, and gave it the disks and the clock.
like($result, qr/^virt-p2v ended with 0$/m, 'virt-p2v ends with status 0');
my %config = $result =~ /^([a-z][a-z_.]*) (.*)$/mg;
is("$config{'rtc.basis'} $config{'rtc.offset'}", 'utc 2', "virt-p2v: the hardware clock's way, hours ahead");
is($config{memory}, 1 << 30, 'virt-p2v: memory');
is("$config{guestname} $config{'vcpu.cores'} $config{'cpu.model'} $config{'cpu.acpi'}", 'vm1 2 EPYC true', 'virt-p2v: name and processors, and what was given');
is($config{disks}, join(' ', sort map { $disk{$_}{name} } 'USB-1', map { "VIRTIO-$_" } 0 .. 2), 'virt-p2v: all disks but those of the root');
is("$config{removable} $config{interfaces}", "sr0 $json->{nics}[0]{name}", 'virt-p2v: drive and interface');
like($result, qr/^the light of \Q$json->{nics}[0]{name}\E: wait status 0$/m, "the port's light has blinked") or diag $result =~ /^(the light.*)$/m;

# A real firmware's variables. To boot with Secure Boot a kernel has to be signed by a key the firmware knows: Debian's example key.
run('openssl', 'rsa', '-in', '/usr/share/ovmf/PkKek-1-snakeoil.key', '-passin', 'pass:snakeoil', '-out', "$dir/key");
run('sbsign', '--key', "$dir/key", '--cert', '/usr/share/ovmf/PkKek-1-snakeoil.pem', '--output', "$dir/signed", "$dir/vmlinuz");
for my $case (['off', 'OVMF_VARS_4M.fd', 'vmlinuz'], ['on', 'OVMF_VARS_4M.snakeoil.fd', 'signed']) {
    my ($secure, $vars, $kernel) = @$case;
    run('cp', "/usr/share/OVMF/$vars", "$dir/vars");
    my $uefi = boot('q35,accel=tcg,smm=on', "$dir/$kernel", 'uefi', '-global', 'driver=cfi.pflash01,property=secure,value=on',
        '-drive', 'if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.secboot.fd',
        '-drive', "if=pflash,unit=1,format=raw,file=$dir/vars");
    # The firmware has written to this port as well.
    my ($text) = $uefi =~ /(\{.*^\})$/ms;
    my $inventory = eval { decode_json($text) } // {};
    is(($inventory->{firmware} // '') . ' ' . ($inventory->{secure_boot} // ''), "uefi $secure", "UEFI with Secure Boot $secure")
        or diag $uefi, substr InspectTree::slurp("$dir/console"), -3000;
}

done_testing;
