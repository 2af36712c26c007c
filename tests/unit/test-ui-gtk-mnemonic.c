// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-ui-gtk/mnemonic.c: every label of a dialog gets a letter of its own, as long as there is one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "p2v-ui-gtk/mnemonic.h"

static void assert_becomes(struct mnemonics *mnemonics, const char *label, const char *wanted)
{
    char *text = mnemonic(mnemonics, label);
    assert_string_equal(text, wanted);
    g_free(text);
}

static void it_is_the_first_letter_of_a_word_that_is_free(void **state)
{
    (void)state;
    struct mnemonics mnemonics = { 0 };
    assert_becomes(&mnemonics, "Save log", "_Save log");
    assert_becomes(&mnemonics, "Storage (-os)", "Storage (-_os)");
    assert_becomes(&mnemonics, "Server", "S_erver");
    assert_becomes(&mnemonics, "SOS", "SOS");
}

static void case_makes_no_other_letter_of_it(void **state)
{
    (void)state;
    struct mnemonics mnemonics = { 0 };
    assert_becomes(&mnemonics, "a", "_a");
    assert_becomes(&mnemonics, "AB", "A_B");
}

static void a_letter_may_have_several_bytes(void **state)
{
    (void)state;
    struct mnemonics mnemonics = { 0 };
    assert_becomes(&mnemonics, "\303\204ndern", "_\303\204ndern");
    assert_becomes(&mnemonics, "\303\244rger", "\303\244_rger");
}

static void an_underscore_stays_one(void **state)
{
    (void)state;
    struct mnemonics mnemonics = { 0 };
    assert_becomes(&mnemonics, "phys_topo", "_phys__topo");
    assert_becomes(&mnemonics, "", "");
    assert_becomes(&mnemonics, "- _", "- __");
}

static void they_may_run_out(void **state)
{
    (void)state;
    struct mnemonics mnemonics = { 0 };
    for (int i = 0; i < 2 * MNEMONICS_MAX; i++) {
        char label[8] = "";
        g_unichar_to_utf8((gunichar)(0x4e00 + i), label);
        char *text = mnemonic(&mnemonics, label);
        assert_int_equal(text[0] == '_', i < MNEMONICS_MAX);
        g_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_first_letter_of_a_word_that_is_free),
        cmocka_unit_test(case_makes_no_other_letter_of_it),
        cmocka_unit_test(a_letter_may_have_several_bytes),
        cmocka_unit_test(an_underscore_stays_one),
        cmocka_unit_test(they_may_run_out),
    };
    return cmocka_run_group_tests_name("ui-gtk-mnemonic", tests, NULL, NULL);
}
