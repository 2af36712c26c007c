// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-transport/features.c: which answers of a server are taken, and which are none.
#include "p2v-transport/features.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/text.h"

#define GOOD "virt-v2v\nlibguestfs-rewrite\ncolours-option\ninput:disk\ninput:libvirtxml\noutput:local\noutput:rhv-upload\nconvert:linux\n"
#define ANSWER(VERSION, VERSION_STATUS, FEATURES, FEATURES_STATUS) \
    "M version\n" VERSION "M status " VERSION_STATUS "\nM features\n" FEATURES "M status " FEATURES_STATUS "\n"

static struct features features;
static struct error err;

static int parse(const char *output, const char *complaint)
{
    err = (struct error){ 0 };
    return features_parse("M", "conv.example.com", output, complaint, &features, &err);
}

static void assert_refused(const char *output, const char *complaint, const char *word)
{
    assert_int_equal(parse(output, complaint), -1);
    if (strstr(err.text, word) == NULL)
        fail_msg("\"%s\" has no \"%s\"", err.text, word);
    assert_true(text_is_line(err.text));
}

static void an_answer_of_virt_v2v_is_understood(void **state)
{
    (void)state;
    assert_int_equal(parse(ANSWER("virt-v2v 2.2.0\n", "0", GOOD, "0"), ""), 0);
    assert_string_equal(features.version, "2.2.0");
    assert_int_equal(features.input_count, 2);
    assert_string_equal(features.input[1], "libvirtxml");
    assert_int_equal(features.output_count, 2);
    assert_string_equal(features.output[1], "rhv-upload");
}

static void an_output_mode_that_it_lacks_is_refused_with_those_it_has(void **state)
{
    (void)state;
    assert_int_equal(parse(ANSWER("virt-v2v 2.2.0\n", "0", GOOD, "0"), ""), 0);
    assert_int_equal(features_check(&features, "conv.example.com", "rhv-upload", &err), 0);
    assert_int_equal(features_check(&features, "conv.example.com", "", &err), 0);
    assert_int_equal(features_check(&features, "conv.example.com", "teleport", &err), -1);
    assert_string_equal(err.text, "the virt-v2v 2.2.0 on conv.example.com has no output mode teleport: p2v.o can be one of local, rhv-upload");
}

static void a_login_shell_may_print_what_it_likes_before(void **state)
{
    (void)state;
    assert_int_equal(parse("Welcome!\ninput:evil\nM\n M version x\n" ANSWER("motd\nvirt-v2v 2.2.0\n", "0", "\n" GOOD, "0"), "noise\nnot found\n"), 0);
    assert_int_equal(features.input_count, 2);
}

static void the_version_is_its_longest_word(void **state)
{
    (void)state;
    assert_int_equal(parse(ANSWER("virt-v2v 1.42.0rhel=8,release=9.module+el8\n", "0", GOOD, "0"), ""), 0);
    assert_string_equal(features.version, "1.42.0rhel");
}

static void a_version_before_1_28_is_refused(void **state)
{
    (void)state;
    assert_refused(ANSWER("virt-v2v 1.27.9\n", "0", GOOD, "0"), "", "too old");
    assert_refused(ANSWER("virt-v2v 0.99.0\n", "0", GOOD, "0"), "", "too old");
    assert_int_equal(parse(ANSWER("virt-v2v 1.28.0\n", "0", GOOD, "0"), ""), 0);
    assert_int_equal(parse(ANSWER("virt-v2v 10.0.0\n", "0", GOOD, "0"), ""), 0);
}

static void a_missing_virt_v2v_is_named(void **state)
{
    (void)state;
    assert_refused(ANSWER("", "127", "", "127"), "/bin/sh: 1: virt-v2v: not found\n", "not installed");
    assert_refused(ANSWER("", "1", "", "1"), "sudo: virt-v2v: command not found\n", "not installed");
}

static void a_missing_sudo_is_named(void **state)
{
    (void)state;
    assert_refused(ANSWER("", "127", "", "127"), "/bin/sh: 1: sudo: not found\n", "sudo is not installed on conv.example.com");
    assert_refused(ANSWER("", "127", "", "127"), "/bin/sh: line 1: sudo: command not found\n", "sudo is not installed on conv.example.com");
}

static void a_sudo_that_wants_a_password_is_named(void **state)
{
    (void)state;
    assert_refused(ANSWER("", "1", "", "1"), "hello\nsudo: a password is required\n", "NOPASSWD");
}

static void a_virt_v2v_that_does_not_run_is_quoted(void **state)
{
    (void)state;
    assert_refused(ANSWER("", "126", "", "126"), "\n\x1b[31mlib\xff missing\n", "?[31mlib? missing");
    assert_refused(ANSWER("virt-v2v 2.2.0\n", "0", "", "2"), "", "status 2");
}

static void a_virt_v2v_without_libvirtxml_or_targets_is_refused(void **state)
{
    (void)state;
    assert_refused(ANSWER("virt-v2v 2.2.0\n", "0", "input:disk\noutput:local\n", "0"), "", "libvirtxml");
    assert_refused(ANSWER("virt-v2v 2.2.0\n", "0", "input:libvirtxml\n", "0"), "", "no target");
}

static void answers_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "", "M", "M version\n", "M version\nM status 0", "M version\nM status x\n", "M version\nM status 300\n", "M version\nM status -1\n",
        ANSWER("virt-v2v\n", "0", GOOD, "0"), ANSWER("virt-v2v two\n", "0", GOOD, "0"), ANSWER("", "0", GOOD, "0"),
        ANSWER("virt-v2v 2\n", "0", GOOD, "0"), ANSWER("virt-v2v -1.28\n", "0", GOOD, "0"), ANSWER("virt-v2v +2.2\n", "0", GOOD, "0"),
        ANSWER("virt-v2v  2.2\n", "0", GOOD, "0"), ANSWER("virt-v2v 2.-1\n", "0", GOOD, "0"), ANSWER("virt-v2v 2.\n2\n", "0", GOOD, "0"),
        ANSWER("virt-v2v 123456.2\n", "0", GOOD, "0"), ANSWER("virt-v2v 2.2.0\n", " 0", GOOD, "0"), ANSWER("virt-v2v 2.2.0\n", "0", GOOD, "+0"), "M version\nvirt-v2v 2.2.0\nM status 0\nM features\n" GOOD,
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        assert_int_equal(parse(answers[i], ""), -1);
        assert_true(err.text[0] != '\0' && text_is_line(err.text));
    }
}

static void drivers_that_are_no_words_are_left_out(void **state)
{
    (void)state;
    char output[20000] = "M version\nvirt-v2v 2.2.0\nM status 0\nM features\ninput:\ninput:a b\ninput:$(x)\ninput:\x1b[0m\noutput:ok\ninput:libvirtxml\n";
    for (int i = 0; i < 100; i++) {
        char line[32];
        snprintf(line, sizeof line, "output:driver%d\n", i);
        strcat(output, line);
    }
    strcat(output, "output:");
    memset(output + strlen(output), 'x', 5000);
    strcat(output, "\nM status 0\n");
    assert_int_equal(parse(output, ""), 0);
    assert_int_equal(features.input_count, 1);
    assert_int_equal(features.output_count, FEATURES_DRIVERS_MAX);
    for (size_t i = 0; i < features.output_count; i++)
        assert_true(text_is_word(features.output[i]));
}

static void random_answers_end_in_a_sentence_or_in_words(void **state)
{
    (void)state;
    static const char *const pieces[] = { "M version\n", "M status 0\n", "M features\n", "virt-v2v 2.2.0\n", "input:libvirtxml\n", "output:x\n", "M status ", "\n", "\xff", "9", "input:" };
    srand(1);
    for (int round = 0; round < 20000; round++) {
        char output[512] = "";
        for (int i = rand() % 14; i > 0; i--)
            strcat(output, pieces[(size_t)rand() % (sizeof pieces / sizeof pieces[0])]);
        if (parse(output, output) < 0)
            assert_true(err.text[0] != '\0' && text_is_line(err.text));
        else
            assert_true(text_is_word(features.version) && features.output_count > 0);
    }
}

static void the_command_is_read_alike_by_all_shells(void **state)
{
    (void)state;
    char command[512];
    features_command("virt-p2v-abc", true, command, sizeof command);
    assert_non_null(strstr(command, "sudo -n virt-v2v --machine-readable"));
    assert_memory_equal(command, "/bin/sh -c '", 12);
    assert_null(strpbrk(command, "\\!\n\"`"));
    assert_true(command[strlen(command) - 1] == '\'' && strchr(command + 12, '\'') == command + strlen(command) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_of_virt_v2v_is_understood),
        cmocka_unit_test(an_output_mode_that_it_lacks_is_refused_with_those_it_has),
        cmocka_unit_test(a_login_shell_may_print_what_it_likes_before),
        cmocka_unit_test(the_version_is_its_longest_word),
        cmocka_unit_test(a_version_before_1_28_is_refused),
        cmocka_unit_test(a_missing_virt_v2v_is_named),
        cmocka_unit_test(a_missing_sudo_is_named),
        cmocka_unit_test(a_sudo_that_wants_a_password_is_named),
        cmocka_unit_test(a_virt_v2v_that_does_not_run_is_quoted),
        cmocka_unit_test(a_virt_v2v_without_libvirtxml_or_targets_is_refused),
        cmocka_unit_test(answers_that_are_none_are_refused),
        cmocka_unit_test(drivers_that_are_no_words_are_left_out),
        cmocka_unit_test(random_answers_end_in_a_sentence_or_in_words),
        cmocka_unit_test(the_command_is_read_alike_by_all_shells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
