#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make-inspector.sh BIN OUT: a machine that looks at itself.
#
# Puts into the folder OUT a kernel and an initramfs for qemu. It makes an md array and LUKS on virtio disks and a volume group on a
# SATA and an NVMe disk, moves its own root onto a logical volume there, mounts the USB disk, and writes to the second serial port
# what BIN/p2v-inspect --json says, then the configuration that BIN/virt-p2v would convert with, and then what became of the
# light of its network port (BIN/../tests/test-runner). Started with rdinit=/uefi it does none of that, but has the firmware's
# variables, and writes what p2v-inspect says. The kernel is Debian's own package, not this machine's, which may lack drivers; it is
# kept in the cache. Needs root for nothing, Debian's packages, and no KVM.
set -euo pipefail

[ $# -eq 2 ] || { echo "usage: make-inspector.sh BIN OUT" >&2; exit 2; }
bin=$1 out=$2
cache=${P2V_TEST_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/virt-p2v-tests}
modules="ahci sd_mod sr_mod nvme virtio_pci virtio_blk virtio_net e1000 xhci_pci usb_storage dm_mod dm_crypt raid1 ext4 rtc_cmos efivarfs"
programs="bash mount mkdir cp cat ln date sleep insmod switch_root mdadm lvm cryptsetup mkfs.ext4 stty"

package=$(apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: *\(linux-image-[0-9].*\)/\1/p' | sed -n 1p)
kernel=$cache/$package
if [ ! -e "$kernel/complete" ]; then
    mkdir -p "$kernel"
    (cd "$kernel" && apt-get -q download "$package" >&2 && dpkg-deb -x ./*.deb . && rm ./*.deb)
    depmod -b "$kernel" "${package#linux-image-}"
    touch "$kernel/complete"
fi
version=${package#linux-image-}

root=$(mktemp -d "$out/root.XXXXXX")
mkdir -p "$root"/{proc,sys,dev,run,tmp,etc,modules,mnt,newroot,usr/bin,usr/lib,usr/lib64,usr/sbin,usr/share/misc}
for merged in bin sbin lib lib64; do ln -s "usr/$merged" "$root/$merged"; done

# One program or library, with what it is linked to, at its own place.
add()
{
    local file=$1 library
    cp -L "$file" "$root/$2"
    while read -r library; do
        [ -e "$root$library" ] || { mkdir -p "$root${library%/*}" && cp -L "$library" "$root$library"; }
    done < <(ldd "$file" 2>/dev/null | grep -o '/[^ ]*')
}
for program in $programs; do add "$(command -v "$program")" "usr/bin/${program}"; done
add "$bin/p2v-inspect" usr/bin/p2v-inspect
add "$bin/p2v-supervisor" usr/bin/p2v-supervisor
add "$bin/p2v-plan" usr/bin/p2v-plan
add "$bin/virt-p2v" usr/bin/virt-p2v
add "$bin/../tests/test-runner" usr/bin/test-runner
cp /usr/share/misc/pci.ids "$root/usr/share/misc/" 2>/dev/null || :

# The modules in an order that insmod can take.
number=100
# shellcheck disable=SC2086  # words
modprobe -d "$kernel" -S "$version" -a --show-depends $modules | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' |
while read -r module; do
    cp "$module" "$root/modules/$number-${module##*/}"
    number=$((number + 1))
done

cat > "$root/init" <<'INIT'
#!/bin/bash
export PATH=/usr/bin:/usr/sbin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
for module in /modules/*; do insmod "$module"; done
for try in {1..60}; do
    [ -b /dev/sda ] && [ -b /dev/sdb ] && [ -b /dev/nvme0n1 ] && [ -b /dev/vdc ] && [ -b /dev/sr0 ] && break
    sleep 1
done
for disk in sda sdb; do
    case $(cd -P /sys/block/$disk && pwd) in */ata*) sata=$disk ;; *) usb=$disk ;; esac
done
mdadm --create /dev/md0 --run --force --homehost=any --metadata=1.2 --level=1 --raid-devices=2 /dev/vda /dev/vdb < /dev/null
printf key | cryptsetup luksFormat --batch-mode --type luks1 --pbkdf-force-iterations 1000 /dev/vdc -
conf='activation { udev_sync=0 udev_rules=0 } devices { use_devicesfile=0 } backup { backup=0 archive=0 }'
lvm pvcreate --config "$conf" /dev/nvme0n1 "/dev/$sata"
lvm vgcreate --config "$conf" vgroot /dev/nvme0n1 "/dev/$sata"
lvm lvcreate --config "$conf" -Wn -Zn -i2 -l 100%FREE -n root vgroot
mkfs.ext4 -q /dev/mapper/vgroot-root
mount /dev/mapper/vgroot-root /newroot
cp -a /usr /bin /sbin /lib /lib64 /etc /tmp /run /mnt /stage2 /newroot
mkdir /newroot/proc /newroot/sys /newroot/dev
echo "$usb" > /newroot/etc/usb
for fs in proc sys dev; do mount --move /$fs /newroot/$fs; done
exec switch_root /newroot /stage2
INIT
cat > "$root/stage2" <<'STAGE'
#!/bin/bash
export PATH=/usr/bin:/usr/sbin
read -r usb < /etc/usb
mount -o ro "/dev/${usb}1" /mnt
echo vm1 > /proc/sys/kernel/hostname
date -s "@$(($(date +%s) - 7200))" > /dev/null        # the hardware clock is two hours ahead of us now
stty -F /dev/ttyS1 raw
p2v-inspect --json > /dev/ttyS1
echo "p2v-inspect ended with $?" > /dev/ttyS1
virt-p2v --helper-dir=/usr/bin --cmdline='p2v.dump_config_and_exit p2v.cpu.model=EPYC' > /dev/ttyS1
echo "virt-p2v ended with $?" > /dev/ttyS1
for nic in /sys/class/net/*; do
    if [ -e "$nic/device" ]; then test-runner "${nic##*/}" > /dev/ttyS1; fi
done
sleep 1
echo o > /proc/sysrq-trigger
sleep 60
STAGE
cat > "$root/uefi" <<'UEFI'
#!/bin/bash
export PATH=/usr/bin:/usr/sbin
if [ $$ = 1 ] && [ ! -e /etc/switched ]; then          # a helper cannot leave the first root that a kernel has
    mount -t tmpfs root /newroot
    cp -a /usr /bin /sbin /lib /lib64 /etc /modules /uefi /newroot
    mkdir /newroot/proc /newroot/sys /newroot/dev /newroot/tmp /newroot/run
    echo yes > /newroot/etc/switched
    exec switch_root /newroot /uefi
fi
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
insmod /modules/*efivarfs*
mount -t efivarfs efivarfs /sys/firmware/efi/efivars
stty -F /dev/ttyS1 raw
p2v-inspect --json > /dev/ttyS1
echo "p2v-inspect ended with $?" > /dev/ttyS1
sleep 1
echo o > /proc/sysrq-trigger
sleep 60
UEFI
chmod 755 "$root/init" "$root/stage2" "$root/uefi"
(cd "$root" && find . | cpio --quiet -o -H newc -R 0:0) > "$out/initrd"
cp "$kernel/boot/vmlinuz-$version" "$out/vmlinuz"
rm -rf "$root"
