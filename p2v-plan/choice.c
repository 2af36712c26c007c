// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which disks are converted.  Pure memory.
#include "p2v-plan/choice.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "p2v-plan/sets.h"

#define DEV "/dev/"

static const char *name_of(const struct facts *facts, size_t disk) { return facts->inventory->disks[disk]->name; }

size_t choice_place(const struct facts *facts, const char *name)
{
    for (size_t i = 0; i < facts->inventory->n_disks; i++)
        if (strcmp(name_of(facts, i), name) == 0)
            return i;
    return MAX_DISKS;
}

bool choice_is_medium(const struct facts *facts, size_t disk)
{
    const P2v__Contents *contents = facts->contents[disk];
    for (size_t i = 0; contents != NULL && i < contents->n_contents; i++) {
        const P2v__Content *content = contents->contents[i];
        if (content->partition == 0 && strcmp(content->type, "iso9660") == 0 && strcmp(content->label, "VIRT-P2V") == 0)
            return true;
    }
    return false;
}

// Multipath: the first disk that is this very one, by p2v-inspect's word; or itself.
static size_t same_as(const struct facts *facts, size_t disk)
{
    size_t place = choice_place(facts, facts->inventory->disks[disk]->same_as);
    return place < disk ? place : disk;
}

// ---- the one that a word means -------------------------------------------------------------------------

static bool has_id(const P2v__Disk *disk, const char *word)
{
    bool bare = strncmp(disk->wwn, "0x", 2) == 0 && strcmp(disk->wwn + 2, word) == 0;
    return word[0] != '\0' && (strcmp(disk->serial, word) == 0 || strcmp(disk->wwn, word) == 0 || bare);
}

int choice_find(const struct facts *facts, const char *word, size_t *disk, struct error *err)
{
    const char *name = strncmp(word, DEV, strlen(DEV)) == 0 ? word + strlen(DEV) : word;
    char found[256] = "";
    size_t count = 0, used = 0;
    for (size_t i = 0; i < facts->inventory->n_disks; i++) {
        if (strcmp(name_of(facts, i), name) == 0) {      // a name is one disk's, whatever the others call themselves
            *disk = i;
            return 0;
        }
        if (!has_id(facts->inventory->disks[i], word))
            continue;
        *disk = i;
        if (used < sizeof found)
            used += (size_t)snprintf(found + used, sizeof found - used, "%s%s", count > 0 ? ", " : "", name_of(facts, i));
        count++;
    }
    if (count == 1)
        return 0;
    if (count == 0)
        return error_set(err, "the disk %s of p2v.disks is not there: see what p2v-inspect finds", word);
    return error_set(err, "%s in p2v.disks may be any of the disks %s: put the one that is meant", word, found);
}

// ---- the disks to convert ------------------------------------------------------------------------------

static int choose_named(const struct facts *facts, struct sets_disk *disks, struct choice *choice)
{
    const struct config_list *words = &facts->config.disks;
    for (size_t i = 0; i < words->count; i++) {
        size_t at;
        if (choice_find(facts, words->items[i], &at, &choice->why) < 0)
            return -1;
        if (facts->inventory->disks[at]->carries_root)
            return error_set(&choice->why, "the disk %s carries the running system: to convert it, start this machine from virt-p2v's image",
                             disks[at].name);
        if (disks[at].chosen)
            return error_set(&choice->why, "the disk %s is named twice in p2v.disks", disks[at].name);
        for (size_t j = 0; j < choice->count; j++)
            if (disks[choice->disks[j]].same_as == disks[at].same_as)
                return error_set(&choice->why, "%s and %s of p2v.disks are two paths to one disk: put one of them",
                                 disks[choice->disks[j]].name, disks[at].name);
        disks[at].chosen = true;
        choice->disks[choice->count++] = (uint32_t)at;
    }
    return choice->count > 0 ? 0 : error_set(&choice->why, "p2v.disks names no disk");
}

// A virtual machine of which nothing more is known starts from its first disk.
static void put_boot_disk_first(const struct facts *facts, struct choice *choice)
{
    size_t boot = 0;
    while (boot < choice->count && (facts->contents[choice->disks[boot]] == NULL || !facts->contents[choice->disks[boot]]->boots))
        boot++;
    if (boot == choice->count)
        return;
    uint32_t disk = choice->disks[boot];
    memmove(choice->disks + 1, choice->disks, boot * sizeof *choice->disks);
    choice->disks[0] = disk;
}

static int choose_all(const struct facts *facts, struct sets_disk *disks, struct choice *choice)
{
    for (size_t i = 0; i < facts->inventory->n_disks; i++) {
        disks[i].chosen = disks[i].same_as == i && !facts->inventory->disks[i]->carries_root && !choice_is_medium(facts, i);
        if (disks[i].chosen)
            choice->disks[choice->count++] = (uint32_t)i;
    }
    put_boot_disk_first(facts, choice);
    return choice->count > 0 ? 0 : error_set(&choice->why, "this machine has no disk to convert: see what p2v-inspect finds");
}

void choice_make(const struct facts *facts, struct choice *choice)
{
    struct sets_disk disks[MAX_DISKS];
    size_t all = facts->inventory->n_disks;
    *choice = (struct choice){ 0 };
    for (size_t i = 0; i < all; i++)
        disks[i] = (struct sets_disk){ name_of(facts, i), false, same_as(facts, i), facts->contents[i] };
    choice->verdict = (facts->config.disks.given ? choose_named : choose_all)(facts, disks, choice);
    if (choice->verdict == 0) {
        int broken = sets_check(disks, all, &choice->why);
        choice->verdict = broken < 0 && facts->config.force ? 1 : broken;
    }
    if (choice->verdict < 0)
        choice->count = 0;
}
