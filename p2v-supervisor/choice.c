// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which disks are converted.  Touches: the disks, by disks.c.
#include "p2v-supervisor/choice.h"

#include <stdio.h>
#include <string.h>

#include "p2v-supervisor/sets.h"

#define DEV "/dev/"

static const P2v__Inventory *inventory_of(const struct supervisor *sup) { return sup->inventory.envelope->inventory; }
static bool is_test(const struct supervisor *sup) { return sup->start->n_test_disks > 0; }

// ---- every disk there is -------------------------------------------------------------------------------

size_t choice_count(const struct supervisor *sup)
{
    return is_test(sup) ? sup->start->n_test_disks : inventory_of(sup)->n_disks;
}

const char *choice_name(const struct supervisor *sup, size_t candidate)
{
    static const char letters[MAX_TEST_DISKS][4] = {
        "sda", "sdb", "sdc", "sdd", "sde", "sdf", "sdg", "sdh", "sdi", "sdj", "sdk", "sdl", "sdm",
        "sdn", "sdo", "sdp", "sdq", "sdr", "sds", "sdt", "sdu", "sdv", "sdw", "sdx", "sdy", "sdz",
    };
    return is_test(sup) ? letters[candidate] : inventory_of(sup)->disks[candidate]->name;
}

int choice_open(const struct supervisor *sup, size_t candidate, struct disk *disk, struct error *err)
{
    const char *name = choice_name(sup, candidate);
    return is_test(sup) ? disk_open_test(disk, name, sup->start->test_disks[candidate], err) : disk_open(disk, name, err);
}

static bool carries_root(const struct supervisor *sup, size_t candidate)
{
    return !is_test(sup) && inventory_of(sup)->disks[candidate]->carries_root;
}

bool choice_is_medium(const struct supervisor *sup, size_t candidate)
{
    const P2v__Envelope *envelope = sup->contents[candidate].envelope;
    for (size_t i = 0; envelope != NULL && i < envelope->contents->n_contents; i++) {
        const P2v__Content *content = envelope->contents->contents[i];
        if (content->partition == 0 && strcmp(content->type, "iso9660") == 0 && strcmp(content->label, "VIRT-P2V") == 0)
            return true;
    }
    return false;
}

// Multipath: the first disk that is this very one, by p2v-inspect's word; or itself.
static size_t same_as(const struct supervisor *sup, size_t candidate)
{
    P2v__Disk *const *disks = inventory_of(sup)->disks;
    for (size_t i = 0; !is_test(sup) && i < candidate; i++)
        if (strcmp(disks[i]->name, disks[candidate]->same_as) == 0)
            return i;
    return candidate;
}

// ---- the one that a word means -------------------------------------------------------------------------

static bool has_id(const P2v__Disk *disk, const char *word)
{
    bool bare = strncmp(disk->wwn, "0x", 2) == 0 && strcmp(disk->wwn + 2, word) == 0;
    return word[0] != '\0' && (strcmp(disk->serial, word) == 0 || strcmp(disk->wwn, word) == 0 || bare);
}

static bool means(const struct supervisor *sup, const char *word, size_t candidate)
{
    if (strncmp(word, DEV, strlen(DEV)) == 0)
        return !is_test(sup) && disk_is_at(choice_name(sup, candidate), word);
    return !is_test(sup) && has_id(inventory_of(sup)->disks[candidate], word);
}

int choice_find(const struct supervisor *sup, const char *word, size_t *candidate, struct error *err)
{
    const char *name = strncmp(word, DEV, strlen(DEV)) == 0 ? word + strlen(DEV) : word;
    char found[256] = "";
    size_t count = 0, used = 0;
    for (size_t i = 0; i < choice_count(sup); i++) {
        if (strcmp(choice_name(sup, i), name) == 0) {      // a name is one disk's, whatever the others call themselves
            *candidate = i;
            return 0;
        }
        if (!means(sup, word, i))
            continue;
        *candidate = i;
        if (used < sizeof found)
            used += (size_t)snprintf(found + used, sizeof found - used, "%s%s", count > 0 ? ", " : "", choice_name(sup, i));
        count++;
    }
    if (count == 1)
        return 0;
    if (count == 0)
        return error_set(err, "the disk %s of p2v.disks is not there: see what p2v-inspect finds", word);
    return error_set(err, "%s in p2v.disks may be any of the disks %s: put the one that is meant", word, found);
}

// ---- the disks to convert ------------------------------------------------------------------------------

static int choose_named(const struct supervisor *sup, struct sets_disk *disks, size_t *order, size_t *count, struct error *err)
{
    const struct config_list *words = &sup->config.disks;
    for (size_t i = 0; i < words->count; i++) {
        size_t at;
        if (choice_find(sup, words->items[i], &at, err) < 0)
            return -1;
        if (carries_root(sup, at))
            return error_set(err, "the disk %s carries the running system: to convert it, start this machine from virt-p2v's image", disks[at].name);
        if (disks[at].chosen)
            return error_set(err, "the disk %s is named twice in p2v.disks", disks[at].name);
        for (size_t j = 0; j < *count; j++)
            if (disks[order[j]].same_as == disks[at].same_as)
                return error_set(err, "%s and %s of p2v.disks are two paths to one disk: put one of them", disks[order[j]].name, disks[at].name);
        disks[at].chosen = true;
        order[(*count)++] = at;
    }
    return *count > 0 ? 0 : error_set(err, "p2v.disks names no disk");
}

static int choose_all(const struct supervisor *sup, struct sets_disk *disks, size_t *order, size_t *count, struct error *err)
{
    for (size_t i = 0; i < choice_count(sup); i++) {
        disks[i].chosen = disks[i].same_as == i && !carries_root(sup, i) && !choice_is_medium(sup, i);
        if (disks[i].chosen)
            order[(*count)++] = i;
    }
    return *count > 0 ? 0 : error_set(err, "this machine has no disk to convert: see what p2v-inspect finds");
}

int choice_disks(const struct supervisor *sup, size_t order[MAX_DISKS], size_t *count, struct error *err)
{
    struct sets_disk disks[MAX_DISKS];
    size_t all = choice_count(sup);
    *count = 0;
    for (size_t i = 0; i < all; i++) {
        const P2v__Envelope *contents = sup->contents[i].envelope;
        disks[i] = (struct sets_disk){ choice_name(sup, i), false, same_as(sup, i), contents != NULL ? contents->contents : NULL };
    }
    if ((sup->config.disks.given ? choose_named : choose_all)(sup, disks, order, count, err) < 0)
        return -1;
    int broken = sets_check(disks, all, err);
    return broken < 0 && !sup->config.force ? -1 : broken != 0;
}

int choice_open_disks(struct supervisor *sup, struct error *err)
{
    size_t order[MAX_DISKS], count;
    int warning = choice_disks(sup, order, &count, err);
    if (warning < 0)
        return -1;
    for (size_t i = 0; i < count; i++, sup->disk_count++) {
        struct error cause;
        if (choice_open(sup, order[i], &sup->disks[i], &cause) < 0) {
            *err = cause;
            return -1;
        }
    }
    return warning;
}
