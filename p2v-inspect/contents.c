// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is on one disk, by libblkid, and by a few bytes more where libblkid does not say of which set something is a part, or
// does not look.  All of it is hostile.  Touches: the disk's descriptor, reading.
#include "p2v-inspect/contents.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "p2v-inspect/bios-raid.h"
#include "proto/text.h"

struct disk {
    struct contents *contents;
    int fd;
    uint64_t size;
    uint32_t sector;               // bytes
};

// A part of the disk, and what is being said of it.
struct part {
    struct disk *disk;
    uint64_t offset, size;
    P2v__Content *content;
    struct content_texts *texts;
};

// ---- texts ---------------------------------------------------------------------------------------------

// What people have named: what is not printable becomes '?'.
static void take_label(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%.*s", (int)size - 1, text != NULL ? text : "");
    text_clean_line(out);
}

// What programs compare: whole and sound, or not at all.
static void take_word(char *out, size_t size, const char *text)
{
    if (text != NULL && strlen(text) < size && text_is_word(text))
        memcpy(out, text, strlen(text) + 1);
}

static const char *value_of(blkid_probe probe, const char *name)
{
    const char *value = NULL;
    return blkid_probe_lookup_value(probe, name, &value, NULL) == 0 ? value : NULL;
}

// ---- sets: what libblkid does not say ------------------------------------------------------------------

static bool read_part(void *context, uint64_t offset, void *bytes, size_t size)
{
    const struct part *part = context;
    if (offset > part->size || size > part->size - offset)
        return false;
    size_t done = 0;
    while (done < size) {
        ssize_t n = pread(part->disk->fd, (char *)bytes + done, size - done, (off_t)(part->offset + offset + done));
        if (n == 0 || (n < 0 && errno != EINTR))
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static void set_of_volume_group(struct part *part)
{
    struct contents *contents = part->disk->contents;
    static struct lvm_group group;                 // too large for the stack
    const struct lvm_reader reader = { read_part, part };
    if (!lvm_read_group(&reader, part->size, &group))
        return;
    take_word(part->texts->set, sizeof part->texts->set, group.id);
    take_label(part->texts->set_name, sizeof part->texts->set_name, group.name);
    part->content->set_members = (uint32_t)(group.member_count <= 65536 ? group.member_count : 0);
    part->content->member_uuids = &contents->member_list[contents->member_count];
    for (size_t i = 0; i < group.listed && contents->member_count < MAX_MEMBER_UUIDS; i++) {
        char *uuid = contents->member_uuids[contents->member_count];
        memcpy(uuid, group.members[i], LVM_ID_SIZE);
        contents->member_list[contents->member_count++] = uuid;
        part->content->n_member_uuids++;
    }
}

// One that names itself by its own UUID and label: an md array, a ZFS pool.
static void set_by_uuid(struct part *part)
{
    memcpy(part->texts->set, part->texts->uuid, sizeof part->texts->uuid);
    memcpy(part->texts->set_name, part->texts->label, sizeof part->texts->label);
}

// The superblock is at 64 KiB, in it at 88h how many devices there are.
static void set_of_btrfs(struct part *part)
{
    unsigned char bytes[8];
    uint64_t devices = 0;
    if (!read_part(part, 65536 + 0x88, bytes, sizeof bytes))
        return;
    for (int i = 7; i >= 0; i--)
        devices = devices << 8 | bytes[i];
    if (devices < 2 || devices > 65536)
        return;
    set_by_uuid(part);
    part->content->set_members = (uint32_t)devices;
}

// room: 2 * size + 1 bytes
static void put_hex(char *out, const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

// The superblock is at 4 KiB, in it at 38h the UUID of the cache set; zeroes where there is none yet.
static void set_of_bcache(struct part *part)
{
    static const unsigned char none[16];
    unsigned char bytes[16];
    if (read_part(part, 4096 + 0x38, bytes, sizeof bytes) && memcmp(bytes, none, sizeof none) != 0)
        put_hex(part->texts->set, bytes, sizeof bytes);
}

#define DDF_UNIQUE 16
_Static_assert(sizeof ((struct content_texts *)0)->set > 4 + 2 * DDF_UNIQUE, "a DDF array's name has room");

// DDF's anchor is in the last sector, or 256 before it (SNIA DDF 2.0, 4.1), in it at 8h a GUID that all disks of a configuration
// share: a maker's name of 8 bytes, and then 16 of any kind, of which libblkid gives those before the first that is 0.
static void set_of_ddf(struct part *part)
{
    static const uint64_t from_end[] = { 512, 257 * 512 };
    static const unsigned char big[] = { 0xde, 0x11, 0xde, 0x11 }, little[] = { 0x11, 0xde, 0x11, 0xde };
    unsigned char bytes[0x10 + DDF_UNIQUE];
    for (size_t i = 0; i < 2 && part->texts->set[0] == '\0'; i++) {
        if (part->size < from_end[i] || !read_part(part, part->size - from_end[i], bytes, sizeof bytes) ||
            (memcmp(bytes, big, sizeof big) != 0 && memcmp(bytes, little, sizeof little) != 0))
            continue;
        memcpy(part->texts->set, "ddf-", 4);
        put_hex(part->texts->set + 4, bytes + 0x10, DDF_UNIQUE);
    }
}

// Intel's metadata is in the last but one sector, at 28h the number of the family, which all its disks share.
static void set_of_imsm(struct part *part)
{
    unsigned char bytes[0x2c];
    uint64_t sector = part->disk->sector, from_end = 2 * sector + part->size % sector;
    if (part->size >= from_end && read_part(part, part->size - from_end, bytes, sizeof bytes) && memcmp(bytes, "Intel Raid ISM", 14) == 0)
        snprintf(part->texts->set, sizeof part->texts->set, "imsm-%02x%02x%02x%02x", bytes[0x2b], bytes[0x2a], bytes[0x29], bytes[0x28]);
}

// Other firmware's: which of them belong together is not known, so all of one maker do.
static void set_by_type(struct part *part)
{
    memcpy(part->texts->set, part->texts->type, sizeof part->texts->type);
}

static const struct set_rule {
    const char *type;              // of libblkid; the last stands for every other "..._raid_member"
    char *kind;
    void (*find)(struct part *part);
} set_rules[] = {
    { "LVM2_member", (char[]){ "volume group" }, set_of_volume_group },
    { "linux_raid_member", (char[]){ "md array" }, set_by_uuid },
    { "zfs_member", (char[]){ "ZFS pool" }, set_by_uuid },
    { "btrfs", (char[]){ "btrfs" }, set_of_btrfs },
    { "bcache", (char[]){ "bcache set" }, set_of_bcache },
    { "ddf_raid_member", (char[]){ "DDF array" }, set_of_ddf },
    { "isw_raid_member", (char[]){ "Intel RAID array" }, set_of_imsm },
    { "_raid_member", (char[]){ "BIOS RAID array" }, set_by_type },
};
#define SET_RULES (sizeof set_rules / sizeof set_rules[0])

static void find_set(struct part *part)
{
    const char *type = part->texts->type;
    for (size_t i = 0; i < SET_RULES; i++) {
        size_t length = strlen(set_rules[i].type);
        bool last = i == SET_RULES - 1 && strlen(type) > length && strcmp(type + strlen(type) - length, set_rules[i].type) == 0;
        if (!last && strcmp(type, set_rules[i].type) != 0)
            continue;
        set_rules[i].find(part);
        if (part->texts->set[0] != '\0')
            part->content->set_kind = set_rules[i].kind;
        return;
    }
}

// ---- what is in a part ---------------------------------------------------------------------------------

// A member of an array of firmware has in it what the array has, and that libblkid finds on a device.
static const char *bios_raid_of(const struct part *part, blkid_probe probe)
{
    const char *type = value_of(probe, "TYPE");
    if (part->content->partition != 0 || (type != NULL && strstr(type, "_raid_member") != NULL))
        return NULL;
    return bios_raid_find(part->disk->fd, part->disk->size, part->disk->sector);
}

static void take_found(struct part *part, blkid_probe probe)
{
    struct content_texts *texts = part->texts;
    const char *firmware = bios_raid_of(part, probe);
    take_word(texts->type, sizeof texts->type, firmware != NULL ? firmware : value_of(probe, "TYPE"));
    take_word(texts->uuid, sizeof texts->uuid, firmware != NULL ? NULL : value_of(probe, "UUID"));
    take_label(texts->label, sizeof texts->label, firmware != NULL ? NULL : value_of(probe, "LABEL"));
    find_set(part);
}

// Two kinds of superblock in one place: the part of a set counts most, for that is what must not be overlooked.
static void take_ambivalent(struct part *part, blkid_probe probe)
{
    blkid_reset_probe(probe);
    while (part->texts->set[0] == '\0' && blkid_do_probe(probe) == 0)
        take_found(part, probe);
}

static void look_into(struct part *part)
{
    blkid_probe probe = blkid_new_probe();
    if (probe == NULL)
        return;
    if (blkid_probe_set_device(probe, part->disk->fd, (blkid_loff_t)part->offset, (blkid_loff_t)part->size) == 0 &&
        blkid_probe_enable_superblocks(probe, 1) == 0 &&
        blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_LABEL | BLKID_SUBLKS_UUID | BLKID_SUBLKS_TYPE) == 0) {
        part->disk->sector = blkid_probe_get_sectorsize(probe);
        if (blkid_do_safeprobe(probe) == -2)
            take_ambivalent(part, probe);
        else
            take_found(part, probe);
    }
    blkid_free_probe(probe);
}

// A new entry of the list; false where the list is full.
static bool begin_part(struct part *part, struct disk *disk, uint64_t offset, uint64_t size)
{
    struct contents *contents = disk->contents;
    size_t at = contents->message.n_contents;
    if (at == MAX_CONTENTS)
        return false;
    P2v__Content *content = &contents->contents[at];
    struct content_texts *texts = &contents->texts[at];
    *texts = (struct content_texts){ 0 };
    *content = (P2v__Content)P2V__CONTENT__INIT;
    content->partition_type = texts->partition_type;
    content->partition_name = texts->partition_name;
    content->type = texts->type;
    content->label = texts->label;
    content->uuid = texts->uuid;
    content->set = texts->set;
    content->set_name = texts->set_name;
    content->offset_bytes = offset;
    content->size_bytes = size;
    *part = (struct part){ disk, offset, size, content, texts };
    return true;
}

static void end_part(const struct part *part)
{
    P2v__Contents *message = &part->disk->contents->message;
    part->disk->contents->list[message->n_contents++] = part->content;
}

// ---- partitions ----------------------------------------------------------------------------------------

#define SECTOR 512                 // libblkid's unit for partitions, whatever the disk's

#define ACTIVE 0x80                // of a DOS partition: the one that the BIOS's way of booting goes on in

// UEFI, Discovering Partitions: an EFI system partition; GRUB's manual, BIOS installation: the one it keeps its core in.
static bool is_for_booting(blkid_partition partition)
{
    static const char *const types[] = { "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "21686148-6449-6e6f-744e-656564454649" };
    const char *type = blkid_partition_get_type_string(partition);
    if (type == NULL)
        return blkid_partition_get_type(partition) == 0xef || blkid_partition_get_flags(partition) == ACTIVE;
    return strcasecmp(type, types[0]) == 0 || strcasecmp(type, types[1]) == 0;
}

// GRUB needs no active partition, and may be the only one who knows that a disk is booted from: its name is in its boot sector.
static bool begins_with_grub(const struct disk *disk)
{
    unsigned char code[440];
    return pread(disk->fd, code, sizeof code, 0) == (ssize_t)sizeof code && memmem(code, sizeof code, "GRUB ", 5) != NULL;
}

static void add_partition(struct disk *disk, blkid_partition partition)
{
    struct part part;
    int64_t start = blkid_partition_get_start(partition), sectors = blkid_partition_get_size(partition);
    int number = blkid_partition_get_partno(partition);
    if (start <= 0 || sectors <= 0 || (uint64_t)start >= disk->size / SECTOR || number < 1 || number > 65536)
        return;                            // one that lies outside of the disk holds nothing
    uint64_t room = disk->size - (uint64_t)start * SECTOR;
    uint64_t size = (uint64_t)sectors < room / SECTOR ? (uint64_t)sectors * SECTOR : room;
    if (!begin_part(&part, disk, (uint64_t)start * SECTOR, size)) {
        disk->contents->left_out = true;
        return;
    }
    part.content->partition = (uint32_t)number;
    disk->contents->message.boots |= is_for_booting(partition);
    const char *type = blkid_partition_get_type_string(partition);
    if (type != NULL)
        take_word(part.texts->partition_type, sizeof part.texts->partition_type, type);
    else
        snprintf(part.texts->partition_type, sizeof part.texts->partition_type, "0x%02x", (unsigned)blkid_partition_get_type(partition) & 0xff);
    take_label(part.texts->partition_name, sizeof part.texts->partition_name, blkid_partition_get_name(partition));
    if (!blkid_partition_is_extended(partition))
        look_into(&part);
    end_part(&part);
}

static void look_for_partitions(struct disk *disk)
{
    blkid_probe probe = blkid_new_probe();
    blkid_partlist list = NULL;
    if (probe == NULL)
        return;
    if (blkid_probe_set_device(probe, disk->fd, 0, (blkid_loff_t)disk->size) == 0 && blkid_probe_enable_superblocks(probe, 0) == 0 &&
        blkid_probe_enable_partitions(probe, 1) == 0)
        list = blkid_probe_get_partitions(probe);
    blkid_parttable table = list != NULL ? blkid_partlist_get_table(list) : NULL;
    if (table != NULL) {
        disk->contents->message.boots = begins_with_grub(disk);
        take_word(disk->contents->table, sizeof disk->contents->table, blkid_parttable_get_type(table));
        for (int i = 0; i < blkid_partlist_numof_partitions(list); i++)
            add_partition(disk, blkid_partlist_get_partition(list, i));
    }
    blkid_free_probe(probe);
}

// ---- all of it -----------------------------------------------------------------------------------------

void contents_init(struct contents *contents, const char *name)
{
    contents->message = (P2v__Contents)P2V__CONTENTS__INIT;
    contents->member_count = 0;
    contents->left_out = false;
    contents->table[0] = '\0';
    snprintf(contents->name, sizeof contents->name, "%s", name);
    contents->message.name = contents->name;
    contents->message.table = contents->table;
    contents->message.contents = contents->list;
}

// What stands at the end of a last partition that reaches the disk's end stands at the end of the disk as well (md 0.90, ZFS).  It
// is of the partition; libblkid knows that only where it knows that it sees a whole disk.
static void drop_of_partition(P2v__Contents *message)
{
    const P2v__Content *whole = message->n_contents > 0 ? message->contents[0] : NULL;
    bool twice = false;
    for (size_t i = 1; whole != NULL && whole->partition == 0 && whole->set[0] != '\0' && i < message->n_contents; i++)
        twice |= strcmp(message->contents[i]->type, whole->type) == 0 && strcmp(message->contents[i]->uuid, whole->uuid) == 0;
    if (twice)
        memmove(message->contents, message->contents + 1, --message->n_contents * sizeof message->contents[0]);
}

void contents_read(struct contents *contents, int fd, uint64_t size)
{
    struct disk disk = { .contents = contents, .fd = fd, .size = size };
    struct part whole;
    if (begin_part(&whole, &disk, 0, size)) {
        look_into(&whole);
        if (whole.texts->type[0] != '\0')
            end_part(&whole);
    }
    look_for_partitions(&disk);
    drop_of_partition(&contents->message);
}
