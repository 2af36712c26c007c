// SPDX-License-Identifier: GPL-2.0-or-later
//
// proto/version.c: programs of different versions do not work with each other, and the person reads which is which.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/version.h"

static void the_same_version_is_accepted(void **state)
{
    (void)state;
    struct error err = { 0 };
    assert_int_equal(version_check("p2v-export", "p2v-export", P2V_VERSION, "p2v-supervisor", &err), 0);
}

static void another_version_is_refused_whatever_is_longer(void **state)
{
    (void)state;
    static const char *const others[] = { "9.9.9", P2V_VERSION ".1", "", "v" P2V_VERSION };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct error err = { 0 };
        assert_int_equal(version_check("p2v-export", "p2v-export", others[i], "p2v-supervisor", &err), -1);
    }
}

static void the_sentence_names_both_programs_and_both_versions(void **state)
{
    (void)state;
    struct error err = { 0 };
    version_check("p2v-export", "p2v-export", "9.9.9", "p2v-supervisor", &err);
    assert_string_equal(err.text, "p2v-export is of version 9.9.9, p2v-supervisor of version " P2V_VERSION
                                  ": install them together, from one version");
}

static void another_program_is_refused(void **state)
{
    (void)state;
    struct error err = { 0 };
    assert_int_equal(version_check("p2v-export", "p2v-inspect", P2V_VERSION, "p2v-supervisor", &err), -1);
    assert_string_equal(err.text, "p2v-export says that it is p2v-inspect: install all programs anew");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_version_is_accepted),
        cmocka_unit_test(another_version_is_refused_whatever_is_longer),
        cmocka_unit_test(another_program_is_refused),
        cmocka_unit_test(the_sentence_names_both_programs_and_both_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
