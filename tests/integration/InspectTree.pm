# SPDX-License-Identifier: GPL-2.0-or-later
#
# InspectTree: makes sysfs and proc trees of machines for p2v-inspect --root.
#
#   my $dir = InspectTree::make(%machine, %more);    # path => content; \"..." is a symbolic link; undef: a directory
#   InspectTree::scsi_disk('sda', ata => 1, sectors => 1000, ...)       # the entries of one disk, and so on below
#   my ($status, $out, $err) = InspectTree::inspect($dir);
#
# The trees lie in memory, or under the build folder; not in /tmp, which p2v-inspect's sandbox hides.
package InspectTree;
use strict;
use warnings;
use File::Path qw(make_path remove_tree);
use File::Temp ();
use lib 'tests/integration';
use HelperPeer;

my @made;
END { my $status = $?; remove_tree($_) for @made; $? = $status }

sub new_directory {
    my $base = -d '/dev/shm' && -w _ ? '/dev/shm' : ($ENV{P2V_BUILD} // "$HelperPeer::TOP/build") . '/tests';
    make_path($base);
    my $dir = File::Temp::tempdir('p2v-inspect-tree.XXXXXX', DIR => $base);
    chmod 0755, $dir;                      # another uid looks at it
    push @made, $dir;
    return $dir;
}

sub make {
    my %entries = @_;
    my $dir = new_directory();
    for my $path (sort keys %entries) {
        my $full = "$dir/$path";
        (my $parent = $full) =~ s{/[^/]*$}{};
        make_path($parent);
        my $content = $entries{$path};
        if (!defined $content) { make_path($full) }
        elsif (ref $content) { symlink $$content, $full or die "$full: $!\n" }
        else { put($full, $content) }
        chmod 0400, $full if $path =~ m{/DMI$};      # as in sysfs: its owner alone, root
    }
    return $dir;
}

sub put {
    my ($full, $content) = @_;
    open my $file, '>:raw', $full or die "$full: $!\n";
    print $file $content;
    close $file;
}

sub inspect {
    my ($dir, @before) = @_;
    my $base = new_directory();
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        open STDOUT, '>', "$base/out" or die;
        open STDERR, '>', "$base/err" or die;
        exec @before, "$HelperPeer::BIN/p2v-inspect", '--root', $dir;
        die;
    }
    waitpid $pid, 0;
    my $status = HelperPeer::status_text($?);
    return ($status, map { slurp("$base/$_") } 'out', 'err');
}

sub slurp {
    my ($name) = @_;
    open my $file, '<:raw', $name or die "$name: $!\n";
    local $/;
    return <$file> // '';
}

# A disk at a place below sys/devices: link, size, sectors.
sub block {
    my ($name, $place, %disk) = @_;
    my $at = "sys/devices/$place/block/$name";
    return (
        "sys/block/$name" => \"../devices/$place/block/$name",
        "$at/device" => \'../..',
        "$at/dev" => ($disk{dev} // '8:0') . "\n",
        "$at/size" => ($disk{sectors} // 1000) . "\n",
        "$at/ro" => ($disk{ro} // 0) . "\n",
        "$at/removable" => ($disk{removable} // 0) . "\n",
        "$at/queue/logical_block_size" => ($disk{logical} // 512) . "\n",
        "$at/queue/physical_block_size" => ($disk{physical} // 512) . "\n",
        "$at/queue/rotational" => ($disk{rotational} // 0) . "\n",
        map({ ("$at/$_" => $disk{block}{$_}) } keys %{ $disk{block} // {} }),
        map({ ("sys/devices/$place/$_" => $disk{device}{$_}) } keys %{ $disk{device} // {} }),
    );
}

sub nic {
    my ($name, $place, $mac, $driver, %more) = @_;
    my $at = "sys/devices/$place/net/$name";
    return (
        "sys/class/net/$name" => \"../../devices/$place/net/$name",
        "$at/type" => "1\n",
        "$at/address" => "$mac\n",
        "$at/device" => \'../..',
        "sys/devices/$place/driver" => \"../../../bus/pci/drivers/$driver",
        %more,
    );
}

# What is made of others: dm, md, loop. slaves: names of its parts.
sub made_of {
    my ($name, $dev, %more) = @_;
    my $at = "sys/devices/virtual/block/$name";
    return (
        block($name, 'virtual', dev => $dev, %more),
        map({ ("$at/slaves/$_" => \"../../$_") } @{ $more{slaves} // [] }),
        (defined $more{mapped} ? ("$at/dm/name" => "$more{mapped}\n") : ()),
        (defined $more{file} ? ("$at/loop/backing_file" => "$more{file}\n") : ()),
    );
}

sub partition {
    my ($disk, $place, $n, $dev) = @_;
    my $at = "sys/devices/$place/block/$disk/$disk" . ($disk =~ /\d$/ ? 'p' : '') . $n;
    return ("$at/partition" => "$n\n", "$at/dev" => "$dev\n");
}

# Lines "DEV POINT TYPE SOURCE OPTIONS" -> mountinfo.
sub mounts {
    my $n = 20;
    return ('proc/self/mountinfo' => join '', map { my ($dev, $point, $type, $source, $options) = split ' ';
        $n++ . " 1 $dev / $point rw,relatime shared:$n - $type $source " . ($options // 'rw') . "\n" } @_);
}

# packages x cores x threads
sub cpus {
    my ($packages, $cores, $threads, $vendor, $flags) = @_;
    my (%entries, $cpuinfo, $n);
    $n = 0;
    for my $thread (0 .. $threads - 1) {
        for my $package (0 .. $packages - 1) {
            for my $core (0 .. $cores - 1) {
                $entries{"sys/devices/system/cpu/cpu$n/topology/physical_package_id"} = "$package\n";
                $entries{"sys/devices/system/cpu/cpu$n/topology/core_id"} = $core * 2 . "\n";
                $cpuinfo .= "processor\t: $n\nvendor_id\t: $vendor\nphysical id\t: $package\nsiblings\t: " . $cores * $threads
                    . "\ncore id\t\t: " . $core * 2 . "\ncpu cores\t: $cores\nflags\t\t: $flags\n\n";
                $n++;
            }
        }
    }
    return ('proc/cpuinfo' => $cpuinfo, %entries);
}

sub memory {
    my ($mib, $block_mib, $blocks) = @_;
    my %entries = ('proc/meminfo' => sprintf("MemTotal:       %d kB\nMemFree:  1 kB\n", $mib * 1024));
    $entries{'sys/devices/system/memory/block_size_bytes'} = sprintf "%x\n", $block_mib << 20 if $block_mib;
    $entries{"sys/devices/system/memory/memory$_/state"} = "online\n" for 0 .. ($blocks // 0) - 1;
    return %entries;
}

# A SMBIOS table with one array and modules of these sizes in MiB.
sub smbios {
    my @modules = @_;
    my $table = pack('CCv', 1, 27, 0x0100) . pack('C4', 1, 2, 0, 3) . "\0" x 19 . "Example Corp \0Server 9000\0SN-1234\0\0";
    $table .= pack('CCv', 16, 23, 0x1000) . pack('CCCVvv', 3, 3, 3, 0x80000000, 0xfffe, scalar @modules) . "\0" x 8 . "\0\0";
    my $handle = 0x1100;
    $table .= pack('CCv vvvv v', 17, 40, $handle++, 0x1000, 0xfffe, 64, 64, $_) . "\0" x 4 . "\x1a" . "\0" x 21 . "DIMM\0\0" for @modules;
    return ('sys/firmware/dmi/tables/DMI' => $table . pack('CCv', 127, 4, 0x7f00) . "\0\0");
}

# ---- machines ------------------------------------------------------------------------------------------

my $flags = 'fpu vme de pse tsc msr pae mce cx8 apic sep';

sub sata_server {
    my $ahci = 'pci0000:00/0000:00:1f.2';
    return (
        'proc/sys/kernel/hostname' => "db1.example.com\n", 'proc/sys/kernel/arch' => "x86_64\n",
        cpus(2, 4, 2, 'GenuineIntel', $flags), memory(24091, 1024, 25), smbios(8192, 8192, 0, 8192),
        'sys/firmware/acpi/pm_profile' => "4\n", 'etc/adjtime' => "0.0 0 0.0\n0\nLOCAL\n",
        "sys/devices/$ahci/class" => "0x010601\n",
        block('sdb', "$ahci/ata2/host1/target1:0:0/1:0:0:0", dev => '8:16', sectors => 7814037168, physical => 4096, rotational => 1,
            device => { vendor => "ATA     \n", model => "WDC WD4003FZEX-0\n", wwid => "naa.50014ee2b6dc6a72\n",
                        vpd_pg80 => "\0\x80\0\x14     WD-WMC1F1234567" }),
        block('sda', "$ahci/ata1/host0/target0:0:0/0:0:0:0", dev => '8:0', sectors => 976773168,
            device => { vendor => "ATA     \n", model => "ST500DM002-1BD14\n" }),
        'run/udev/data/b8:0' => "S:disk/by-id/x\nE:ID_SERIAL_SHORT=Z3T12345\nE:ID_WWN=0x5000c500abcdef01\n",
        block('sr0', "$ahci/ata3/host2/target2:0:0/2:0:0:0", removable => 1, sectors => 2097151,
            device => { vendor => "HL-DT-ST\n", model => "DVDRAM GH24NSC0 \n" }),
        nic('eno1', 'pci0000:00/0000:00:19.0', '00:1E:67:AA:BB:01', 'e1000e', 'sys/devices/pci0000:00/0000:00:19.0/vendor' => "0x8086\n",
            'sys/devices/pci0000:00/0000:00:19.0/device' => "0x1502\n"),
        nic('eno2', 'pci0000:00/0000:00:1c.0', '00:1e:67:aa:bb:02', 'igb'),
        'sys/devices/pci0000:00/0000:00:19.0/net/eno1/carrier' => "1\n", 'sys/devices/pci0000:00/0000:00:19.0/net/eno1/speed' => "1000\n",
        'sys/devices/pci0000:00/0000:00:19.0/net/eno1/ifindex' => "2\n",
        'sys/devices/pci0000:00/0000:00:1c.0/net/eno2/carrier' => "0\n", 'sys/devices/pci0000:00/0000:00:1c.0/net/eno2/speed' => "-1\n",
        'usr/share/misc/pci.ids' => "# names\n1002  Other\n\t1502  Not this\n8086  Intel Corporation\n\t1501  Nor this\n"
            . "\t1502  82579LM Gigabit Network Connection\n\t\t1502 8086  nor this\n8087  Later\n",
        'sys/class/net/lo' => \'../../devices/virtual/net/lo', 'sys/devices/virtual/net/lo/type' => "772\n",
        'sys/class/net/br0' => \'../../devices/virtual/net/br0', 'sys/devices/virtual/net/br0/type' => "1\n",
        'sys/devices/virtual/net/br0/address' => "00:1e:67:aa:bb:01\n",
        map({ block($_, 'virtual', sectors => 4096) } 'loop0', 'dm-0', 'md0', 'zram0', 'nbd0', 'ram0', 'fd0'),
    );
}

sub nvme_laptop {
    my $nvme = 'pci0000:00/0000:00:1d.0/0000:3d:00.0/nvme/nvme0';
    my $usb = 'pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host4/target4:0:0/4:0:0:0';
    return (
        'proc/sys/kernel/hostname' => "(none)\n", 'proc/sys/kernel/arch' => "x86_64\n",
        cpus(1, 4, 2, 'AuthenticAMD', $flags), memory(15600, 0),
        'sys/firmware/efi/fw_platform_size' => "64\n", 'sys/firmware/acpi/pm_profile' => "2\n", 'etc/adjtime' => "0.0 0 0.0\n0\nUTC\n",
        block('nvme0n1', $nvme, dev => '259:0', sectors => 1000215216, logical => 512, block => { wwid => "eui.0025385b71b0a1c3\n" },
            device => { model => "Samsung SSD 970 EVO Plus 500GB          \n", serial => "S4EVNX0M123456       \n" }),
        block('nvme0c0n1', "$nvme/x", sectors => 1000215216),
        block('nvme1n1', 'pci0000:00/0000:00:1d.1/nvme/nvme1', sectors => 500, block => { hidden => "1\n" }),
        block('sda', $usb, removable => 1, sectors => 0, device => { vendor => "Generic\n", model => "SD/MMC\n" }),
        block('sdb', $usb, removable => 1, sectors => 60062500, device => { vendor => "Kingston\n", model => "DataTraveler 3.0\n" }),
        'sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/serial' => "0019E06B9C8A\n",
        block('mmcblk0', 'pci0000:00/0000:00:1a.0/mmc_host/mmc0/mmc0:0001', sectors => 61071360,
            device => { name => "DF4032\n", serial => "0x12345678\n" }),
        block('mmcblk0boot0', 'pci0000:00/0000:00:1a.0/mmc_host/mmc0/mmc0:0001/b', sectors => 8192, ro => 1),
        'sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c' => "\6\0\0\0\1",
        'sys/devices/virtual/dmi/id/sys_vendor' => "Laptops Ltd\n", 'sys/devices/virtual/dmi/id/product_name' => "Book 14\n",
        nic('enx1', 'pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.0', '52:54:00:00:00:99', 'r8152'),
        'sys/devices/pci0000:00/0000:00:14.0/usb1/1-3/idVendor' => "0bda\n", 'sys/devices/pci0000:00/0000:00:14.0/usb1/1-3/idProduct' => "8153\n",
        'usr/share/hwdata/usb.ids' => "0bda  Realtek Semiconductor Corp.\n\t8152  x\n",
        nic('wlp3s0', 'pci0000:00/0000:00:1c.5/0000:03:00.0', '3c:a0:67:12:34:56', 'iwlwifi'),
    );
}

sub virtio_vm {
    return (
        'proc/sys/kernel/hostname' => "vm\n", 'proc/sys/kernel/arch' => "x86_64\n",
        cpus(1, 3, 1, 'GenuineIntel', $flags), memory(1963, 128, 16),
        block('vda', 'pci0000:00/0000:00:04.0/virtio1', dev => '252:0', sectors => 41943040, rotational => 1, block => { serial => "root-disk" },
            device => { vendor => "0x1af4\n", device => "0x0002\n" }),
        block('vdb', 'pci0000:00/0000:00:05.0/virtio2', dev => '252:16', sectors => 2048, ro => 1),
        nic('enp1s0', 'pci0000:00/0000:00:02.0/virtio0', '52:54:00:12:34:56', 'virtio_net'),
        'sys/devices/pci0000:00/0000:00:02.0/virtio0/subsystem' => \'../../../../bus/virtio',
        'sys/devices/pci0000:00/0000:00:02.0/virtio0/vendor' => "0x1af4\n", 'sys/devices/pci0000:00/0000:00:02.0/virtio0/device' => "0x0001\n",
        'sys/devices/pci0000:00/0000:00:02.0/vendor' => "0x1af4\n", 'sys/devices/pci0000:00/0000:00:02.0/device' => "0x1041\n",
        'usr/share/misc/pci.ids' => "1af4  Red Hat, Inc.\n\t1041  Virtio 1.0 network device\n",
    );
}

sub old_server {
    my $ide = 'pci0000:00/0000:00:1f.1';
    return (
        'proc/sys/kernel/hostname' => "alpha\n", 'proc/sys/kernel/arch' => "i686\n",
        'proc/cpuinfo' => "processor : 0\nvendor_id : GenuineIntel\nflags : fpu pae\n\nprocessor : 1\nvendor_id : GenuineIntel\nflags : fpu pae\n",
        memory(2011, 0),
        "sys/devices/$ide/class" => "0x01018a\n",
        block('cciss!c0d10', 'pci0000:02/0000:02:00.0/cciss0/c0d10', sectors => 142253280),
        block('cciss!c0d2', 'pci0000:02/0000:02:00.0/cciss0/c0d2', sectors => 142253280),
        block('sda', "$ide/ata1/host0/target0:0:0/0:0:0:0", sectors => 8000, device => { vendor => "ATA\n", model => "OLD\n" }),
    );
}

# Everything that in-use.c reads.
sub live_system {
    my $place = 'pci0000:00/host0/target0';
    return (
        virtio_vm(), block('sda', $place), partition('sda', $place, 1, '8:1'), partition('sda', $place, 2, '8:2'),
        made_of('dm-0', '254:0', slaves => ['sda2', 'vda'], mapped => 'vg-root'), made_of('md0', '9:0', slaves => ['sda1']),
        made_of('loop0', '7:0', file => '/run/live/medium/filesystem.squashfs'),
        mounts('8:1 /run/live/medium iso9660 /dev/sda1', '7:0 /run/rootfs squashfs /dev/loop0', '254:0 /srv ext4 /dev/mapper/vg-root',
            '0:31 / overlay overlay rw,lowerdir=/run/rootfs,upperdir=/run/rw'),
        'proc/swaps' => "Filename Type\n/dev/vdb partition\n", 'sys/fs/btrfs/ab/devices/sda1' => \'x',
    );
}

sub absurd {
    my %machine = sata_server();
    my $sda = 'sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0';
    return (
        %machine,
        'proc/sys/kernel/hostname' => "evil\033[2Jname\n", 'proc/sys/kernel/arch' => "a b/../c\n",
        'proc/meminfo' => "MemTotal: 99999999999999999999999 kB\n", 'sys/devices/system/memory/block_size_bytes' => "zzzz\n",
        'sys/firmware/dmi/tables/DMI' => "\x11\xff\0\0", 'etc/adjtime' => "0\n0\nMARTIAN\n",
        "$sda/model" => "bad\xff\xfe\n", "$sda/vendor" => 'v' x 3000, "$sda/vpd_pg80" => "\0\x80\xff\xff" . "\033" x 200,
        "$sda/block/sda/queue/logical_block_size" => "777\n", "$sda/block/sda/queue/physical_block_size" => "-4096\n",
        "$sda/block/sda/queue/rotational" => "yes\n", "$sda/block/sda/dev" => "../../../etc/passwd\n",
        block('sdc', 'pci0000:00/c', sectors => '99999999999999999999'), block('sdd', 'pci0000:00/d', sectors => 'many'),
        'sys/block/sde' => "a file\n", 'sys/block/sdf' => \'sdf', "sys/block/sd\nx" => undef, 'sys/block/sd' . 'y' x 100 => undef,
        nic('eth9', 'pci0000:00/n', 'not a mac', 'x'), nic('eth8', 'pci0000:00/m', '00:00:00:00:00:00', 'x'),
        nic('eth7', 'pci0000:00/l', '52:54:00:00:00:07', '../$(reboot)'), 'sys/devices/pci0000:00/l/net/eth7/ifindex' => "4294967295\n",
    );
}

1;
