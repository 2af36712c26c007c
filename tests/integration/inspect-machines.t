#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-inspect on the trees of varied machines: what it finds, what it leaves out.
use strict;
use warnings;
use lib 'tests/integration';
use HelperPeer;
use JSON::PP;
use InspectTree;
use Test::More;

# By the channel, so that what is compared is the message itself; the checks of proto/check.c have seen it.
sub inventory_of {
    my ($dir) = @_;
    my $peer = HelperPeer->start('p2v-inspect', args => ['--root', $dir]);
    my ($inventory, @notes) = ('');
    $peer->receive;                                       # Ready
    $peer->send('inspect_start {}');
    while (defined(my $text = $peer->receive)) {
        if ($text =~ /^note/) { push @notes, $text } else { $inventory = $text }
    }
    is($peer->wait, 0, 'it ends with status 0');
    return ($inventory, @notes);
}

# The list of one kind of entry, each { field => value }.
sub list {
    my ($inventory, $kind) = @_;
    return map { +{ /(\w+): "?(.*?)"?$/mg } } $inventory =~ /^  $kind \{\n(.*?)^  \}/msg;
}

subtest 'a SATA server with two disks, a DVD drive and two interfaces' => sub {
    my ($inventory, @notes) = inventory_of(InspectTree::make(InspectTree::sata_server()));
    my @disks = list($inventory, 'disks');
    is_deeply([map { $_->{name} } @disks], ['sda', 'sdb'], 'whole disks alone, in order');
    is_deeply($disks[0], { name => 'sda', size_bytes => 976773168 * 512, logical_sector_bytes => 512, physical_sector_bytes => 512,
        vendor => 'ATA', model => 'ST500DM002-1BD14', serial => 'Z3T12345', wwn => '0x5000c500abcdef01', transport => 'sata' },
        'a disk with its serial number and WWN by udev');
    is_deeply($disks[1], { name => 'sdb', size_bytes => 7814037168 * 512, logical_sector_bytes => 512, physical_sector_bytes => 4096,
        vendor => 'ATA', model => 'WDC WD4003FZEX-0', serial => 'WD-WMC1F1234567', wwn => '0x50014ee2b6dc6a72', transport => 'sata',
        rotational => 'true' }, 'a disk with its serial number and WWN by sysfs');
    is_deeply([list($inventory, 'removables')], [{ name => 'sr0', model => 'HL-DT-ST DVDRAM GH24NSC0' }], 'the DVD drive');
    is_deeply([list($inventory, 'nics')], [
        { name => 'eno1', mac => '00:1e:67:aa:bb:01', vendor => 'Intel Corporation', product => '82579LM Gigabit Network Connection',
          driver => 'e1000e', speed_mbits => 1000, link => 'LINK_UP', index => 2 },
        { name => 'eno2', mac => '00:1e:67:aa:bb:02', driver => 'igb', link => 'LINK_DOWN' } ], 'hardware interfaces, no bridge and no loopback');
    is_deeply([list($inventory, 'cpu')], [{ vendor => 'Intel', sockets => 2, cores => 4, threads => 2, acpi => 'true', apic => 'true', pae => 'true' }],
        'processors');
    like($inventory, qr/vendor: "Example Corp"\n  product: "Server 9000"\n  serial: "SN-1234"/, 'the machine, by its firmware');
    like($inventory, qr/hostname: "db1.example.com"/, 'host name');
    like($inventory, qr/firmware: FIRMWARE_BIOS/, 'firmware');
    like($inventory, qr/basis: RTC_LOCALTIME/, 'clock');
    like($inventory, qr/memory_bytes: 25769803776\n/, '24 GiB are 24 GiB');
    is_deeply(\@notes, [], 'there is nothing to note');
};

subtest 'a laptop with NVMe, a card reader without card, eMMC and wireless' => sub {
    my ($inventory, @notes) = inventory_of(InspectTree::make(InspectTree::nvme_laptop()));
    my @disks = list($inventory, 'disks');
    is_deeply([map { $_->{name} } @disks], ['mmcblk0', 'nvme0n1', 'sdb'], 'no boot area, no multipath part, no empty reader');
    is_deeply([map { $_->{transport} } @disks], ['mmc', 'nvme', 'usb'], 'how each is attached');
    is($disks[0]{model}, 'DF4032', 'model of the eMMC');
    is($disks[1]{serial}, 'S4EVNX0M123456', 'serial number of the NVMe disk');
    is($disks[2]{serial}, '0019E06B9C8A', 'serial number of the USB disk, by its USB device');
    is($disks[1]{wwn}, 'eui.0025385b71b0a1c3', 'WWN of the NVMe disk');
    is_deeply([map { $_->{name} } list($inventory, 'nics')], ['enx1', 'wlp3s0'], 'a wireless interface is one');
    is_deeply([map { "$_->{vendor}/$_->{product}" } (list($inventory, 'nics'))[0]], ['Realtek Semiconductor Corp./8153'],
        'a USB interface has the name of its device, as far as that is known');
    like($inventory, qr/vendor: "Laptops Ltd"\n  product: "Book 14"/, 'the machine, by the kernel');
    like($inventory, qr/secure_boot: SECURE_BOOT_ON/, 'Secure Boot');
    unlike($inventory, qr/hostname/, 'no host name where none was set');
    like($inventory, qr/firmware: FIRMWARE_UEFI/, 'firmware');
    like($inventory, qr/basis: RTC_UTC/, 'clock');
    like($inventory, qr/vendor: "AMD"/, 'processor');
    is(($inventory =~ /memory_bytes: (\d+)/)[0], 244 * 64 << 20, 'memory is rounded up to 64 MiB, not to a power of two');
    is_deeply(\@notes, [], 'there is nothing to note');
};

subtest 'a virtual machine with virtio' => sub {
    my ($inventory) = inventory_of(InspectTree::make(InspectTree::virtio_vm()));
    my @disks = list($inventory, 'disks');
    is_deeply([map { $_->{name} } @disks], ['vda', 'vdb'], 'disks');
    is($disks[0]{serial}, 'root-disk', 'serial number');
    is($disks[0]{vendor}, undef, 'the number of the virtio vendor is no vendor of a disk');
    is($disks[1]{read_only}, 'true', 'a read-only disk says so');
    is_deeply([map { "$_->{vendor}/$_->{product}" } list($inventory, 'nics')], ['Red Hat, Inc./Virtio 1.0 network device'],
        'a virtio interface has the name of the PCI device it is on');
    is(($inventory =~ /memory_bytes: (\d+)/)[0], 2048 << 20, 'memory by blocks');
    like($inventory, qr/cores: 3\n\s*threads: 1/, 'three processors are three cores');
};

subtest 'an old server with a Smart Array, IDE and no CPU topology' => sub {
    my ($inventory) = inventory_of(InspectTree::make(InspectTree::old_server()));
    my @disks = list($inventory, 'disks');
    is_deeply([map { $_->{name} } @disks], ['cciss/c0d2', 'cciss/c0d10', 'sda'], 'names with the slash of /dev, c0d2 before c0d10');
    is($disks[2]{transport}, 'ata', 'a disk on an IDE controller is not called SATA');
    like($inventory, qr/architecture: "i686"/, 'architecture');
    like($inventory, qr/sockets: 1\n\s*cores: 2\n\s*threads: 1\n\s*pae: true/, 'two processors of unknown topology are two cores');
};

subtest 'a tree with nothing in it' => sub {
    my ($inventory, @notes) = inventory_of(InspectTree::make());
    like($inventory, qr/^inventory/, 'there is an inventory');
    is_deeply([list($inventory, 'disks')], [], 'without disks');
    like($inventory, qr/sockets: 1\n\s*cores: 1\n\s*threads: 1/, 'with one processor');
    ok((grep { /no disk can be found/ } @notes) == 1, 'and a note that no disk was found');
};

subtest 'a tree of absurdities' => sub {
    my ($inventory, @notes) = inventory_of(InspectTree::make(InspectTree::absurd()));
    my @disks = list($inventory, 'disks');
    my %disk = map { ($_->{name} => $_) } @disks;
    is_deeply([sort keys %disk], ['sda', 'sdb'], 'only disks with a size and a name are there');
    is_deeply($disk{sda}, { name => 'sda', size_bytes => 976773168 * 512, transport => 'sata' },
        'a disk keeps what is sound and loses every field that is not');
    is_deeply([map { $_->{name} } list($inventory, 'nics')], ['eno1', 'eno2', 'eth7'], 'only interfaces with a MAC address are there');
    unlike($inventory, qr/reboot/, 'a driver is a name or nothing');
    unlike($inventory, qr/hostname|memory_bytes|basis/, 'absurd host name, memory and clock are left out');
    for my $field ('device/model', 'device/vendor', 'device/vpd_pg80', 'queue/logical_block_size', 'queue/physical_block_size', 'queue/rotational',
        'hostname', 'MemTotal', 'adjtime', 'sdc', 'sdd', 'sde', 'eth9', 'eth8', 'ifindex') {
        ok((grep { /\Q$field\E/ } @notes), "a note names $field");
    }
};

# ---- what the running system uses ----------------------------------------------------------------------

# sda .. sdd, two partitions each.
sub four_disks {
    my $n = 0;
    return map { my $minor = 16 * $n++; my $place = "pci0000:00/host$n/target$n";
        (InspectTree::block($_, $place, dev => "8:$minor", sectors => 100000), map { my $part = $_; my $disk = "sd" . chr(96 + $n);
            InspectTree::partition($disk, $place, $part, '8:' . ($minor + $part)) } 1, 2) } 'sda', 'sdb', 'sdc', 'sdd';
}

# "sda:root sdb:swap" of a tree.
sub uses {
    my ($inventory, @notes) = inventory_of(InspectTree::make(four_disks(), @_));
    my @warned = map { /disk (\w+) (?:carries|is in use)/ ? $1 : () } @notes;
    my @used = map { $_->{carries_root} ? "$_->{name}:root" : $_->{in_use} ? "$_->{name}:$_->{in_use}" : () } list($inventory, 'disks');
    is_deeply(\@warned, [map { s/:.*//r } @used], 'each is told in a note');
    return join ' ', @used;
}

subtest 'the disk that carries the root is known, whatever lies between' => sub {
    my @proc = ('0:21 /proc proc proc', '0:5 /dev devtmpfs udev');
    is(uses(InspectTree::mounts('8:2 / ext4 /dev/sda2', @proc)), 'sda:root', 'a partition');
    is(uses(InspectTree::mounts('8:2 / ext4 /dev/root', @proc)), 'sda:root', 'a partition, by its number');
    is(uses(InspectTree::mounts('254:0 / ext4 /dev/mapper/vg-root', @proc),
        InspectTree::made_of('dm-0', '254:0', slaves => ['sda2', 'sdb'], mapped => 'vg-root')), 'sda:root sdb:root', 'a logical volume on two disks');
    is(uses(InspectTree::mounts('254:1 / xfs /dev/mapper/vg-root', @proc),
        InspectTree::made_of('dm-1', '254:1', slaves => ['dm-0'], mapped => 'vg-root'),
        InspectTree::made_of('dm-0', '254:0', slaves => ['md127'], mapped => 'secret'),
        InspectTree::made_of('md127', '9:127', slaves => ['sdc1', 'sdd1'])), 'sdc:root sdd:root', 'a logical volume in LUKS on a mirror');
    is(uses(InspectTree::mounts('0:24 / btrfs /dev/sda1', @proc),
        'sys/fs/btrfs/2c9c-1/devices/sda1' => \'../../../../devices/x', 'sys/fs/btrfs/2c9c-1/devices/sdb1' => \'../../../../devices/y'),
        'sda:root sdb:root', 'btrfs on two disks');
    my @live = (InspectTree::made_of('loop0', '7:0', file => '/run/live/medium/live/filesystem.squashfs'));
    is(uses(InspectTree::mounts('8:17 /run/live/medium iso9660 /dev/sdb1', '7:0 /run/live/rootfs/filesystem.squashfs squashfs /dev/loop0',
        '0:30 /run/live/overlay tmpfs tmpfs',
        '0:31 / overlay overlay rw,lowerdir=/run/live/rootfs/filesystem.squashfs/,upperdir=/run/live/overlay/rw,workdir=/run/live/overlay/work', @proc), @live),
        'sdb:root', 'a live image');
    is(uses(InspectTree::mounts('8:17 /run/initramfs/live vfat /dev/sdb1', '7:0 /run/rootfsbase squashfs /dev/loop0',
        '0:31 / overlay LiveOS_rootfs rw,lowerdir=/gone/rootfsbase,upperdir=/gone/overlayfs', @proc),
        InspectTree::made_of('loop0', '7:0', file => '/run/initramfs/live/LiveOS/squashfs.img')), 'sdb:root', 'a live image whose layers have moved');
    is(uses(InspectTree::mounts('7:0 / squashfs /dev/loop0', '8:17 /run/a\040b ext4 /dev/sdb1', @proc),
        InspectTree::made_of('loop0', '7:0', file => '/run/a b/image')), 'sdb:root', 'an image in a directory with a blank');
    is(uses(InspectTree::mounts('0:2 / rootfs rootfs', '0:21 /proc proc proc')), '', 'a root in memory is on no disk');
    is(uses(InspectTree::mounts('8:2 / ext4 /dev/sda2', '8:18 / ext4 /dev/sdb2')), 'sda:mounted on / sdb:root', 'the last that is mounted on / counts');
};

subtest 'a file system on several devices' => sub {
    is(uses(InspectTree::mounts('8:2 / ext4 /dev/sda2', '0:40 /srv bcachefs /dev/sdb1:/dev/mapper/a:/dev/sdd'),
        InspectTree::made_of('dm-0', '254:0', slaves => ['sdc1'], mapped => 'a')),
        'sda:root sdb:mounted on /srv sdc:mounted on /srv sdd:mounted on /srv', 'bcachefs names all');
    is(uses(InspectTree::mounts('0:40 / bcachefs /dev/sda2:/dev/sdb1')), 'sda:root sdb:root', 'it may carry the root');
    is(uses(InspectTree::mounts('0:40 / ext4 /dev/mapper/a:b'), InspectTree::made_of('dm-0', '254:0', slaves => ['sdc1'], mapped => 'a:b')), 'sdc:root',
        'a name with a colon in it is one');
};

subtest 'a mount whose disks cannot be told is' => sub {
    my $told = sub { my ($inventory, @notes) = inventory_of(InspectTree::make(four_disks(), InspectTree::mounts('8:2 / ext4 /dev/sda2', @_)));
        return join ' ', map { /which disks carry (\S+), mounted on (\S+),/ ? "$1:$2" : () } @notes };
    is($told->('0:50 /tank zfs tank', '0:51 /tank/home zfs tank/home', '0:52 /data zfs data/x'), 'tank:/tank data/x:/data', 'ZFS, each pool once');
    is($told->('0:50 /srv bcachefs UUID=1-2'), 'UUID=1-2:/srv', 'bcachefs');
    is($told->('0:50 /srv bcachefs /dev/sdb1:/dev/sdc1', '0:21 /proc proc proc', '0:60 /mnt nfs server:/dev/sdb'), '', 'not what is known, or on no disk');
};

subtest 'a root that cannot be placed is told' => sub {
    for my $root ('0:30 / zfs rpool/ROOT', '0:31 / overlay overlay lowerdir=/gone,upperdir=/gone2') {
        my ($inventory, @notes) = inventory_of(InspectTree::make(four_disks(), InspectTree::mounts($root)));
        is(scalar(grep { /which disks? .* cannot be told/ } @notes), 1, $root);
    }
};

subtest 'a disk in use otherwise is offered, with a warning' => sub {
    is(uses(InspectTree::mounts('8:2 / ext4 /dev/sda2', '8:17 /srv/a\040b ext4 /dev/sdb1'),
        'proc/swaps' => "Filename Type Size Used Priority\n/dev/sdc2 partition 1 0 -2\n", InspectTree::made_of('md0', '9:0', slaves => ['sdd1'])),
        'sda:root sdb:mounted on /srv/a b sdc:swap sdd:held by md0', 'mounted, swapped to, held by an array');
    is(uses(InspectTree::made_of('dm-3', '254:3', slaves => ['sda', 'sdb'], mapped => 'mpatha')), 'sda:held by mpatha sdb:held by mpatha',
        'held by device mapper, under its own name');
    is(uses(InspectTree::mounts('254:0 /mnt ext4 /dev/mapper/vg-home'), InspectTree::made_of('dm-0', '254:0', slaves => ['sda2'])),
        'sda:mounted on /mnt', 'mounted, not just held');
};

subtest 'several paths to one disk count once' => sub {
    my @paths = map { my ($name, $n, $sectors, $serial) = @$_;
        InspectTree::block($name, "pci0000:00/host$n/rport-1:0-$n", sectors => $sectors, device => { wwid => "naa.600a0b800012345600001234\n",
            vpd_pg80 => "\0\x80\0" . chr(length $serial) . $serial }) }
        ['sda', 1, 1000, 'A1'], ['sdb', 2, 1000, 'A1'], ['sdc', 3, 1000, 'A2'], ['sdd', 4, 2000, 'A1'], ['sde', 5, 1000, ''];
    my ($inventory, @notes) = inventory_of(InspectTree::make(@paths));
    is_deeply([map { $_->{same_as} // '' } list($inventory, 'disks')], ['', 'sda', '', '', 'sda'],
        'the same WWN and size, and no other serial number');
    is(scalar(grep { /another path to sda/ } @notes), 2, 'each is told in a note');
};

subtest 'a machine that goes round in circles' => sub {
    is(uses(InspectTree::mounts('7:0 / squashfs /dev/loop0', '254:0 /x ext4 /dev/dm-0'), InspectTree::made_of('loop0', '7:0', file => '/image'),
        InspectTree::made_of('dm-0', '254:0', slaves => ['dm-1', 'dm-0', 'sda1', 'nosuch']),
        InspectTree::made_of('dm-1', '254:1', slaves => ['dm-0'])), 'sda:mounted on /x', 'ends');
    is(uses(InspectTree::mounts('0:31 / overlay overlay lowerdir=/:/a:/b,upperdir=/')), '', 'an overlay of itself ends');
};

subtest 'a machine with more than the message holds' => sub {
    my %machine = map { InspectTree::block("nvme${_}n1", "pci0000:00/nvme$_") } 1 .. 70;
    %machine = (%machine, map({ InspectTree::block("sr$_", "pci0000:00/sr$_") } 0 .. 19),
        map({ InspectTree::nic("eth$_", "pci0000:00/net$_", sprintf('52:54:00:00:00:%02x', $_), 'e1000') } 0 .. 69));
    my ($inventory, @notes) = inventory_of(InspectTree::make(%machine));
    my @disks = list($inventory, 'disks');
    is(scalar @disks, 64, '64 disks');
    is($disks[63]{name}, 'nvme64n1', 'the first 64');
    is(scalar(list($inventory, 'removables')), 16, '16 removable drives');
    is(scalar(list($inventory, 'nics')), 64, '64 interfaces');
    for my $name ('nvme70n1', 'sr19', 'eth69') {
        ok((grep { /\b$name is left out: there are more than/ } @notes), "a note says that $name is left out");
    }
};

subtest '--json has every field' => sub {
    my $dir = InspectTree::make(InspectTree::sata_server(),
        'sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/model' => qq(a "b" \\c \xc3\xa9\n));
    my $json = decode_json(scalar qx($HelperPeer::BIN/p2v-inspect --json --root $dir));
    is($json->{disks}[0]{model}, qq(a "b" \\c \x{e9}), 'texts are escaped');
    is($json->{disks}[1]{rotational}, JSON::PP::true, 'yes or no');
    is($json->{memory_bytes}, 25769803776, 'numbers');
    is("$json->{firmware} $json->{secure_boot} $json->{rtc}{basis} $json->{nics}[0]{link}", 'bios unknown localtime up', 'words');
    is_deeply([sort keys %$json], [qw(architecture contents cpu disks firmware hostname memory_bytes nics product removables rtc secure_boot serial vendor)],
        'the whole inventory, and what is on the disks');
    is_deeply([sort keys %{ $json->{disks}[0] }], [qw(carries_root in_use logical_sector_bytes model name physical_sector_bytes read_only rotational
        same_as serial size_bytes transport vendor wwn)], 'all of a disk');
};

subtest 'by hand there is a table' => sub {
    my ($status, $out, $err) = InspectTree::inspect(InspectTree::make(InspectTree::sata_server()));
    is($status, 0, 'it ends with status 0');
    is($err, '', 'standard error is empty');
    is($out, <<'TABLE', 'the table');
Machine
  host name     db1.example.com
  architecture  x86_64
  firmware      BIOS
  made by       Example Corp Server 9000
  serial number SN-1234
  CPU           Intel, 2 sockets x 4 cores x 2 threads = 16, acpi, apic, pae
  memory        24 GiB
  clock         local time

Disks
  sda           500.1 GB (500107862016 bytes, sectors of 512/512), sata
                ATA ST500DM002-1BD14
                s/n Z3T12345
                wwn 0x5000c500abcdef01
  sdb           4.0 TB (4000787030016 bytes, sectors of 512/4096), sata, rotating
                ATA WDC WD4003FZEX-0
                s/n WD-WMC1F1234567
                wwn 0x50014ee2b6dc6a72

Removable media
  sr0           HL-DT-ST DVDRAM GH24NSC0

Network interfaces
  eno1          00:1e:67:aa:bb:01  e1000e  link up  1000 Mb/s  Intel Corporation, 82579LM Gigabit Network Connection
  eno2          00:1e:67:aa:bb:02  igb  link down
TABLE
};

done_testing;
