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
#include "tests/unit/plan-facts.h"

static P2v__Contents contents[2];
static P2v__Content content;
static P2v__Content *content_pointers[] = { &content };

// Of two disks sda has a file system, and sdb nothing.
static int set_up(void **state)
{
    int status = make_facts(state);
    inventory.n_disks = 2;
    for (size_t i = 0; i < 2; i++) {
        p2v__contents__init(&contents[i]);
        contents[i].name = disks[i].name;
        facts.contents[i] = &contents[i];
    }
    p2v__content__init(&content);
    content.type = (char *)"ext4";
    contents[0].contents = content_pointers;
    contents[0].n_contents = 1;
    return status;
}

// With one key set, there is one finding, about this setting, an error or a warning; NULL: there is none.
static void finds(const char *key, const char *value, const char *name, bool error)
{
    struct findings findings = { 0 };
    struct choice choice;
    static struct machine_plan plan;
    if (key != NULL)
        configure(key, value);
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

#define PREPARED(test) cmocka_unit_test_setup_teardown(test, set_up, forget_facts)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PREPARED(there_is_nothing_to_say_against_what_is_usual),
        PREPARED(more_than_guests_usually_have_can_be_overruled),
        PREPARED(so_can_too_little_or_too_much_memory),
        PREPARED(disks_with_nothing_on_them_can_be_overruled),
        PREPARED(a_disk_of_which_nothing_is_known_may_hold_a_system),
        PREPARED(a_disk_that_is_not_there_is_an_error),
        PREPARED(an_output_mode_that_the_server_lacks_is_an_error),
        PREPARED(a_removable_drive_that_is_not_there_is_an_error),
        PREPARED(more_than_there_is_room_for_are_left_out),
    };
    return cmocka_run_group_tests_name("findings", tests, NULL, NULL);
}
