// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which disks the running system uses, and which carry its root, whatever lies between: partitions, LVM, md, dm-crypt
// (sysfs: slaves/), a live image's squashfs in a file (loop/backing_file), overlays of several (mountinfo), btrfs on many.
// Touches: sys/block, sys/fs/btrfs, proc/swaps of the tree, and mountinfo, opened before the lock.
//
// It errs to one side: where a layer of the root cannot be placed, every compressed image that is mounted counts as it.
#include "p2v-inspect/in-use.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "p2v-inspect/inventory.h"
#include "proto/text.h"

enum mark { USED, ROOT };

// ---- the block devices ---------------------------------------------------------------------------------

static bool take_device_number(const char *text, unsigned *major, unsigned *minor)
{
    char extra;
    return sscanf(text, "%9u:%9u%c", major, minor, &extra) == 2;       // NOLINT(cert-err34-c): nine digits cannot be too large
}

static void add_block(struct inspection *in, const char *name, const char *path, size_t whole)
{
    struct in_use *use = in->in_use;
    char file[TREE_PATH_MAX], number[24];
    if (use->block_count == IN_USE_MAX_BLOCKS || strlen(name) >= NAME_SIZE)
        return;
    struct block *block = &use->blocks[use->block_count];
    *block = (struct block){ .whole = whole };
    memcpy(block->name, name, strlen(name) + 1);
    if (snprintf(file, sizeof file, "%s/dev", path) < (int)sizeof file &&
        (tree_read_line(in->root, file, number, sizeof number) != TREE_READ || !take_device_number(number, &block->major, &block->minor)))
        block->major = block->minor = 0;
    if (snprintf(file, sizeof file, "%s/dm/name", path) < (int)sizeof file)
        tree_read_line(in->root, file, block->mapped, sizeof block->mapped);
    use->block_count++;
}

struct whole {
    struct inspection *in;
    const char *name;
    size_t at;
};

static bool visit_partition(const char *name, void *context)
{
    struct whole *whole = context;
    char path[TREE_PATH_MAX], mark[TREE_PATH_MAX];
    if (strncmp(name, whole->name, strlen(whole->name)) == 0 &&
        snprintf(path, sizeof path, "sys/block/%s/%s", whole->name, name) < (int)sizeof path &&
        snprintf(mark, sizeof mark, "%s/partition", path) < (int)sizeof mark && tree_exists(whole->in->root, mark))
        add_block(whole->in, name, path, whole->at);
    return true;
}

static bool any_name(const char *name) { return name[0] != '.'; }

static void list_blocks(struct inspection *in)
{
    struct names names;
    names_list(&names, in->root, "sys/block", any_name);
    for (size_t i = 0; i < names.count; i++) {
        char path[TREE_PATH_MAX];
        struct whole whole = { in, names.name[i], in->in_use->block_count };
        snprintf(path, sizeof path, "sys/block/%s", names.name[i]);
        add_block(in, names.name[i], path, whole.at);
        tree_each(in->root, path, visit_partition, &whole);
    }
    if (names.overflow || in->in_use->block_count == IN_USE_MAX_BLOCKS)
        inspect_note(in, "this machine has so many block devices that some that are in use may be missed");
}

static struct block *block_by_name(struct in_use *use, const char *name)
{
    for (size_t i = 0; i < use->block_count; i++)
        if (strcmp(use->blocks[i].name, name) == 0)
            return &use->blocks[i];
    return NULL;
}

// "/dev/sda2", "/dev/mapper/vg-root"; '!' in sysfs is '/' in /dev.
static struct block *block_by_path(struct in_use *use, const char *path)
{
    if (strncmp(path, "/dev/", 5) != 0)
        return NULL;
    path += 5;
    for (size_t i = 0; i < use->block_count; i++) {
        struct block *block = &use->blocks[i];
        size_t at = 0;
        while (path[at] != '\0' && (path[at] == block->name[at] || (path[at] == '/' && block->name[at] == '!')))
            at++;
        if ((path[at] == '\0' && block->name[at] == '\0') ||
            (strncmp(path, "mapper/", 7) == 0 && block->mapped[0] != '\0' && strcmp(path + 7, block->mapped) == 0))
            return block;
    }
    return NULL;
}

static void set_mark(struct block *block, enum mark mark, const char *word, const char *what)
{
    if (block == NULL)
        return;
    block->used = true;
    if (mark == ROOT)
        block->root = true;
    if (block->why[0] == '\0') {
        snprintf(block->why, sizeof block->why, "%s%s", word, what);
        text_clean_line(block->why);
    }
}

// Marks what a mount is on; false where that is not known.
static bool mark_mount(struct in_use *use, const struct mount *mount, enum mark mark)
{
    struct block *block = NULL;
    for (size_t i = 0; mount->major != 0 && block == NULL && i < use->block_count; i++)
        if (use->blocks[i].major == mount->major && use->blocks[i].minor == mount->minor)
            block = &use->blocks[i];
    if (block == NULL)
        block = block_by_path(use, mount->source);         // btrfs has device numbers of its own
    set_mark(block, mark, "mounted on ", mount->point);
    bool known = block != NULL;
    for (const char *at = mount->source; block == NULL && *at != '\0'; at += strspn(at, ":")) {       // bcachefs: /dev/sda:/dev/sdb
        char path[TREE_PATH_MAX];
        size_t size = strcspn(at, ":");
        snprintf(path, sizeof path, "%.*s", size < sizeof path ? (int)size : (int)sizeof path - 1, at);
        struct block *one = block_by_path(use, path);
        set_mark(one, mark, "mounted on ", mount->point);
        known |= one != NULL;
        at += size;
    }
    return known;
}

// ---- the mounts ----------------------------------------------------------------------------------------

// proc_pid_mountinfo(5): blanks and backslashes in a field are written as three octal digits.
static void unescape(char *text)
{
    char *out = text;
    for (; *text != '\0'; text++) {
        bool octal = text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] >= '0' && text[2] <= '7' && text[3] >= '0' && text[3] <= '7';
        *out++ = (char)(octal ? (text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0') : *text);
        text += octal ? 3 : 0;
    }
    *out = '\0';
}

// 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
static bool take_mount(struct mount *mount, char *line)
{
    char *fields[9], *rest = line, *word;
    size_t count = 0;
    bool separated = false;
    while (count < 9 && (word = strsep(&rest, " ")) != NULL) {
        if (count >= 6 && !separated) {            // any number of optional fields
            separated = strcmp(word, "-") == 0;
            continue;
        }
        unescape(word);
        fields[count++] = word;
    }
    if (count < 9 || !take_device_number(fields[2], &mount->major, &mount->minor))
        return false;
    mount->point = fields[4];
    mount->type = fields[6];
    mount->source = fields[7];
    mount->options = fields[8];
    mount->done = false;
    return true;
}

static void list_mounts(struct inspection *in)
{
    struct in_use *use = in->in_use;
    ssize_t n = 1;
    while (in->mounts >= 0 && n > 0 && use->text_used < sizeof use->text - 1)
        if ((n = read(in->mounts, use->text + use->text_used, sizeof use->text - 1 - use->text_used)) > 0)
            use->text_used += (size_t)n;
    char *rest = use->text, *line;
    while (use->mount_count < IN_USE_MAX_MOUNTS && (line = strsep(&rest, "\n")) != NULL)
        if (take_mount(&use->mounts[use->mount_count], line))
            use->mount_count++;
    if (use->mount_count == IN_USE_MAX_MOUNTS || use->text_used == sizeof use->text - 1)
        inspect_note(in, "this machine has so many mounts that some disks that are in use may be missed");
}

// The mount that a path is on: the longest mount point above it, the last of several at one place.
static struct mount *mount_of_path(struct in_use *use, const char *path)
{
    struct mount *best = NULL;
    for (size_t i = 0; i < use->mount_count; i++) {
        struct mount *mount = &use->mounts[i];
        size_t length = strcmp(mount->point, "/") == 0 ? 0 : strlen(mount->point);
        if (strncmp(path, mount->point, length) == 0 && (path[length] == '/' || path[length] == '\0') &&
            (best == NULL || length >= (strcmp(best->point, "/") == 0 ? 0 : strlen(best->point))))
            best = mount;
    }
    return best;
}

// ---- the root ------------------------------------------------------------------------------------------

static bool is_image(const struct mount *mount)
{
    return strcmp(mount->type, "squashfs") == 0 || strcmp(mount->type, "erofs") == 0 || strcmp(mount->type, "iso9660") == 0;
}

static bool is_layered(const struct mount *mount)
{
    return strcmp(mount->type, "overlay") == 0 || strcmp(mount->type, "aufs") == 0 || strcmp(mount->type, "unionfs") == 0;
}

static void mark_root_path(struct in_use *use, const char *path, unsigned depth);

// NOLINTBEGIN(misc-no-recursion): at most MAX_DEPTH deep, which each mount takes one of

// The directories in lowerdir=A:B,upperdir=C.
static void mark_layers(struct in_use *use, const struct mount *mount, unsigned depth)
{
    static const char *const keys[] = { "lowerdir=", "upperdir=", "lowerdir+=", "datadir+=" };
    for (const char *option = mount->options; *option != '\0';) {
        size_t length = strcspn(option, ",");
        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
            size_t key = strlen(keys[i]);
            const char *end = option + length;
            for (const char *at = option + key; strncmp(option, keys[i], key) == 0 && at < end; at += strspn(at, ":")) {
                char path[TREE_PATH_MAX];
                size_t size = strcspn(at, ":,");
                snprintf(path, sizeof path, "%.*s", size < sizeof path ? (int)size : (int)sizeof path - 1, at);
                mark_root_path(use, path, depth);
                at += size;
            }
        }
        option += length + (option[length] == ',');
    }
}

static void mark_root_mount(struct in_use *use, struct mount *mount, unsigned depth)
{
    if (mount->done || depth == 0)
        return;
    mount->done = true;
    if (mark_mount(use, mount, ROOT) || !is_layered(mount))
        return;
    mark_layers(use, mount, depth - 1);
    for (size_t i = 0; i < use->mount_count; i++)      // the layers' own paths may be of before a change of root
        if (is_image(&use->mounts[i]))
            mark_root_mount(use, &use->mounts[i], depth - 1);
}

static void mark_root_path(struct in_use *use, const char *path, unsigned depth)
{
    struct mount *mount = mount_of_path(use, path);
    if (mount != NULL)
        mark_root_mount(use, mount, depth);
}

// NOLINTEND(misc-no-recursion)

#define MAX_DEPTH 8                // of overlays on overlays

// ---- from a device to what it is made of ---------------------------------------------------------------

struct marking {
    struct inspection *in;
    enum mark mark;
    const char *word, *what;
};

static bool visit_slave(const char *name, void *context)
{
    struct marking *marking = context;
    set_mark(block_by_name(marking->in->in_use, name), marking->mark, marking->word, marking->what);
    return true;
}

static void mark_slaves(struct inspection *in, const struct block *block, enum mark mark, const char *word, const char *what)
{
    char path[TREE_PATH_MAX];
    struct marking marking = { in, mark, word, what };
    snprintf(path, sizeof path, "sys/block/%s/slaves", block->name);
    tree_each(in->root, path, visit_slave, &marking);
}

static void mark_backing_file(struct inspection *in, const struct block *block)
{
    char path[TREE_PATH_MAX], file[TREE_PATH_MAX];
    snprintf(path, sizeof path, "sys/block/%s/loop/backing_file", block->name);
    if (tree_read_line(in->root, path, file, sizeof file) == TREE_READ && file[0] == '/')
        mark_root_path(in->in_use, file, MAX_DEPTH);
}

// True where something was left to be passed on.
static bool pass_on(struct inspection *in, struct block *block)
{
    struct block *whole = &in->in_use->blocks[block->whole];
    bool root = block->root && !block->root_done;
    if (!root && (!block->used || block->used_done))
        return false;
    block->used_done = true;
    block->root_done = block->root;
    enum mark mark = block->root ? ROOT : USED;
    if (whole != block) {
        set_mark(whole, mark, block->why, "");
        return true;
    }
    mark_slaves(in, block, mark, block->why, "");
    if (root)
        mark_backing_file(in, block);
    return true;
}

// btrfs on several devices names one of them in mountinfo; sysfs has a directory of each file system with all.
static bool visit_btrfs(const char *name, void *context)
{
    struct inspection *in = context;
    struct in_use *use = in->in_use;
    char path[TREE_PATH_MAX];
    struct names names;
    const struct block *known = NULL;
    if (snprintf(path, sizeof path, "sys/fs/btrfs/%s/devices", name) >= (int)sizeof path)
        return true;
    names_list(&names, in->root, path, any_name);
    for (size_t i = 0; i < names.count; i++) {
        const struct block *block = block_by_name(use, names.name[i]);
        if (block != NULL && block->used && (known == NULL || block->root))
            known = block;
    }
    for (size_t i = 0; known != NULL && i < names.count; i++)
        set_mark(block_by_name(use, names.name[i]), known->root ? ROOT : USED, known->why, "");
    return true;
}

static void spread(struct inspection *in)
{
    for (bool more = true; more;) {                // each device is passed on twice at most
        more = false;
        for (size_t i = 0; i < in->in_use->block_count; i++)
            more |= pass_on(in, &in->in_use->blocks[i]);
        if (!more)
            tree_each(in->root, "sys/fs/btrfs", visit_btrfs, in);
        for (size_t i = 0; !more && i < in->in_use->block_count; i++)
            more = (in->in_use->blocks[i].used && !in->in_use->blocks[i].used_done) ||
                   (in->in_use->blocks[i].root && !in->in_use->blocks[i].root_done);
    }
}

// ---- all of it -----------------------------------------------------------------------------------------

// ZFS names a pool in place of devices, bcachefs perhaps a UUID.
static bool is_on_unknown_disks(const struct mount *mount)
{
    return strcmp(mount->type, "zfs") == 0 || strcmp(mount->type, "bcachefs") == 0;
}

static bool is_of_same_pool(const struct mount *a, const struct mount *b)
{
    size_t pool = strcspn(a->source, "/");
    return strcmp(a->source, b->source) == 0 || (pool > 0 && strcspn(b->source, "/") == pool && strncmp(a->source, b->source, pool) == 0);
}

// One line for each pool; check_root() tells of the root.
static void tell_of_unknown(struct inspection *in, const struct mount *mount)
{
    for (const struct mount *before = in->in_use->mounts; before < mount; before++)
        if (is_on_unknown_disks(before) && is_of_same_pool(before, mount))
            return;
    if (strcmp(mount->point, "/") != 0)
        inspect_note(in, "which disks carry %s, mounted on %s, cannot be told, because it is %s: they are offered, though they are in use",
                     mount->source, mount->point, mount->type);
}

static void mark_mounts(struct inspection *in)
{
    struct in_use *use = in->in_use;
    for (size_t i = 0; i < use->mount_count; i++)
        if (!mark_mount(use, &use->mounts[i], USED) && is_on_unknown_disks(&use->mounts[i]))
            tell_of_unknown(in, &use->mounts[i]);
    mark_root_path(use, "/", MAX_DEPTH);
}

static void mark_swaps(struct inspection *in)
{
    struct tree_lines lines;
    if (!tree_lines_open(&lines, in->root, "proc/swaps"))
        return;
    for (char *line; (line = tree_next_line(&lines)) != NULL;) {
        line[strcspn(line, " \t")] = '\0';
        unescape(line);
        if (line[0] == '/')                        // a swap file's disk is mounted, and marked so
            set_mark(block_by_path(in->in_use, line), USED, "swap", "");
    }
    tree_lines_close(&lines);
}

// A root in memory or on the network is on no disk; any other that has not been found is told.
static void check_root(struct inspection *in)
{
    static const char *const elsewhere[] = { "rootfs", "tmpfs", "ramfs", "nfs", "nfs4", "9p", "virtiofs", "cifs" };
    const struct mount *root = mount_of_path(in->in_use, "/");
    bool found = root == NULL;
    for (size_t i = 0; !found && i < sizeof elsewhere / sizeof elsewhere[0]; i++)
        found = strcmp(root->type, elsewhere[i]) == 0;
    for (size_t i = 0; !found && i < in->in_use->block_count; i++)
        found = in->in_use->blocks[i].root;
    if (!found)
        inspect_note(in, "which disk carries the running system cannot be told, because its root is %s on %s: choose the disks to convert by p2v.disks",
                     root->type, root->source);
}

void in_use_find(struct inspection *in)
{
    list_blocks(in);
    list_mounts(in);
    mark_mounts(in);
    mark_swaps(in);
    spread(in);
    check_root(in);
    for (size_t i = 0; i < in->in_use->block_count; i++) {
        const struct block *block = &in->in_use->blocks[i];
        if (block->whole == i)
            mark_slaves(in, block, USED, "held by ", block->mapped[0] != '\0' ? block->mapped : block->name);
    }
    spread(in);
}

const struct block *in_use_of(const struct inspection *in, const char *name)
{
    const struct block *block = block_by_name(in->in_use, name);
    return block != NULL && (block->used || block->root) ? block : NULL;
}
