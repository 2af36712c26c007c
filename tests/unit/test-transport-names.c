// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-transport/names.c: what the random names look like.
#include "p2v-transport/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_directory_is_named_by_day_and_chance(void **state)
{
    (void)state;
    char one[NAMES_DIRECTORY_SIZE], other[NAMES_DIRECTORY_SIZE];
    names_directory(86400, one);
    names_directory(86400, other);
    assert_memory_equal(one, "/tmp/virt-p2v-19700102-", 23);
    assert_int_equal(strlen(one), 31);
    assert_int_equal(strspn(one + 23, "abcdefghijklmnopqrstuvwxyz0123456789"), 8);
    assert_string_not_equal(one, other);
}

static void a_mark_is_a_word_that_nobody_else_prints(void **state)
{
    (void)state;
    char one[NAMES_MARK_SIZE], other[NAMES_MARK_SIZE];
    names_mark(one);
    names_mark(other);
    assert_memory_equal(one, "virt-p2v-", 9);
    assert_int_equal(strlen(one), 17);
    assert_string_not_equal(one, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_directory_is_named_by_day_and_chance),
        cmocka_unit_test(a_mark_is_a_word_that_nobody_else_prints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
