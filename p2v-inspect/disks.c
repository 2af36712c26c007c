// SPDX-License-Identifier: GPL-2.0-or-later
//
// The whole disks, and the drives with removable media.  Touches: sys/block and run/udev/data of the tree.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "p2v-inspect/inventory.h"
#include "p2v-inspect/names.h"
#include "p2v-inspect/udev.h"
#include "proto/text.h"

#define SECTOR 512                 // the unit of "size" in sysfs, whatever the disk's own

// One disk while it is read.
struct device {
    struct inspection *in;
    int dir;                       // sys/block/NAME
    const char *name;
    char link[TREE_PATH_MAX];      // where sys/block/NAME points: the way to the disk, bus by bus; may be ""
    struct udev_facts udev;
};

// ---- how it is attached --------------------------------------------------------------------------------

// The first that the way contains, in this order: a USB disk is a SCSI disk as well.
static const struct { const char *part, *transport; } ways[] = {
    { "/usb", "usb" },
    { "/fw", "firewire" },
    { "/nvme", "nvme" },
    { "/mmc_host/", "mmc" },
    { "/session", "iscsi" },
    { "/rport-", "fc" },
    { "/end_device-", "sas" },
    { "/ata", "ata" },
    { "/virtio", "virtio" },
    { "/vbd-", "xen" },
};

// libata drives both kinds; the controller's PCI class tells them apart (PCI Code and ID Assignment: 01h 06h is SATA).
static bool is_sata(const struct device *device)
{
    char path[TREE_PATH_MAX + 16], class[16];
    const char *end = strstr(device->link, "/ata");
    if (strncmp(device->link, "../", 3) != 0 || end == NULL ||
        snprintf(path, sizeof path, "sys/%.*s/class", (int)(end - device->link - 3), device->link + 3) >= (int)sizeof path)
        return false;
    return tree_read_line(device->in->root, path, class, sizeof class) == TREE_READ && strncmp(class, "0x0106", 6) == 0;
}

static void read_transport(const struct device *device, struct disk_texts *texts)
{
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if (strstr(device->link, ways[i].part) == NULL)
            continue;
        const char *word = strcmp(ways[i].transport, "ata") == 0 && is_sata(device) ? "sata" : ways[i].transport;
        snprintf(texts->transport, sizeof texts->transport, "%s", word);
        return;
    }
}

// ---- what it is ----------------------------------------------------------------------------------------

// The unit serial number page (SPC-4, 7.8.15): 4 bytes of header, whose last two are the length, then text.
static bool read_vpd_serial(const struct device *device, char *text, size_t size)
{
    unsigned char page[260];
    ssize_t n = tree_read_bytes(device->dir, "device/vpd_pg80", page, sizeof page);
    if (n <= 4 || page[1] != 0x80)
        return false;
    size_t length = (size_t)page[2] << 8 | page[3];
    if (length > (size_t)n - 4)
        length = (size_t)n - 4;
    char serial[sizeof page];
    memcpy(serial, page + 4, length);
    serial[length] = '\0';
    tree_trim(serial);
    if (serial[0] == '\0')
        return false;
    if (strlen(serial) >= size || !text_is_line(serial)) {
        inspect_note(device->in, "%s: device/vpd_pg80 is left out: it is too long or no printable text", device->name);
        return false;
    }
    memcpy(text, serial, strlen(serial) + 1);
    return true;
}

// Of the USB device: the directory above its interface, "1-2:1.0".  Many USB disks answer no page 80h.
static bool read_usb_serial(const struct device *device, char *text, size_t size)
{
    char path[TREE_PATH_MAX + 16];
    const char *usb = strstr(device->link, "/usb"), *end = usb != NULL ? strchr(usb, ':') : NULL;
    while (end != NULL && *end != '/')
        end--;
    return end != NULL && strncmp(device->link, "../", 3) == 0 &&
           snprintf(path, sizeof path, "sys/%.*s/serial", (int)(end - device->link - 3), device->link + 3) < (int)sizeof path &&
           inspect_text(device->in, device->in->root, path, device->name, text, size);
}

static void read_serial(const struct device *device, struct disk_texts *texts)
{
    char *serial = texts->serial;
    size_t size = sizeof texts->serial;
    if (inspect_text(device->in, device->dir, "serial", device->name, serial, size) ||        // virtio
        inspect_text(device->in, device->dir, "device/serial", device->name, serial, size) || // NVMe, MMC
        read_vpd_serial(device, serial, size) ||                                              // SCSI, SATA
        read_usb_serial(device, serial, size))
        return;
    snprintf(serial, size, "%s", device->udev.serial);
}

// As /dev/disk/by-id/wwn-* spells it.
static void read_wwn(const struct device *device, struct disk_texts *texts)
{
    char id[sizeof texts->wwn];
    if (!inspect_text(device->in, device->dir, "wwid", device->name, id, sizeof id))
        inspect_text(device->in, device->dir, "device/wwid", device->name, id, sizeof id);
    if (strncmp(id, "naa.", 4) == 0)
        snprintf(texts->wwn, sizeof texts->wwn, "0x%s", id + 4);
    else if (strncmp(id, "eui.", 4) == 0 || strncmp(id, "uuid.", 5) == 0 || strncmp(id, "nvme.", 5) == 0)
        memcpy(texts->wwn, id, sizeof id);
    else
        snprintf(texts->wwn, sizeof texts->wwn, "%s", device->udev.wwn);
}

static void read_model(const struct device *device, struct disk_texts *texts)
{
    // Where a virtio disk has its vendor is the number of the virtio device's vendor.
    if (strcmp(texts->transport, "virtio") != 0)
        inspect_text(device->in, device->dir, "device/vendor", device->name, texts->vendor, sizeof texts->vendor);
    if (!inspect_text(device->in, device->dir, "device/model", device->name, texts->model, sizeof texts->model))
        inspect_text(device->in, device->dir, "device/name", device->name, texts->model, sizeof texts->model);  // MMC
}

// ---- one disk ------------------------------------------------------------------------------------------

static uint64_t read_sector_size(const struct device *device, const char *path, uint64_t max)
{
    uint64_t size = inspect_number(device->in, device->dir, path, device->name, SECTOR, max);
    if ((size & (size - 1)) == 0)
        return size;
    inspect_note(device->in, "%s: %s is left out: it is no power of two", device->name, path);
    return 0;
}

// False where this is no disk to be offered: no medium, a path of a multipath disk, or no size.
static bool read_size(const struct device *device, uint64_t *bytes)
{
    uint64_t hidden = 0, sectors = 0;
    if (tree_read_number(device->dir, "hidden", &hidden) == TREE_READ && hidden != 0)
        return false;
    if (tree_read_number(device->dir, "size", &sectors) != TREE_READ || sectors > INT64_MAX / SECTOR) {
        inspect_note(device->in, "disk %s is left out: its size cannot be read", device->name);
        return false;
    }
    *bytes = sectors * SECTOR;
    return *bytes > 0;
}

// The kernel writes '!' in sysfs for the '/' of a device's name.
static void set_name(char *out, size_t size, const char *name)
{
    snprintf(out, size, "%s", name);
    for (char *mark = out; (mark = strchr(mark, '!')) != NULL;)
        *mark = '/';
}

// What the running system uses is told; under the supervisor, which shows no table, by a note as well.
static void read_use(const struct device *device, struct disk_texts *texts, P2v__Disk *disk)
{
    const struct block *block = in_use_of(device->in, device->name);
    struct helper *helper = device->in->helper;
    if (block == NULL)
        return;
    snprintf(texts->in_use, sizeof texts->in_use, "%s", block->why);
    disk->carries_root = block->root;
    if (helper->by_hand)
        return;
    if (block->root)
        helper_note(helper, P2V__LEVEL__INFO, "the disk %s carries the running system: it is not offered", texts->name);
    else
        helper_note(helper, P2V__LEVEL__WARNING, "the disk %s is in use by the running system (%s): what is converted of it may be inconsistent",
                    texts->name, texts->in_use);
}

// Multipath: the same WWN, the same size and, where both say one, the same serial number.
static void find_other_path(struct inspection *in, struct disk_texts *texts, const P2v__Disk *disk)
{
    const struct inventory *inventory = in->inventory;
    for (size_t i = 0; disk->wwn[0] != '\0' && i < inventory->message.n_disks; i++) {
        const P2v__Disk *other = &inventory->disks[i];
        if (other->same_as[0] != '\0' || strcmp(other->wwn, disk->wwn) != 0 || other->size_bytes != disk->size_bytes ||
            (other->serial[0] != '\0' && disk->serial[0] != '\0' && strcmp(other->serial, disk->serial) != 0))
            continue;
        memcpy(texts->same_as, other->name, strlen(other->name) + 1);
        if (!in->helper->by_hand)
            helper_note(in->helper, P2V__LEVEL__INFO, "the disk %s is another path to %s: it counts once", disk->name, other->name);
        return;
    }
}

static void read_disk(struct device *device, struct disk_texts *texts, P2v__Disk *disk)
{
    struct inspection *in = device->in;
    udev_read(in, device->dir, device->name, &device->udev);
    set_name(texts->name, sizeof texts->name, device->name);
    read_transport(device, texts);
    read_model(device, texts);
    read_serial(device, texts);
    read_wwn(device, texts);
    disk->name = texts->name;
    disk->vendor = texts->vendor;
    disk->model = texts->model;
    disk->serial = texts->serial;
    disk->wwn = texts->wwn;
    disk->transport = texts->transport;
    disk->in_use = texts->in_use;
    disk->same_as = texts->same_as;
    disk->logical_sector_bytes = (uint32_t)read_sector_size(device, "queue/logical_block_size", 65536);
    disk->physical_sector_bytes = (uint32_t)read_sector_size(device, "queue/physical_block_size", 1 << 24);
    disk->rotational = inspect_number(in, device->dir, "queue/rotational", device->name, 0, 1) == 1;
    disk->read_only = inspect_number(in, device->dir, "ro", device->name, 0, 1) == 1;
    read_use(device, texts, disk);
    find_other_path(in, texts, disk);
}

static void add_disk(struct inspection *in, const char *name)
{
    struct inventory *inventory = in->inventory;
    size_t at = inventory->message.n_disks;
    struct device device = { .in = in, .name = name };
    char path[TREE_PATH_MAX];
    P2v__Disk disk = P2V__DISK__INIT;
    snprintf(path, sizeof path, "sys/block/%s", name);
    device.dir = tree_open(in->root, path);
    if (device.dir < 0) {
        inspect_note(in, "disk %s is left out: %s cannot be read", name, path);
        return;
    }
    tree_read_link(in->root, path, device.link, sizeof device.link);
    if (read_size(&device, &disk.size_bytes)) {
        if (at == MAX_DISKS) {
            inspect_note(in, "disk %s is left out: there are more than %d", name, MAX_DISKS);
        } else {
            read_disk(&device, &inventory->disk_texts[at], &disk);
            inventory->disks[at] = disk;
            inventory->disk_list[at] = &inventory->disks[at];
            inventory->message.n_disks++;
        }
    }
    close(device.dir);
}

void inspect_disks(struct inspection *in)
{
    struct names names;
    if (!names_list(&names, in->root, "sys/block", name_is_disk))
        inspect_note(in, "no disk can be found: sys/block cannot be read");
    if (names.overflow)
        inspect_note(in, "there are more than %d disks: not all are looked at", NAMES_MAX);
    for (size_t i = 0; i < names.count; i++)
        add_disk(in, names.name[i]);
}

// ---- removable media -----------------------------------------------------------------------------------

static void add_removable(struct inspection *in, const char *name)
{
    struct inventory *inventory = in->inventory;
    size_t at = inventory->message.n_removables;
    if (at == MAX_REMOVABLES) {
        inspect_note(in, "removable drive %s is left out: there are more than %d", name, MAX_REMOVABLES);
        return;
    }
    struct removable_texts *texts = &inventory->removable_texts[at];
    P2v__Removable *removable = &inventory->removables[at];
    char path[TREE_PATH_MAX], vendor[33] = "", model[65] = "";
    snprintf(path, sizeof path, "sys/block/%s", name);
    int dir = tree_open(in->root, path);
    if (dir < 0)
        return;
    inspect_text(in, dir, "device/vendor", name, vendor, sizeof vendor);
    inspect_text(in, dir, "device/model", name, model, sizeof model);
    close(dir);
    *removable = (P2v__Removable)P2V__REMOVABLE__INIT;
    snprintf(texts->name, sizeof texts->name, "%s", name);
    snprintf(texts->model, sizeof texts->model, "%s%s%s", vendor, vendor[0] != '\0' && model[0] != '\0' ? " " : "", model);
    removable->name = texts->name;
    removable->model = texts->model;
    inventory->removable_list[at] = removable;
    inventory->message.n_removables++;
}

void inspect_removables(struct inspection *in)
{
    struct names names;
    names_list(&names, in->root, "sys/block", name_is_removable);
    for (size_t i = 0; i < names.count; i++)
        add_removable(in, names.name[i]);
}
