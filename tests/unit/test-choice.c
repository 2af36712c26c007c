// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-plan/choice.c: which disks the words of p2v.disks mean, and which are taken without any.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "p2v-plan/choice.h"
#include "tests/unit/plan-facts.h"

static struct choice choice;

// sdb and sdc have one serial number, sdc and sdd one WWN, and sdd's serial number is another's name.
static int set_up(void **state)
{
    static const char *const serials[] = { "S1", "S2", "S2", "sda" };
    static const char *const wwns[] = { "0x5000c500abcdef01", "", "0x5000c500abcdef03", "0x5000c500abcdef03" };
    int status = make_facts(state);
    for (size_t i = 0; i < 4; i++) {
        disks[i].serial = (char *)serials[i];
        disks[i].wwn = (char *)wwns[i];
    }
    return status;
}

static int verdict(void)
{
    choice_make(&facts, &choice);
    return choice.verdict;
}

// The disk that a word means, or the sentence.
static const char *found(const char *word)
{
    static struct error err;
    size_t at;
    return choice_find(&facts, word, &at, &err) == 0 ? disks[at].name : err.text;
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

static void the_disk_of_the_running_system_is_never_taken(void **state)
{
    (void)state;
    inventory.n_disks = 1;
    disks[0].carries_root = 1;
    assert_int_equal(verdict(), -1);
    assert_non_null(strstr(choice.why.text, "no disk to convert"));
    configure("disks", "sda");
    configure("force", "true");
    assert_int_equal(verdict(), -1);
    assert_non_null(strstr(choice.why.text, "carries the running system"));
}

static void the_medium_of_virt_p2v_is_taken_by_name_alone(void **state)
{
    (void)state;
    P2v__Content content = P2V__CONTENT__INIT, *list[] = { &content };
    P2v__Contents contents = P2V__CONTENTS__INIT;
    content.type = (char *)"iso9660";
    content.label = (char *)"VIRT-P2V";
    contents.contents = list;
    contents.n_contents = 1;
    facts.contents[1] = &contents;
    assert_int_equal(verdict(), 0);
    assert_int_equal(choice.count, 3);
    assert_int_equal(choice.disks[1], 2);
    content.partition = 1;             // a part of a disk that has more on it
    assert_int_equal(verdict(), 0);
    assert_int_equal(choice.count, 4);
    content.partition = 0;
    content.label = (char *)"VIRT-P2V-2";
    assert_int_equal(verdict(), 0);
    assert_int_equal(choice.count, 4);
    content.label = (char *)"VIRT-P2V";
    inventory.n_disks = 2;
    disks[0].carries_root = 1;
    assert_int_equal(verdict(), -1);
    assert_non_null(strstr(choice.why.text, "no disk to convert"));
    configure("disks", "sdb");
    assert_int_equal(verdict(), 0);
    assert_int_equal(choice.count, 1);
    assert_int_equal(choice.disks[0], 1);
}

// The disks in order, where these disks look like what a machine starts from: "0010" -> "sdc sda sdb sdd".
static const char *ordered(const char *boots)
{
    static P2v__Contents contents[4];
    static char text[64];
    text[0] = '\0';
    for (size_t i = 0; i < 4; i++) {
        p2v__contents__init(&contents[i]);
        contents[i].boots = boots[i] == '1';
        facts.contents[i] = boots[i] != '-' ? &contents[i] : NULL;
    }
    assert_int_equal(verdict(), 0);
    for (size_t i = 0; i < choice.count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i > 0 ? " " : "", disks[choice.disks[i]].name);
    return text;
}

static void the_disk_that_the_machine_starts_from_comes_first(void **state)
{
    (void)state;
    assert_string_equal(ordered("----"), "sda sdb sdc sdd");       // nothing is known
    assert_string_equal(ordered("0000"), "sda sdb sdc sdd");
    assert_string_equal(ordered("-011"), "sdc sda sdb sdd");
    assert_string_equal(ordered("1001"), "sda sdb sdc sdd");
    disks[2].carries_root = 1;                                     // the running system's is not converted
    assert_string_equal(ordered("0011"), "sdd sda sdb");
    disks[1].same_as = (char *)"sda";                              // the second way to a disk is not taken
    assert_string_equal(ordered("0101"), "sdd sda");
    disks[2].carries_root = 0;
    configure("disks", "sdc,sda");                                 // somebody has said their order
    assert_string_equal(ordered("1000"), "sdc sda");
}

static void two_paths_to_one_disk_are_not_converted_twice(void **state)
{
    (void)state;
    disks[3].same_as = (char *)"sdc";
    configure("disks", "sdc,sdd");
    assert_int_equal(verdict(), -1);
    assert_non_null(strstr(choice.why.text, "sdc and sdd of p2v.disks are two paths to one disk"));
    disks[3].same_as = (char *)"";
    assert_int_equal(verdict(), 0);
    assert_int_equal(choice.count, 2);
}

static void part_of_a_set_needs_force(void **state)
{
    (void)state;
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
        facts.contents[i] = &contents[i];
    }
    inventory.n_disks = 2;
    configure("disks", "sda");
    assert_int_equal(verdict(), -1);
    assert_non_null(strstr(choice.why.text, "volume group vg0"));
    assert_int_equal(choice.count, 0);
    configure("force", "true");
    assert_int_equal(verdict(), 1);
    assert_int_equal(choice.count, 1);
}

#define PREPARED(test) cmocka_unit_test_setup_teardown(test, set_up, forget_facts)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PREPARED(a_disk_is_meant_by_name_path_serial_number_or_wwn),
        PREPARED(what_may_be_several_is_refused_with_all_of_them),
        PREPARED(the_disk_of_the_running_system_is_never_taken),
        PREPARED(the_medium_of_virt_p2v_is_taken_by_name_alone),
        PREPARED(the_disk_that_the_machine_starts_from_comes_first),
        PREPARED(two_paths_to_one_disk_are_not_converted_twice),
        PREPARED(part_of_a_set_needs_force),
    };
    return cmocka_run_group_tests_name("choice", tests, NULL, NULL);
}
