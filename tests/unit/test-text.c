// SPDX-License-Identifier: GPL-2.0-or-later
//
// proto/text.c and proto/error.c: what a text from outside may look like.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/error.h"
#include "proto/text.h"

static void a_line_is_utf8_without_control_characters(void **state)
{
    (void)state;
    assert_true(text_is_line(""));
    assert_true(text_is_line("gr\xc3\xbc\xc3\x9f" "e \xe2\x82\xac \xf0\x9f\x92\xbe"));
    static const char *const bad[] = { "a\nb", "\x1b[31m", "\x7f", "\xc2\x9b" "31m", "\xff", "\xc0\x80", "\xe0\x80\x80",
                                       "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf0\x9f\x92", "\xe2\x82" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(text_is_line(bad[i]));
}

// U+061C, U+200E, U+200F, U+202A to U+202E and U+2066 to U+2069; U+2028 and U+2029. Their neighbours are as good as any.
static void what_turns_the_direction_of_writing_round_or_breaks_a_line_is_in_no_line(void **state)
{
    (void)state;
    static const char *const bad[] = { "\xd8\x9c", "\xe2\x80\x8e", "\xe2\x80\x8f",
                                       "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad", "\xe2\x80\xae",
                                       "\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8", "\xe2\x81\xa9", "\xe2\x80\xa8", "\xe2\x80\xa9" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[16];
        strcpy(text, bad[i]);
        assert_false(text_is_line(text));
        text_clean_line(text);
        assert_int_equal(strspn(text, "?"), strlen(bad[i]));
    }
    assert_true(text_is_line("\xd8\x9b\xd8\x9d\xe2\x80\x8d\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa\xe2\x82\xac"));
}

static void cleaning_makes_any_bytes_a_line_no_longer_than_before(void **state)
{
    (void)state;
    uint32_t seed = 12345;
    for (int round = 0; round < 20000; round++) {
        char text[24];
        size_t length = 0;
        for (size_t i = 0; i < sizeof text - 1; i++) {
            seed = seed * 1664525 + 1013904223;
            text[i] = (char)(seed >> 24);
        }
        text[sizeof text - 1] = '\0';
        length = strlen(text);
        text_clean_line(text);
        assert_true(text_is_line(text));
        assert_true(strlen(text) <= length);
    }
}

static void cleaning_drops_a_character_that_is_cut_off_at_the_end(void **state)
{
    (void)state;
    static const char *const cleaned[][2] = {
        { "price \xe2\x82", "price " }, { "price \xe2", "price " }, { "price \xf0\x9f\x92", "price " }, { "\xc3", "" },
    };
    for (size_t i = 0; i < sizeof cleaned / sizeof cleaned[0]; i++) {
        char text[16];
        strcpy(text, cleaned[i][0]);
        text_clean_line(text);
        assert_string_equal(text, cleaned[i][1]);
    }
}

static void cleaning_keeps_what_is_good_after_a_bad_byte(void **state)
{
    (void)state;
    static const char *const cleaned[][2] = {
        { "a\xe2" "b", "a?b" }, { "\xf0" "abc", "?abc" }, { "\xf0\x9f" "a", "??a" }, { "\xe2\x82x", "??x" }, { "\xff\xfe", "??" }, { "\n\xc2\x80.", "???." },
    };
    for (size_t i = 0; i < sizeof cleaned / sizeof cleaned[0]; i++) {
        char text[16];
        strcpy(text, cleaned[i][0]);
        text_clean_line(text);
        assert_string_equal(text, cleaned[i][1]);
    }
}

static void names_are_names(void **state)
{
    (void)state;
    assert_true(text_is_device_name("sda") && text_is_device_name("cciss/c0d0") && text_is_device_name("nvme0n1"));
    assert_false(text_is_device_name("") || text_is_device_name("../sda") || text_is_device_name("/dev/sda") ||
                 text_is_device_name("a/../../etc/shadow") || text_is_device_name("sda/") || text_is_device_name("s da"));
    assert_true(text_is_hostname("conv.example.com") && text_is_hostname("fe80::1%eth0") && text_is_hostname("10.0.0.1"));
    assert_false(text_is_hostname("-oProxyCommand=x") || text_is_hostname("a b") || text_is_hostname("a;b"));
    assert_true(text_is_mac("52:54:00:ab:cd:ef"));
    assert_false(text_is_mac("52:54:00:AB:CD:EF") || text_is_mac("52:54:00:ab:cd:e") || text_is_mac("52-54-00-ab-cd-ef"));
    assert_true(text_is_guest_name("web server.1"));
    assert_false(text_is_guest_name(".x") || text_is_guest_name("-x") || text_is_guest_name("a/b") || text_is_guest_name("x "));
    assert_true(text_is_interface_name("enp0s31f6"));
    assert_false(text_is_interface_name("..") || text_is_interface_name("sixteen-bytes-16") || text_is_interface_name("a/b"));
    assert_true(text_is_url("https://a/k") && text_is_url("tftp://[::1]:69/k") && text_is_url("ftp://me:pw@a/k") && text_is_url("http://a"));
    assert_false(text_is_url("https://") || text_is_url("https:///k") || text_is_url("file:///k") || text_is_url("https://a/k k") ||
                 text_is_url("https://\xc3\xa4/k") || text_is_url("https://a/\n") || text_is_url(""));
    assert_true(text_is_username("root"));
    assert_false(text_is_username("-root") || text_is_username("a:b") || text_is_username(""));
}

static void an_error_may_add_to_itself_and_is_cut_to_fit(void **state)
{
    (void)state;
    struct error err;
    assert_int_equal(error_set(&err, "inner \x1b[0m"), -1);
    assert_string_equal(err.text, "inner ?[0m");
    error_set(&err, "outer: %s", err.text);
    assert_string_equal(err.text, "outer: inner ?[0m");
    error_set(&err, "%2000d", 1);
    assert_int_equal(strlen(err.text), ERROR_TEXT_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_utf8_without_control_characters),
        cmocka_unit_test(what_turns_the_direction_of_writing_round_or_breaks_a_line_is_in_no_line),
        cmocka_unit_test(cleaning_makes_any_bytes_a_line_no_longer_than_before),
        cmocka_unit_test(cleaning_drops_a_character_that_is_cut_off_at_the_end),
        cmocka_unit_test(cleaning_keeps_what_is_good_after_a_bad_byte),
        cmocka_unit_test(names_are_names),
        cmocka_unit_test(an_error_may_add_to_itself_and_is_cut_to_fit),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
