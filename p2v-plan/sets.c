// SPDX-License-Identifier: GPL-2.0-or-later
//
// Arrays, volume groups and pools on several disks: all of their disks are converted, or none.  Pure memory.
#include "p2v-plan/sets.h"

#include <string.h>

// A physical volume without metadata does not know its group; the group's other members name it.
static bool is_member(const P2v__Content *content, const P2v__Content *of)
{
    if (content->set[0] != '\0')
        return strcmp(content->set, of->set) == 0 && strcmp(content->set_kind, of->set_kind) == 0;
    for (size_t i = 0; content->uuid[0] != '\0' && i < of->n_member_uuids; i++)
        if (strcmp(content->uuid, of->member_uuids[i]) == 0)
            return true;
    return false;
}

static size_t members_on(const struct sets_disk *disk, const P2v__Content *of)
{
    size_t members = 0;
    for (size_t i = 0; disk->contents != NULL && i < disk->contents->n_contents; i++)
        members += is_member(disk->contents->contents[i], of);
    return members;
}

static const char *name_of(const P2v__Content *set)
{
    return set->set_name[0] != '\0' ? set->set_name : set->set;
}

// By any of its paths.
static bool is_chosen(const struct sets_disk *disks, size_t count, size_t disk)
{
    for (size_t i = 0; i < count; i++)
        if (disks[i].chosen && disks[i].same_as == disks[disk].same_as)
            return true;
    return false;
}

static int check_set(const struct sets_disk *disks, size_t count, const P2v__Content *set, struct error *err)
{
    const char *with = NULL, *without = NULL;
    size_t found = 0;
    bool all_known = true;
    for (size_t i = 0; i < count; i++) {
        size_t members = disks[i].same_as == i ? members_on(&disks[i], set) : 0;
        found += members;
        all_known = all_known && disks[i].contents != NULL;
        if (members > 0 && is_chosen(disks, count, i))
            with = disks[i].name;
        else if (members > 0 && without == NULL)
            without = disks[i].name;
    }
    if (with == NULL)
        return 0;
    if (without != NULL)
        return error_set(err, "the %s %s is on the disk %s, which is to be converted, and on %s, which is not: name all of its disks in "
                         "p2v.disks or none (p2v.force=1 converts it all the same)", set->set_kind, name_of(set), with, without);
    if (all_known && set->set_members > found) {
        error_set(err, "the %s %s has %u parts, of which %zu are on the disks of this machine", set->set_kind, name_of(set),
                  set->set_members, found);
        return 1;
    }
    return 0;
}

int sets_check(const struct sets_disk *disks, size_t count, struct error *err)
{
    int verdict = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; disks[i].contents != NULL && j < disks[i].contents->n_contents; j++) {
            const P2v__Content *content = disks[i].contents->contents[j];
            struct error cause;
            int rc = content->set[0] == '\0' ? 0 : check_set(disks, count, content, &cause);
            if (rc != 0 && (verdict == 0 || rc < 0)) {
                *err = cause;
                verdict = rc;
            }
            if (rc < 0)
                return -1;
        }
    return verdict;
}
