#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-inspect --contents: what is on a disk. Partition tables, file systems, volume groups and LUKS are made by the real tools, in
# files and on loop devices; what no tool here can make (it needs the kernel's md, or firmware) is written byte by byte, each by
# the recipe in its function.
use strict;
use warnings;
use lib 'tests/integration';
use File::Temp qw(tempdir);
use HelperPeer;
use InspectTree;
use JSON::PP;
no warnings 'portable';
use Test::More;

my $inspect = "$HelperPeer::BIN/p2v-inspect";
my $dir = tempdir(CLEANUP => 1);
my $MIB = 1 << 20;
my @loops;
END { my $status = $?; system 'losetup', '-d', $_ for @loops; $? = $status }

sub image {
    my ($name, $mib) = @_;
    open my $file, '>', "$dir/$name" or die;
    truncate $file, $mib * $MIB;
    return "$dir/$name";
}

sub write_at {
    my ($path, %at) = @_;
    open my $file, '+<:raw', $path or die;
    for my $offset (sort keys %at) { seek $file, $offset, 0; print $file $at{$offset} }
    close $file;
}

sub run { my $out = qx(@_ 2>&1); is($?, 0, "made by $_[0]") or diag $out }

sub contents {
    my ($path) = @_;
    my $json = qx($inspect --contents --json $path 2>$dir/err);
    is(HelperPeer::status_text($?), 0, 'it ends with status 0') or diag InspectTree::slurp("$dir/err");
    return decode_json($json)->{contents}[0];
}

# The same of a disk that is a block device, as those of a machine are. libblkid looks for some things in files and whole disks alone,
# and cannot ask, inside the lock, whether a device is whole.
sub contents_of_device {
    my ($file, @options) = @_;
    chomp(my $loop = qx(losetup --find --show --read-only @options $file));
    like($loop, qr{^/dev/loop}, 'a loop device') or return {};
    my $c = contents($loop);
    system 'losetup', '-d', $loop;
    return $c;
}

# "2:ext4:root" of each entry
sub summary { my ($c) = @_; return join ' ', map { "$_->{partition}:$_->{type}:$_->{label}" } @{ $c->{contents} } }

# Copies a file into a partition.
sub put_part { my ($disk, $mib, $part) = @_; run('dd', "if=$part", "of=$disk", 'bs=1M', "seek=$mib", 'conv=notrunc') }

# What a stick looks like that an ISO image was written to: the supervisor tells it by the whole disk's label.
subtest 'a medium that virt-p2v boots from' => sub {
    my $efi = image('efi', 4);
    mkdir "$dir/tree";
    my @hybrid = ('-append_partition', 2, '0xef', $efi, '-appended_part_as_gpt', '-partition_offset', 16);
    for (['plain', ''], ['hybrid', 'gpt', @hybrid]) {
        my ($name, $table, @options) = @$_;
        run('xorriso', '-as', 'mkisofs', '-quiet', '-V', 'VIRT-P2V', '-o', "$dir/$name.iso", @options, "$dir/tree");
        my $c = contents("$dir/$name.iso");
        is($c->{table}, $table, "$name: its table");
        like(summary($c), qr/^0:iso9660:VIRT-P2V\b/, "$name: the whole disk is an ISO 9660 file system of that name");
    }
};

subtest 'a GPT disk with a system on it' => sub {
    my $disk = image('gpt', 64);
    run('sgdisk', '-o', '-n1:2048:+8M', '-t1:ef00', '-c1:EFI', '-n2:0:+16M', '-c2:root', '-n3:0:+8M', '-t3:8200', '-n4:0:+8M', $disk);
    my ($root, $swap) = (image('root', 16), image('swap', 8));
    run('mkfs.ext4', '-q', '-L', 'rootfs', $root);
    run('mkswap', '-L', 'swap1', $swap);
    put_part($disk, 9, $root);
    put_part($disk, 25, $swap);
    my $c = contents($disk);
    is($c->{table}, 'gpt', 'partition table');
    is(summary($c), '1:: 2:ext4:rootfs 3:swap:swap1 4::', 'partitions and file systems');
    is($c->{contents}[0]{partition_type}, 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b', 'type');
    is($c->{contents}[1]{partition_name}, 'root', 'name');
    is($c->{contents}[1]{offset_bytes}, 9 * $MIB, 'where');
    is($c->{contents}[1]{size_bytes}, 16 * $MIB, 'how large');
    like($c->{contents}[1]{uuid}, qr/^[0-9a-f-]{36}$/, 'UUID');
};

subtest 'a disk with more partitions than the message holds' => sub {
    my $disk = image('many', 160);
    open my $sfdisk, '|-', "sfdisk --quiet $disk" or die;
    print $sfdisk "label: gpt\ntable-length: 140\n", map { "size=64K\n" } 1 .. 140;
    close $sfdisk;
    my $c = contents($disk);
    is(scalar @{ $c->{contents} }, 129, 'as many as there is room for are told');
    is(InspectTree::slurp("$dir/err"), "p2v-inspect: many: not all partitions are looked at: there are more than 128\n", 'and, once, that there are more');
};

subtest 'an MBR disk with logical partitions' => sub {
    my $disk = image('dos', 64);
    open my $sfdisk, '|-', "sfdisk --quiet $disk" or die;
    print $sfdisk "label: dos\n,8M,83\n,,5\n,8M,83\n,8M,8e\n";
    close $sfdisk;
    my $c = contents($disk);
    is($c->{table}, 'dos', 'partition table');
    is(join(' ', map { "$_->{partition}:$_->{partition_type}" } @{ $c->{contents} }), '1:0x83 2:0x5 5:0x83 6:0x8e' =~ s/0x5/0x05/r, 'partitions');
};

subtest 'a disk that a machine starts from' => sub {
    my $disk = image('start', 64);
    my $starts = sub { return contents($disk)->{boots} ? 1 : 0 };
    my $part = sub {
        my ($script) = @_;
        open my $sfdisk, '|-', "sfdisk --quiet --wipe=always $disk" or die;
        print $sfdisk $script;
        close $sfdisk;
        return $starts->();
    };
    is($starts->(), 0, 'an empty one is none');
    is($part->("label: dos\n,8M,83\n,8M,83\n"), 0, 'partitions alone do not make it one');
    write_at($disk, 0x180 => "GRUB \0Geom");
    is($starts->(), 1, 'GRUB in the boot sector does');
    write_at($disk, 0x180 => "\0" x 16);
    is($part->("label: dos\n,8M,83\n,8M,83,*\n"), 1, 'an active partition');
    is($part->("label: dos\n,8M,ef\n"), 1, 'an EFI system partition in an MBR');
    is($part->("label: gpt\n,8M,L\n"), 0, 'GPT: partitions alone');
    is($part->("label: gpt\n,8M,L\n,8M,U\n"), 1, 'GPT: an EFI system partition');
    is($part->("label: gpt\n,1M,21686148-6449-6E6F-744E-656564454649\n,8M,L\n"), 1, 'GPT: where GRUB keeps its core');
    like(scalar qx($inspect --contents $disk), qr/partition table gpt, to start a machine from/, 'people are told');
};

subtest 'LUKS, and a file system without a partition table' => sub {
    my $luks = image('luks', 32);
    run('printf', 'key', '|', 'cryptsetup', 'luksFormat', '-q', '--type', 'luks1', '--pbkdf-force-iterations', '1000', $luks, '-');
    is(summary(contents($luks)), '0:crypto_LUKS:', 'LUKS');
    my $plain = image('plain', 16);
    run('mkfs.ext4', '-q', '-L', "'a b'", $plain);
    is(summary(contents($plain)), '0:ext4:a b', 'ext4 on the whole disk');
    is(summary(contents(image('empty', 1))), '', 'an empty disk has nothing on it');
};

subtest 'btrfs on two disks is a set, on one it is none' => sub {
    my @disks = (image('b1', 128), image('b2', 128), image('b3', 128));
    run('mkfs.btrfs', '-q', '-L', 'pool', '-d', 'single', '-m', 'raid1', @disks[0, 1]);
    run('mkfs.btrfs', '-q', '-L', 'alone', $disks[2]);
    my @c = map { contents($_)->{contents}[0] } @disks;
    is($c[0]{set}, $c[1]{set}, 'both are of one set');
    isnt($c[0]{set}, '', 'which has an id');
    is("$c[0]{set_kind} $c[0]{set_name} $c[0]{set_members}", 'btrfs pool 2', 'kind, name, size');
    is("$c[2]{type} $c[2]{set}", 'btrfs ', 'the lone one is of none');
};

SKIP: {
    skip 'only root makes loop devices', 2 unless $> == 0;
    chomp(@loops = map { qx(losetup --find --show $_ 2>/dev/null) } map { image($_, 64) } 'pv1', 'pv2', 'pv3', 'pv4');
    @loops == 4 or BAIL_OUT('no loop devices');
    my $vg = "p2vtest$$";
    my $conf = q(--config 'devices { use_devicesfile=0 filter=[) . join(',', map { qq("a|^$_\$|") } @loops) . q(,"r|.*|"] } backup { backup=0 archive=0 } activation { udev_sync=0 udev_rules=0 }');
    subtest 'a volume group' => sub {
        run('pvcreate', '-q', $conf, '--dataalignment', '128k', '--metadatasize', '100k', @loops[0, 1, 3]);
        run('pvcreate', '-q', $conf, '--metadatacopies', '0', $loops[2]);
        run('vgcreate', '-q', $conf, $vg, @loops[0, 1, 2]);
        my @c = map { contents($_)->{contents}[0] } @loops;
        is($_->{type}, 'LVM2_member', 'a physical volume') for @c;
        for my $c (@c[0, 1]) {
            is("$c->{set_kind} $c->{set_name} $c->{set_members}", "volume group $vg 3", 'of the group, which has three');
            is_deeply([sort @{ $c->{member_uuids} }], [sort map { $_->{uuid} } @c[0 .. 2]], 'namely these');
        }
        is($c[2]{set}, '', 'one without metadata cannot say of which group it is: the others say that');
        is($c[3]{set}, '', 'one in no group is in none');
    };
    subtest 'many changes: the text goes round the end of its area' => sub {
        my @tags = map { ('--addtag', "tag${_}_" . 'x' x 900) } 1 .. 10;
        run('vgchange', '-q', $conf, @tags, $vg);
        my @found;
        for my $i (1 .. 24) {
            qx(vgchange -q $conf --@{[$i % 2 ? 'add' : 'del']}tag one $vg 2>&1);
            push @found, contents($loops[0])->{contents}[0]{set_name};
        }
        is_deeply(\@found, [($vg) x 24], 'it is found every time');
        # The header of the metadata area is at 4 KiB; where the text begins, and how long it is, at 28h and 30h of it.
        my ($offset, $size) = unpack 'Q< Q<', substr InspectTree::slurp("$dir/pv1"), 4096 + 0x28, 16;
        cmp_ok($offset, '<', 24 * $size, 'and it has been round');
    };
    subtest 'metadata that LVM was told to ignore' => sub {
        run('vgremove', '-q', $conf, $vg);
        run('vgcreate', '-q', $conf, "${vg}a", $loops[0]);
        run('vgcreate', '-q', $conf, "${vg}b", @loops[1, 3]);
        run('pvchange', '-q', $conf, '--metadataignore', 'y', $loops[1]);
        run('vgmerge', '-q', $conf, "${vg}a", "${vg}b");
        my @c = map { contents($_)->{contents}[0] } @loops[0, 1, 3];
        is("$_->{set_name} $_->{set_members}", "${vg}a 3", 'of the group that two became') for @c[0, 2];
        is("$c[1]{type} $c[1]{set}", 'LVM2_member ', 'the ignored copy is not asked, which is of the group that was');
    };
}

# struct mdp_superblock_1 at 4 KiB (metadata 1.2), as the kernel's include/uapi/linux/raid/md_p.h has it; its checksum is the sum
# of its 32-bit words, folded.
sub md_member {
    my ($disk, $role) = @_;
    my $super = pack('V V V V', 0xa92b4efc, 1, 0, 0) . "\x11" x 16 . pack('a32', 'host:data') . pack('Q< V V Q< V V', 0, 1, 0, 65536, 0, 2);
    $super .= "\0" x (128 - length $super) . pack('Q< Q< Q<', 2048, 65536, 8);
    $super .= "\0" x (160 - length $super) . pack('V', $role) . "\0" x 4 . chr(0x20 + $role) x 16;
    $super .= "\0" x (216 - length $super) . pack('V V', 0, 2) . "\0" x 32 . pack('v v', 0, 1);
    my $sum = 0;
    $sum += $_ for unpack 'V*', $super;
    substr $super, 216, 4, pack 'V', (($sum & 0xffffffff) + ($sum >> 32)) & 0xffffffff;
    write_at($disk, 4096 => $super);
}

subtest 'md and Intel arrays, bcache' => sub {
    my @md = (image('md1', 16), image('md2', 16));
    md_member($md[$_], $_) for 0, 1;
    my @c = map { contents($_)->{contents}[0] } @md;
    is("$_->{type} $_->{set_kind} $_->{set_name} $_->{set}", 'linux_raid_member md array host:data 11111111-1111-1111-1111-111111111111', 'a member of an md array') for @c;

    # Intel Matrix Storage: a signature in the last but one sector, the family's number at 28h.
    my $imsm = image('imsm', 8);
    write_at($imsm, 8 * $MIB - 1024 => pack('a32 V V V', 'Intel Raid ISM Cfg Sig. 1.3.00', 0, 480, 0xcafe0001));
    my $c = contents($imsm)->{contents}[0];
    is("$c->{type} $c->{set}", 'isw_raid_member imsm-cafe0001', 'a member of an Intel array');

    # bcache: superblock at 4 KiB; 8 checksum, 8 offset, 8 version, 16 magic, 16 UUID, 16 UUID of the set.
    my $bcache = image('bcache', 8);
    my $super = pack('Q< Q<', 8, 1) . pack('H*', 'c68573f64e1a45ca8265f57f48ba6d81') . "\x33" x 16 . "\x44" x 16;
    $super .= "\0" x (0x100 - 8 - length $super);
    write_at($bcache, 4096 => pack('Q<', bcache_checksum($super)) . $super);
    $c = contents($bcache)->{contents}[0];
    is(($c->{type} // '') . ' ' . ($c->{set} // ''), 'bcache ' . '44' x 16, 'a device of a bcache set');
};

# CRC-64 of ECMA-182, all ones before and after, most significant bit first.
sub bcache_checksum {
    my $crc = ~0;
    for my $byte (unpack 'C*', $_[0]) {
        $crc ^= $byte << 56;
        for (1 .. 8) { $crc = $crc >> 63 ? ($crc << 1) ^ 0x42f0e1eba9ea3693 : $crc << 1 }
    }
    return ~$crc;
}

# SNIA DDF 2.0, 4.1: the anchor header in the last sector, big-endian: signature, checksum, GUID (the maker's name, then anything),
# version; at 60h where the primary header is.
sub ddf_header { my ($guid) = @_; my $header = pack('N N a24 a8', 0xde11de11, 0, $guid, '02.00.00'); return $header . "\0" x (96 - length $header) . pack('Q>', 16000) . "\xff" x 408 }

# What libblkid knows of firmware that makes arrays: type, where (sectors from the end; below 0: from the beginning), bytes. Three have sums: VIA's
# is the byte behind 50 bytes; Silicon Image's at 13Eh and JMicron's at 4h make 16-bit words add up to 0.
my $JMICRON = 'JM' . pack('v v', 0x0102, (-(0x4d4a + 0x0102)) & 0xffff);
my @FIRMWARE = (
    ['isw_raid_member', 2, 'Intel Raid ISM Cfg Sig. 1.3.00'],
    ['lsi_mega_raid_member', 1, '$XIDE$'],
    ['via_raid_member', 1, "\x55\xaa\1" . "\7" x 47 . chr((0x55 + 0xaa + 1 + 7 * 47) & 0xff)],
    ['silicon_medley_raid_member', 1, pack('x96 V x218 v', 0x2f000000, 0xd100)],
    ['nvidia_raid_member', 2, 'NVIDIA'],
    ['promise_fasttrack_raid_member', 63, 'Promise Technology, Inc.'],
    ['promise_fasttrack_raid_member', 3087, 'Promise Technology, Inc.'],
    ['hpt37x_raid_member', -9, "\0" x 32 . "\xf0\x16\x78\x5a"],
    ['hpt45x_raid_member', 11, "\xfd\x16\x78\x5a"],
    ['adaptec_raid_member', 1, "\x37\xfc\x4d\x1e" . "\0" x 252 . 'DPTM'],
    ['jmicron_raid_member', 1, $JMICRON],
);

sub type_and_kind { my ($c) = @_; return join ' ', map { "$_->{type} $_->{set_kind}" } @{ $c->{contents} } }

subtest 'arrays of firmware, in a file and on a disk' => sub {
    for (@FIRMWARE) {
        my ($type, $sector, $bytes) = @$_;
        my $disk = image('firmware', 8);
        write_at($disk, $sector < 0 ? -$sector * 512 : 8 * $MIB - $sector * 512 => $bytes);
        my $said = $type . ($type =~ /^isw/ ? ' Intel RAID array' : ' BIOS RAID array');
        is(type_and_kind(contents($disk)), $said, "$type at $sector: a file");
        is(type_and_kind(contents_of_device($disk)), $said, "$type at $sector: a disk");
    }
    my $disk = image('firmware', 8);
    run('mkfs.ext4', '-q', '-L', 'stale', $disk);
    write_at($disk, 8 * $MIB - 512 => 'JM of no sum, and no array');
    is(summary(contents_of_device($disk)), '0:ext4:stale', 'a maker\'s letters without its sum are none');
    write_at($disk, 8 * $MIB - 512 => '$XIDE$');
    is(type_and_kind(contents_of_device($disk)), 'lsi_mega_raid_member BIOS RAID array', 'a member counts before what the array has');
    is(contents_of_device("$dir/imsm")->{contents}[0]{set}, 'imsm-cafe0001', 'an Intel array says which');
    $disk = image('imsm4k', 8);
    write_at($disk, 8 * $MIB - 8192 => pack('a32 V V V', 'Intel Raid ISM Cfg Sig. 1.3.00', 0, 480, 0xcafe0002));
    is(contents_of_device($disk, '-b', 4096)->{contents}[0]{set}, 'imsm-cafe0002', 'one on a disk with sectors of 4 KiB does too');
    write_at($disk, 8 * $MIB - 1024 => pack('a32 V V V', 'Intel Raid ISM Cfg Sig. 1.3.00', 0, 480, 0xcafe0003));
    is(contents($disk)->{contents}[0]{set}, 'imsm-cafe0003', 'each by its own sectors');
};

# Metadata 0.90: words in the last whole 64 KiB but one; it says how large the member is, and not where it begins.
subtest 'an md 0.90 array in a last partition is not of the whole disk too' => sub {
    my $disk = image('md090', 16);
    open my $sfdisk, '|-', "sfdisk --quiet $disk" or die;
    print $sfdisk "label: dos\n2048,30720,fd\n";
    close $sfdisk;
    write_at($disk, 16 * $MIB - 65536 => pack('V16', 0xa92b4efc, 0, 90, 0, 0, 0x11111111, 0, 1, 15 * 1024 - 64, 2, 2, 0, 0, (0x22222222) x 3));
    is(summary(contents($disk)), '1:linux_raid_member:', 'a file');
    is(summary(contents_of_device($disk)), '1:linux_raid_member:', 'a disk');
    my $whole = image('md090whole', 16);
    write_at($whole, 16 * $MIB - 65536 => pack('V16', 0xa92b4efc, 0, 90, 0, 0, 0x11111111, 0, 1, 16 * 1024 - 64, 2, 2, 0, 0, (0x22222222) x 3));
    is(summary(contents_of_device($whole)), '0:linux_raid_member:', 'one without partitions is');
};

subtest 'a DDF array' => sub {
    my @guids = (pack('a8 N4', 'Linux-MD', 0xdeadbeef, 1, 0x20000000, 7), pack('a8 N4', 'LSI', 0x10000060, 2, 3, 4));
    for my $i (0, 1) {
        my @disks = map { image("ddf$i$_", 8) } 0, 1;
        for my $disk (@disks) { write_at($disk, 8 * $MIB - 512 => ddf_header($guids[$i]), 16000 * 512 => ddf_header($guids[$i])) }
        my @c = map { contents($_)->{contents}[0] } @disks;
        is("$_->{type} $_->{set_kind} $_->{set}", 'ddf_raid_member DDF array ddf-' . unpack('H*', substr $guids[$i], 8), 'its members say which') for @c;
    }
};

# ZFS On-Disk Specification, chapter 1: a label of 256 KiB, twice at the beginning and twice at the end; in it at 16 KiB a list of
# names and values in XDR, and from 128 KiB on uberblocks of 1 KiB each, with their magic number first.
sub zfs_pair { my ($name, $value) = @_; my $body = pack('N/a* x!4', $name) . $value; return pack('N N', 8 + length $body, 0) . $body }
sub zfs_label {
    my ($disk) = @_;
    my $list = pack('N N N', 0x01010000, 0, 1) . zfs_pair('version', pack('N N Q>', 8, 1, 5000)) . zfs_pair('name', pack('N N N/a* x!4', 9, 1, 'tank')) .
        zfs_pair('pool_guid', pack('N N Q>', 8, 1, 0x0123456789abcdef)) . zfs_pair('guid', pack('N N Q>', 8, 1, 1000 + $disk)) . "\0" x 8;
    my $label = "\0" x 16384 . $list;
    $label .= "\0" x (131072 - length $label);
    $label .= pack('Q< Q< Q< Q<', 0x00bab10c, 5000, $_, 0) . "\0" x 992 for 1 .. 8;
    return $label . "\0" x (262144 - length $label);
}

subtest 'a ZFS pool on two disks' => sub {
    my @disks = map { image("zfs$_", 64) } 0, 1;
    for my $i (0, 1) { my $label = zfs_label($i); write_at($disks[$i], map { ($_ => $label) } 0, 262144, 64 * $MIB - 524288, 64 * $MIB - 262144) }
    my @c = map { contents($_)->{contents}[0] } @disks;
    is("$_->{type} $_->{set_kind} $_->{set_name} $_->{set}", 'zfs_member ZFS pool tank 81985529216486895', 'its members say which') for @c;
    my $disk = image('zfspart', 65);
    run('sh', '-c', "'echo 2048,,bf | sfdisk --quiet --label dos $disk'");
    put_part($disk, 1, $disks[0]);
    is(summary(contents_of_device($disk)), '1:zfs_member:tank', 'in a last partition it is not of the whole disk too');
};

subtest 'spoilt disks: each gets an answer' => sub {
    my $seed = $ENV{FUZZ_SEED} // 20261123;
    my $rounds = $ENV{FUZZ_ROUNDS} // 150;
    my @images = map { InspectTree::slurp("$dir/$_") } grep { -e "$dir/$_" } 'gpt', 'dos', 'luks', 'plain', 'md1', 'imsm', 'bcache', 'pv1', 'pv3', 'b1', 'ddf00', 'zfs0';
    # The first MiB and the last 4 KiB: where everything begins.
    @images = map { my $last = substr $_, -4096; substr($_, 0, $MIB) . $last } @images;
    my @failed;
    for my $round (1 .. $rounds) {
        srand $seed + $round;
        my $bytes = $images[rand @images];
        for (0 .. rand 40) {
            my $at = rand 3 < 2 ? int rand 70000 : int rand length $bytes;
            my $new = (chr(int rand 256), "\xff" x 8, "\0" x 8, "\x7f" . "\xff" x 3, pack('Q<', int rand 1 << 40))[rand 5];
            substr $bytes, $at, length $new, $new if $at + length $new <= length $bytes;
        }
        InspectTree::put("$dir/spoilt", $bytes);
        my $json = qx($inspect --contents --json $dir/spoilt 2>&1);
        push @failed, "round $round (FUZZ_SEED=" . ($seed + $round - 1) . " FUZZ_ROUNDS=1): " . HelperPeer::status_text($?) . " $json"
            if $? != 0 || !eval { decode_json($json)->{contents}[0]{name} eq 'spoilt' };
    }
    is_deeply(\@failed, [], "$rounds of them");
};

subtest 'it sees nothing but that disk' => sub {
    my $out = qx($inspect --contents --print-sandbox 2>&1);
    is(HelperPeer::status_text($?), 0, '--print-sandbox ends with status 0');
    my ($calls) = $out =~ /^System calls\n(.*?)^$/ms;
    unlike($calls, qr/^  (socket|connect|execve|clone|fork|unlink|ptrace|readlinkat|getdents64)\b/m, 'no file, no socket, no process');
    my $peer = HelperPeer->start('p2v-inspect', args => ['--contents']);
    $peer->receive;
    if ($> == 0) {
        my @seen = glob '/proc/' . $peer->pid . '/root/*';
        is_deeply(\@seen, [], 'its root is empty');
    }
    $peer->send('inspect_start {}');
    like($peer->receive, qr/^failure \{\n  text: "p2v-inspect was sent InspectStart/, 'it takes no other task');
    is($peer->wait, 1, 'and ends');
    image($_, 1) for '.hidden.img', 'a..b', '-x', 'y' x 100;
    is(contents("$dir/.hidden.img")->{name}, 'disk', 'a file may be called what no disk is');
    is(contents("$dir/a..b")->{name}, 'disk', 'or this');
    is(contents("$dir/-x")->{name}, 'disk', 'or this');
    is(contents("$dir/" . 'y' x 100)->{name}, 'y' x 64, 'a long name is cut');
    for my $options ("--contents --root $dir", "--root $dir --contents") {
        like(scalar qx($inspect $options $dir/plain 2>&1), qr/^p2v-inspect: --contents looks at one disk, --root at a tree: give one of them/, $options);
        is(HelperPeer::status_text($?), 2, 'ends with status 2');
    }
    for my $wrong ('', '/dev/null', '/nonexistent', 'a b') {
        qx($inspect --contents $wrong 2>&1);
        isnt($? >> 8, 0, "--contents $wrong is refused");
        is($? & 127, 0, 'by itself');
    }
};

done_testing;
