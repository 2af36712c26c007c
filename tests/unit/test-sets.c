// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-plan/sets.c: all disks of an array or volume group, or none.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "p2v-plan/sets.h"

#define DISKS 4
static P2v__Content content[DISKS][2];
static P2v__Content *list[DISKS][2];
static P2v__Contents contents[DISKS];
static struct sets_disk disks[DISKS];
static struct error err;

static int set_up(void **state)
{
    (void)state;
    static const char *const names[DISKS] = { "sda", "sdb", "sdc", "sdd" };
    for (size_t i = 0; i < DISKS; i++) {
        for (size_t j = 0; j < 2; j++) {
            p2v__content__init(&content[i][j]);
            list[i][j] = &content[i][j];
        }
        p2v__contents__init(&contents[i]);
        contents[i].contents = list[i];
        contents[i].n_contents = 2;
        disks[i] = (struct sets_disk){ names[i], false, i, &contents[i] };
    }
    err.text[0] = '\0';
    return 0;
}

// The second thing on a disk is a part of this set.
static void join(size_t disk, const char *kind, const char *id, const char *name)
{
    content[disk][1].set_kind = (char *)kind;
    content[disk][1].set = (char *)id;
    content[disk][1].set_name = (char *)name;
}

static int check(const char *chosen)
{
    for (size_t i = 0; i < DISKS; i++)
        disks[i].chosen = strchr(chosen, 'a' + (int)i) != NULL;
    return sets_check(disks, DISKS, &err);
}

static void disks_of_no_set_can_be_chosen_freely(void **state)
{
    (void)state;
    assert_int_equal(check(""), 0);
    assert_int_equal(check("b"), 0);
    assert_int_equal(check("abcd"), 0);
}

static void a_set_is_whole_or_left_out(void **state)
{
    (void)state;
    join(0, "volume group", "id1", "vg0");
    join(1, "volume group", "id1", "vg0");
    join(2, "md array", "id2", "");
    join(3, "md array", "id2", "");
    assert_int_equal(check(""), 0);
    assert_int_equal(check("ab"), 0);
    assert_int_equal(check("cd"), 0);
    assert_int_equal(check("abcd"), 0);
    assert_int_equal(check("a"), -1);
    assert_non_null(strstr(err.text, "the volume group vg0 is on the disk sda, which is to be converted, and on sdb, which is not"));
    assert_non_null(strstr(err.text, "p2v.force"));
    assert_int_equal(check("abd"), -1);
    assert_non_null(strstr(err.text, "the md array id2 is on the disk sdd, which is to be converted, and on sdc"));
}

static void sets_of_two_kinds_with_one_id_are_two(void **state)
{
    (void)state;
    join(0, "volume group", "id", "x");
    join(1, "md array", "id", "x");
    assert_int_equal(check("a"), 0);
}

static void a_volume_without_metadata_is_known_by_the_others(void **state)
{
    (void)state;
    static char *members[] = { (char *)"pv-a", (char *)"pv-b" };
    join(0, "volume group", "id1", "vg0");
    content[0][1].uuid = (char *)"pv-a";
    content[0][1].member_uuids = members;
    content[0][1].n_member_uuids = 2;
    content[0][1].set_members = 2;
    content[1][0].uuid = (char *)"pv-b";
    assert_int_equal(check("ab"), 0);
    assert_int_equal(check("a"), -1);
    assert_non_null(strstr(err.text, "sdb"));
    assert_int_equal(check("b"), -1);
    assert_int_equal(check("cd"), 0);
}

static void a_part_that_no_disk_has_is_a_warning(void **state)
{
    (void)state;
    join(0, "volume group", "id1", "vg0");
    content[0][1].set_members = 3;
    assert_int_equal(check("a"), 1);
    assert_non_null(strstr(err.text, "volume group vg0 has 3 parts, of which 1"));
    assert_int_equal(check("b"), 0);
    disks[3].contents = NULL;                      // what is on sdd is not known: it may be there
    assert_int_equal(check("a"), 0);
}

static void any_path_to_a_disk_is_that_disk(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        join(i, "volume group", "id1", "vg0");
    disks[1].same_as = 0;
    assert_int_equal(check("ac"), 0);
    assert_int_equal(check("bc"), 0);
    assert_int_equal(check("b"), -1);
    assert_int_equal(check("ab"), -1);
}

#define PREPARED(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PREPARED(disks_of_no_set_can_be_chosen_freely),
        PREPARED(a_set_is_whole_or_left_out),
        PREPARED(sets_of_two_kinds_with_one_id_are_two),
        PREPARED(a_volume_without_metadata_is_known_by_the_others),
        PREPARED(a_part_that_no_disk_has_is_a_warning),
        PREPARED(any_path_to_a_disk_is_that_disk),
    };
    return cmocka_run_group_tests_name("sets", tests, NULL, NULL);
}
