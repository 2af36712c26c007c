// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-inspect/names.c: which names are whole disks, and their order.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "p2v-inspect/names.h"

static void whole_disks_are_disks(void **state)
{
    (void)state;
    static const char *const disks[] = {
        "sda", "sdz", "sdaa", "hda", "vda", "xvdb", "nvme0n1", "nvme12n34", "mmcblk0", "pmem0", "pmem12s", "pmem0.1", "pmem0.1s", "cciss!c0d0", "dasda", "dasdaz", "ubda",
    };
    for (size_t i = 0; i < sizeof disks / sizeof disks[0]; i++)
        if (!name_is_disk(disks[i]))
            fail_msg("%s is not taken for a disk", disks[i]);
}

static void nothing_else_is_a_disk(void **state)
{
    (void)state;
    static const char *const others[] = {
        "", "sd", "sda1", "sdA", "nvme0n1p1", "nvme0", "nvme0c0n1", "nvme0n", "mmcblk0boot0", "mmcblk0rpmb", "mmcblk0p1", "mmcblk", "pmem", "pmem0p1", "pmem0.", "pmems", "pmem0s1",
        "loop0", "ram0", "zram0", "dm-0", "md0", "md127", "sr0", "fd0", "nbd0", "cciss!c0d0p1", "cciss/c0d0", "cciss!c0", "../sda",
        "sda\n", "sd\xc3\xa9", "xsda", "sdaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (name_is_disk(others[i]))
            fail_msg("%s is taken for a disk", others[i]);
}

static void only_optical_drives_are_removable(void **state)
{
    (void)state;
    assert_true(name_is_removable("sr0"));
    assert_true(name_is_removable("sr15"));
    assert_false(name_is_removable("sr"));
    assert_false(name_is_removable("sda"));
    assert_false(name_is_removable("sr0p1"));
}

static void names_sort_as_people_count(void **state)
{
    (void)state;
    static const char *const sorted[] = {
        "cciss!c0d0", "cciss!c0d2", "cciss!c0d10", "cciss!c1d0", "nvme0n1", "nvme0n2", "nvme2n1", "nvme10n1",
        "sda", "sdb", "sdz", "sdaa", "sdab", "sdba", "vda", "xvda", "eno1", "enp3s0", "enp3s10", "eth0", "eth2", "eth10",
    };
    size_t count = sizeof sorted / sizeof sorted[0];
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            int order = name_compare(sorted[i], sorted[j]);
            if ((i < j && order >= 0) || (i > j && order <= 0) || (i == j && order != 0))
                fail_msg("%s and %s compare as %d", sorted[i], sorted[j], order);
        }
}

static void the_order_is_a_total_one(void **state)
{
    (void)state;
    char name[60][8];
    srand(2);
    for (size_t i = 0; i < 60; i++) {
        size_t length = (size_t)rand() % 7;
        for (size_t k = 0; k < length; k++)
            name[i][k] = "sdan019-"[rand() % 8];
        name[i][length] = '\0';
    }
    for (size_t i = 0; i < 60; i++)
        for (size_t j = 0; j < 60; j++) {
            int forth = name_compare(name[i], name[j]), back = name_compare(name[j], name[i]);
            assert_true((forth > 0) == (back < 0) && (forth == 0) == (strcmp(name[i], name[j]) == 0));
        }
}

static void a_crowded_directory_is_cut_and_says_so(void **state)
{
    (void)state;
    static struct names names;
    char directory[] = "/tmp/p2v-test-names.XXXXXX", path[128];
    assert_non_null(mkdtemp(directory));
    for (int i = 0; i < NAMES_MAX + 10; i++) {
        snprintf(path, sizeof path, "%s/nvme%dn1", directory, i);
        assert_int_equal(mkdir(path, 0755), 0);
    }
    assert_true(names_list(&names, AT_FDCWD, directory, name_is_disk));
    assert_int_equal(names.count, NAMES_MAX);
    assert_true(names.overflow);
    for (size_t i = 1; i < names.count; i++)
        assert_true(name_compare(names.name[i - 1], names.name[i]) < 0);
    for (int i = 0; i < NAMES_MAX + 10; i++) {
        snprintf(path, sizeof path, "%s/nvme%dn1", directory, i);
        rmdir(path);
    }
    rmdir(directory);
    assert_false(names_list(&names, AT_FDCWD, "/tmp/there is no such directory", name_is_disk));
    assert_int_equal(names.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_disks_are_disks),
        cmocka_unit_test(nothing_else_is_a_disk),
        cmocka_unit_test(only_optical_drives_are_removable),
        cmocka_unit_test(names_sort_as_people_count),
        cmocka_unit_test(the_order_is_a_total_one),
        cmocka_unit_test(a_crowded_directory_is_cut_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
