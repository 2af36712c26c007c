// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-supervisor/choice.c: which disks the words of p2v.disks mean, and which are taken without any.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "p2v-supervisor/choice.h"

static struct supervisor sup;
static P2v__RunStart run;
static P2v__Envelope envelope;
static P2v__Inventory inventory;
static P2v__Disk disks[4];
static P2v__Disk *disk_pointers[] = { &disks[0], &disks[1], &disks[2], &disks[3] };
static char path[] = "/tmp/test-choice-XXXXXX";

static const struct { const char *name, *serial, *wwn; } machine[] = {
    { "sda", "S1", "0x5000c500abcdef01" }, { "sdb", "S2", "" }, { "sdc", "S2", "0x5000c500abcdef03" }, { "sdd", "sda", "0x5000c500abcdef03" },
};

static int set_up(void **state)
{
    (void)state;
    struct error err;
    memset(&sup, 0, sizeof sup);
    p2v__run_start__init(&run);
    sup.start = &run;
    p2v__inventory__init(&inventory);
    for (size_t i = 0; i < 4; i++) {
        p2v__disk__init(&disks[i]);
        disks[i].name = (char *)machine[i].name;
        disks[i].serial = (char *)machine[i].serial;
        disks[i].wwn = (char *)machine[i].wwn;
        disks[i].size_bytes = 1000;
    }
    inventory.disks = disk_pointers;
    inventory.n_disks = 4;
    p2v__envelope__init(&envelope);
    envelope.inventory = &inventory;
    sup.inventory.envelope = &envelope;
    return config_init(&sup.config, &err);
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < sup.disk_count; i++)
        disk_close(&sup.disks[i]);
    config_clear(&sup.config);
    return 0;
}

static void configure(const char *key, const char *value)
{
    struct error err;
    assert_int_equal(config_set(&sup.config, key, value, &err), 0);
}

// The disk that a word means, or the sentence.
static const char *found(const char *word)
{
    static struct error err;
    size_t at;
    return choice_find(&sup, word, &at, &err) == 0 ? choice_name(&sup, at) : err.text;
}

static void a_disk_is_meant_by_name_path_serial_number_or_wwn(void **state)
{
    (void)state;
    assert_string_equal(found("sdb"), "sdb");
    assert_string_equal(found("/dev/sdb"), "sdb");
    assert_string_equal(found("S1"), "sda");
    assert_string_equal(found("0x5000c500abcdef01"), "sda");
    assert_string_equal(found("5000c500abcdef01"), "sda");
    assert_string_equal(found("sda"), "sda");              // though another disk has that serial number
}

static void what_may_be_several_is_refused_with_all_of_them(void **state)
{
    (void)state;
    assert_non_null(strstr(found("S2"), "S2 in p2v.disks may be any of the disks sdb, sdc"));
    assert_non_null(strstr(found("0x5000c500abcdef03"), "sdc, sdd"));
    assert_non_null(strstr(found("sde"), "not there"));
    assert_non_null(strstr(found("/dev/null"), "not there"));
    assert_non_null(strstr(found("/dev/sda1"), "not there"));
    assert_non_null(strstr(found(""), "not there"));
}

static void a_link_leads_to_its_disk(void **state)
{
    (void)state;
    // Whatever block device this machine has.
    static const char *const devices[] = { "vda", "sda", "nvme0n1", "loop0", "xvda" };
    char link[] = "/dev/p2v-test-XXXXXX", target[64];
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
        snprintf(target, sizeof target, "/dev/%s", devices[i]);
        if (!disk_is_at(devices[i], target) || mkdtemp(link) == NULL)
            continue;
        rmdir(link);
        assert_int_equal(symlink(target, link), 0);
        disks[1].name = (char *)devices[i];
        const char *name = found(link);
        unlink(link);
        assert_string_equal(name, devices[i]);
        return;
    }
    skip();
}

static void the_disk_of_the_running_system_is_never_taken(void **state)
{
    (void)state;
    struct error err;
    inventory.n_disks = 1;
    disks[0].carries_root = 1;
    assert_int_equal(choice_open_disks(&sup, &err), -1);
    assert_non_null(strstr(err.text, "no disk to convert"));
    configure("disks", "sda");
    configure("force", "true");
    assert_int_equal(choice_open_disks(&sup, &err), -1);
    assert_non_null(strstr(err.text, "carries the running system"));
}

static void the_medium_of_virt_p2v_is_taken_by_name_alone(void **state)
{
    (void)state;
    struct error err;
    size_t order[MAX_DISKS], count;
    P2v__Content content = P2V__CONTENT__INIT, *list[] = { &content };
    P2v__Contents contents = P2V__CONTENTS__INIT;
    P2v__Envelope answer = P2V__ENVELOPE__INIT;
    content.type = (char *)"iso9660";
    content.label = (char *)"VIRT-P2V";
    contents.contents = list;
    contents.n_contents = 1;
    answer.contents = &contents;
    sup.contents[1].envelope = &answer;
    assert_int_equal(choice_disks(&sup, order, &count, &err), 0);
    assert_int_equal(count, 3);
    assert_int_equal(order[1], 2);
    content.partition = 1;             // a part of a disk that has more on it
    assert_int_equal(choice_disks(&sup, order, &count, &err), 0);
    assert_int_equal(count, 4);
    content.partition = 0;
    content.label = (char *)"VIRT-P2V-2";
    assert_int_equal(choice_disks(&sup, order, &count, &err), 0);
    assert_int_equal(count, 4);
    content.label = (char *)"VIRT-P2V";
    configure("disks", "sdb");
    assert_int_equal(choice_disks(&sup, order, &count, &err), 0);
    assert_int_equal(count, 1);
    assert_int_equal(order[0], 1);
    inventory.n_disks = 2;
    disks[0].carries_root = 1;
    assert_int_equal(config_unset(&sup.config, "disks", &err), 0);
    assert_int_equal(choice_disks(&sup, order, &count, &err), -1);
    assert_non_null(strstr(err.text, "no disk to convert"));
}

static void two_paths_to_one_disk_are_not_converted_twice(void **state)
{
    (void)state;
    struct error err;
    disks[3].same_as = (char *)"sdc";
    configure("disks", "sdc,sdd");
    assert_int_equal(choice_open_disks(&sup, &err), -1);
    assert_non_null(strstr(err.text, "sdc and sdd of p2v.disks are two paths to one disk"));
    disks[3].same_as = (char *)"";
    assert_int_equal(choice_open_disks(&sup, &err), -1);
    assert_null(strstr(err.text, "two paths"));
}

static void test_disks_take_the_place_of_the_machines(void **state)
{
    (void)state;
    struct error err;
    run.test_disks = (char *[]){ path };
    run.n_test_disks = 1;
    disks[0].carries_root = 1;
    assert_int_equal(choice_open_disks(&sup, &err), 0);
    assert_int_equal(sup.disk_count, 1);
    assert_int_equal(sup.disks[0].size_bytes, 4096);
    assert_int_equal(write(sup.disks[0].fd, "x", 1), -1);
    disk_close(&sup.disks[0]);
    sup.disk_count = 0;
    configure("disks", "sda,/dev/sda");
    assert_int_equal(choice_open_disks(&sup, &err), -1);
    assert_non_null(strstr(err.text, "twice"));
    sup.config.disks.count = 0;
    configure("disks", "sdb");
    assert_int_equal(choice_open_disks(&sup, &err), -1);
    assert_non_null(strstr(err.text, "not there"));
}

static void part_of_a_set_needs_force(void **state)
{
    (void)state;
    struct error err;
    static P2v__Envelope envelopes[2];
    static P2v__Contents contents[2];
    static P2v__Content content;
    static P2v__Content *list[] = { &content };
    p2v__content__init(&content);
    content.set = (char *)"id";
    content.set_kind = (char *)"volume group";
    content.set_name = (char *)"vg0";
    for (size_t i = 0; i < 2; i++) {
        p2v__contents__init(&contents[i]);
        contents[i].contents = list;
        contents[i].n_contents = 1;
        p2v__envelope__init(&envelopes[i]);
        envelopes[i].contents = &contents[i];
        sup.contents[i].envelope = &envelopes[i];
    }
    run.test_disks = (char *[]){ path, path };
    run.n_test_disks = 2;
    configure("disks", "sda");
    assert_int_equal(choice_open_disks(&sup, &err), -1);
    assert_non_null(strstr(err.text, "volume group vg0"));
    assert_int_equal(sup.disk_count, 0);
    configure("force", "true");
    assert_int_equal(choice_open_disks(&sup, &err), 1);
    assert_int_equal(sup.disk_count, 1);
}

static void what_is_no_disk_is_refused_without_waiting(void **state)
{
    (void)state;
    struct error err;
    struct disk opened;
    static const char *const paths[] = { "/dev/null", "/tmp", "/nonexistent", "/dev/tty" };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_int_equal(disk_open_test(&opened, "sda", paths[i], &err), -1);
        assert_non_null(strstr(err.text, paths[i]));
    }
}

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 || ftruncate(fd, 4096) < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

#define PREPARED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PREPARED(a_disk_is_meant_by_name_path_serial_number_or_wwn),
        PREPARED(what_may_be_several_is_refused_with_all_of_them),
        PREPARED(a_link_leads_to_its_disk),
        PREPARED(the_disk_of_the_running_system_is_never_taken),
        PREPARED(the_medium_of_virt_p2v_is_taken_by_name_alone),
        PREPARED(two_paths_to_one_disk_are_not_converted_twice),
        PREPARED(test_disks_take_the_place_of_the_machines),
        PREPARED(part_of_a_set_needs_force),
        PREPARED(what_is_no_disk_is_refused_without_waiting),
    };
    return cmocka_run_group_tests_name("choice", tests, make_file, remove_file);
}
