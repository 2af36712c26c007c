// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-plan/findings.c: what there is to say against a conversion, where it is said, and whether it can be overruled.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "p2v-plan/findings.h"

static struct facts facts;
static P2v__Inventory inventory;
static P2v__Cpu cpu;
static P2v__Rtc rtc;
static P2v__Disk disks[2];
static P2v__Disk *disk_pointers[] = { &disks[0], &disks[1] };
static P2v__Contents contents[2];
static P2v__Content content;
static P2v__Content *content_pointers[] = { &content };
static char ext4[] = "ext4", sda[] = "sda", sdb[] = "sdb";

static int set_up(void **state)
{
    (void)state;
    struct error err;
    memset(&facts, 0, sizeof facts);
    facts.server = facts.output_type = "";
    p2v__inventory__init(&inventory);
    p2v__cpu__init(&cpu);
    p2v__rtc__init(&rtc);
    p2v__content__init(&content);
    cpu.sockets = cpu.cores = cpu.threads = 1;
    inventory.cpu = &cpu;
    inventory.rtc = &rtc;
    inventory.memory_bytes = UINT64_C(4) << 30;
    for (size_t i = 0; i < 2; i++) {
        p2v__disk__init(&disks[i]);
        p2v__contents__init(&contents[i]);
        disks[i].name = contents[i].name = i == 0 ? sda : sdb;
        facts.contents[i] = &contents[i];
    }
    content.type = ext4;
    contents[0].contents = content_pointers;               // sda has a file system, sdb nothing
    contents[0].n_contents = 1;
    inventory.disks = disk_pointers;
    inventory.n_disks = 2;
    facts.inventory = &inventory;
    return config_init(&facts.config, &err);
}

static int tear_down(void **state)
{
    (void)state;
    config_clear(&facts.config);
    return 0;
}

// With one key set, there is one finding, about this setting, an error or a warning; NULL: there is none.
static void finds(const char *key, const char *value, const char *name, bool error)
{
    struct findings findings = { 0 };
    struct choice choice;
    static struct machine_plan plan;
    struct error err;
    assert_true(key == NULL || config_set(&facts.config, key, value, &err) == 0);
    choice_make(&facts, &choice);
    machine_plan(&facts, &plan);
    findings_find(&facts, &choice, &plan, &findings);
    assert_int_equal(findings.count, name != NULL);
    if (name != NULL) {
        assert_string_equal(findings.all[0].name, name);
        assert_int_equal(findings.all[0].error, error);
        assert_true(findings.all[0].text[0] != '\0');
    }
    assert_int_equal(findings.errors, name != NULL && error);
}

static void there_is_nothing_to_say_against_what_is_usual(void **state)
{
    (void)state;
    finds("memory", "1G", NULL, false);
}

static void more_than_guests_usually_have_can_be_overruled(void **state)
{
    (void)state;
    finds("vcpus", "255", NULL, false);
    finds("vcpus", "256", "vcpu.cores", false);
}

static void so_can_too_little_or_too_much_memory(void **state)
{
    (void)state;
    finds("memory", "255M", "memory", false);
    finds("memory", "256M", NULL, false);
    finds("memory", "4T", NULL, false);
    finds("memory", "5T", "memory", false);
}

static void disks_with_nothing_on_them_can_be_overruled(void **state)
{
    (void)state;
    finds("disks", "sdb", "disks", false);
    finds("disks", "sda", NULL, false);                    // now both
}

static void a_disk_of_which_nothing_is_known_may_hold_a_system(void **state)
{
    (void)state;
    facts.contents[1] = NULL;
    finds("disks", "sdb", NULL, false);
}

static void a_disk_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    finds("disks", "sdz", "disks", true);
}

static void an_output_mode_that_the_server_lacks_is_an_error(void **state)
{
    (void)state;
    static char local[] = "local", libvirt[] = "libvirt", *modes[] = { local, libvirt };
    P2v__Features features = P2V__FEATURES__INIT;
    facts.output_type = "teleport";
    finds(NULL, NULL, NULL, false);                        // nothing is known of a server
    features.output_drivers = modes;
    features.n_output_drivers = 2;
    facts.features = &features;
    finds(NULL, NULL, "output.type", true);
    facts.output_type = "libvirt";
    finds(NULL, NULL, NULL, false);
}

static void a_removable_drive_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    finds("removable", "sr7", "", true);
}

static void more_than_there_is_room_for_are_left_out(void **state)
{
    (void)state;
    struct findings findings = { 0 };
    for (int i = 0; i < MAX_FINDINGS + 3; i++)
        findings_add(&findings, "", FINDING_ERROR, "number %d", i);
    assert_int_equal(findings.count, MAX_FINDINGS);
    assert_string_equal(findings.all[MAX_FINDINGS - 1].text, "number 15");
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(there_is_nothing_to_say_against_what_is_usual),
        TEST(more_than_guests_usually_have_can_be_overruled),
        TEST(so_can_too_little_or_too_much_memory),
        TEST(disks_with_nothing_on_them_can_be_overruled),
        TEST(a_disk_of_which_nothing_is_known_may_hold_a_system),
        TEST(a_disk_that_is_not_there_is_an_error),
        TEST(an_output_mode_that_the_server_lacks_is_an_error),
        TEST(a_removable_drive_that_is_not_there_is_an_error),
        TEST(more_than_there_is_room_for_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
