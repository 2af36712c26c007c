// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-ui/neutralise.c: no byte of a conversion server can harm a terminal.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "p2v-ui/neutralise.h"
#include "proto/text.h"

#define BAD "\xef\xbf\xbd"

static char shown[1 << 20];
static size_t shown_size;

static void keep(const char *bytes, size_t size, void *context)
{
    (void)context;
    assert_true(shown_size + size < sizeof shown);
    memcpy(shown + shown_size, bytes, size);
    shown_size += size;
    shown[shown_size] = '\0';
}

static struct neutraliser fresh(bool colours)
{
    shown_size = 0;
    shown[0] = '\0';
    return (struct neutraliser){ .sink = keep, .colours = colours };
}

static const char *result_of(bool colours, const char *bytes, size_t size)
{
    struct neutraliser n = fresh(colours);
    neutralise(&n, bytes, size);
    neutralise_end(&n);
    return shown;
}
#define PLAIN(BYTES) result_of(false, BYTES, sizeof BYTES - 1)
#define COLOURED(BYTES) result_of(true, BYTES, sizeof BYTES - 1)

static void plain_text_comes_out_as_it_went_in(void **state)
{
    (void)state;
    assert_string_equal(PLAIN("[   0.0] Setting up\n\ta\n\n"), "[   0.0] Setting up\n\ta\n\n");
    assert_string_equal(PLAIN("gr\xc3\xbc\xc3\x9f" "e \xe2\x96\x88 \xf0\x9f\x98\x80\n"), "gr\xc3\xbc\xc3\x9f" "e \xe2\x96\x88 \xf0\x9f\x98\x80\n");
    assert_string_equal(PLAIN(""), "");
    assert_string_equal(PLAIN("no newline"), "no newline\n");
}

static void control_characters_are_replaced(void **state)
{
    (void)state;
    assert_string_equal(PLAIN("a\0b\a\b\v\f\x7f\x0e\n"), "a" BAD "b" BAD BAD BAD BAD BAD BAD "\n");
    assert_string_equal(PLAIN("\xc2\x9b" "31m\n"), BAD "31m\n");
    assert_string_equal(PLAIN("\xe2\x80\xae" "txt\xe2\x81\xa6\n"), BAD "txt" BAD "\n");
}

// Pango begins a new line at U+2028 and U+2029: what follows would stand there as if it were ours.
static void characters_that_break_a_line_or_turn_writing_round_are_replaced(void **state)
{
    (void)state;
    assert_string_equal(PLAIN("a\xe2\x80\xa8" "b\xe2\x80\xa9" "c\n"), "a" BAD "b" BAD "c\n");
    assert_string_equal(PLAIN("a\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c" "b\n"), "a" BAD BAD BAD "b\n");
    assert_string_equal(PLAIN("\xe2\x80\x8d\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf\xd8\x9b\xd8\x9d\n"), "\xe2\x80\x8d\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf\xd8\x9b\xd8\x9d\n");
    char line[64];
    neutralise_line(line, sizeof line, "Code:\xe2\x80\xa8Passphrase:");
    assert_string_equal(line, "Code:" BAD "Passphrase:");
}

static void invalid_utf8_is_replaced(void **state)
{
    (void)state;
    assert_string_equal(PLAIN("a\xff" "b\xc3(\n"), "a" BAD "b" BAD "(\n");
    assert_string_equal(PLAIN("\xed\xa0\x80\n"), BAD BAD BAD "\n");
    assert_string_equal(PLAIN("\xc0\xaf\n"), BAD BAD "\n");
    assert_string_equal(PLAIN("end\xe2\x82"), "end" BAD BAD "\n");
    assert_string_equal(PLAIN("\xe2\x82\n"), BAD BAD "\n");
}

static void escape_sequences_vanish_or_show_their_text(void **state)
{
    (void)state;
    assert_string_equal(PLAIN("a\033[2Jb\033[10;10Hc\033[?25ld\033[0 qe\n"), "abcde\n");
    assert_string_equal(PLAIN("a\033]52;c;cm0=\ab\n"), "a" BAD "]52;c;cm0=" BAD "b\n");
    assert_string_equal(PLAIN("\033P+q\033\\\n"), BAD "P+q" BAD "\\\n");
    assert_string_equal(PLAIN("\033c\n"), BAD "c\n");
    assert_string_equal(PLAIN("\033\033[1m\n"), BAD "\n");
    assert_string_equal(PLAIN("\033[12"), BAD "[12\n");
    assert_string_equal(PLAIN("\033[1\n2m\n"), BAD "[1\n2m\n");
}

static void an_endless_escape_sequence_swallows_nothing(void **state)
{
    (void)state;
    assert_string_equal(PLAIN("\033[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1mx\n"), BAD "[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1mx\n");
}

static void colours_pass_when_they_may_and_end_with_their_line(void **state)
{
    (void)state;
    assert_string_equal(PLAIN("\033[1;32mgreen\033[0m\n"), "green\n");
    assert_string_equal(COLOURED("\033[1;32mgreen\033[0m\n"), "\033[1;32mgreen\033[0m\n");
    assert_string_equal(COLOURED("\033[mx\n"), "\033[mx\n");
    assert_string_equal(COLOURED("\033[31mred\nnext\n"), "\033[31mred\033[0m\nnext\n");
    assert_string_equal(COLOURED("\033[31mred"), "\033[31mred\033[0m\n");
    assert_string_equal(COLOURED("\033[>4;2mx\033[1 mx\033[2Kx\n"), "xxx\n");
}

static void sequences_may_be_cut_between_messages(void **state)
{
    (void)state;
    static const char bytes[] = "\033[1;32mgr\xc3\xbc\xe2\x96\x88\xf0\x9f\x98\x80\033[0m\033[2K 12%\r 34%\r\r\nend\r\n";
    char whole[256];
    assert_true(strlen(COLOURED(bytes)) < sizeof whole);
    snprintf(whole, sizeof whole, "%s", shown);
    for (size_t step = 1; step < sizeof bytes; step++) {
        struct neutraliser n = fresh(true);
        for (size_t at = 0; at < sizeof bytes - 1; at += step)
            neutralise(&n, bytes + at, at + step < sizeof bytes ? step : sizeof bytes - 1 - at);
        neutralise_end(&n);
        assert_string_equal(shown, whole);
    }
}

static void progress_is_shown_once_a_tenth(void **state)
{
    (void)state;
    assert_string_equal(PLAIN(" 0%\r 1%\r 9%\r 10%\r 11%\r 25%\r 100%\r 100%\n"), " 0%\n 10%\n 25%\n 100%\n 100%\n");
    assert_string_equal(PLAIN("  (12.34/100%)\r  (13.00/100%)\r  (99.9/100%)\r\n"), "  (12.34/100%)\n  (99.9/100%)\n");
}

static void a_new_line_begins_new_progress(void **state)
{
    (void)state;
    assert_string_equal(PLAIN("1%\r2%\r\nnext\n1%\r2%\rend\n"), "1%\n2%\nnext\n1%\nend\n");
}

static void nothing_is_hidden_by_writing_over_it(void **state)
{
    (void)state;
    assert_string_equal(PLAIN("error: no space\rall is well\n"), "error: no space\nall is well\n");
    assert_string_equal(PLAIN("a\r\nb\r\r\nc\n\r\rd\n"), "a\nb\nc\nd\n");
}

static void a_break_ends_the_line_and_no_character(void **state)
{
    (void)state;
    struct neutraliser n = fresh(false);
    neutralise(&n, "abc\xc3", 4);
    neutralise_break(&n);
    assert_string_equal(shown, "abc\n");
    neutralise(&n, "\xbc\n", 2);
    assert_string_equal(shown, "abc\n\xc3\xbc\n");
    neutralise_break(&n);
    neutralise_end(&n);
    assert_string_equal(shown, "abc\n\xc3\xbc\n");
}

static void an_endless_line_is_shown_in_parts(void **state)
{
    (void)state;
    struct neutraliser n = fresh(true);
    for (int i = 0; i < 3 * NEUTRALISE_LINE_MAX; i++)
        neutralise(&n, "\xc3\xbc", 2);
    assert_true(shown_size > NEUTRALISE_LINE_MAX);
    neutralise_end(&n);
    assert_int_equal(shown_size, 6 * NEUTRALISE_LINE_MAX + 1);
    for (size_t i = 0; i + 1 < shown_size; i += 2)
        assert_memory_equal(shown + i, "\xc3\xbc", 2);
}

// ---- seeded fuzz ---------------------------------------------------------------------------------------

// The length of an SGR sequence at p; 0 where there is none.
static size_t sgr_length(const char *p, size_t left)
{
    size_t i = 2;
    if (left < 3 || p[0] != '\033' || p[1] != '[')
        return 0;
    while (i < left && strchr("0123456789;", p[i]) != NULL && p[i] != '\0')
        i++;
    return i < left && p[i] == 'm' ? i + 1 : 0;
}

static void assert_harmless(bool colours)
{
    for (size_t i = 0; i < shown_size;) {
        size_t sgr = sgr_length(shown + i, shown_size - i);
        if (sgr > 0 && colours) {
            i += sgr;
            continue;
        }
        size_t length = text_utf8_length((unsigned char *)shown + i, shown_size - i);
        if (length == 0)
            fail_msg("invalid UTF-8 at %zu", i);
        unsigned char c = (unsigned char)shown[i];
        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f || (c == 0xc2 && (unsigned char)shown[i + 1] < 0xa0))
            fail_msg("control character %#x at %zu", c, i);
        i += length;
    }
    assert_true(shown_size == 0 || shown[shown_size - 1] == '\n');
}

static void whatever_comes_in_only_harmless_text_comes_out(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "\033", "[", "]", "0", ";", "38;5;1", "m", "J", "H", "?", " ", "\r", "\n", "\t", "\a", "%", "57%", "\xc3", "\xbc", "\xe2", "\x96",
        "\x88", "\xf0\x9f", "\x9b", "\xc2", "\xff", "text", "\033[31m", "\033[0m", "\033]0;", "\x7f", "\xed\xa0",
    };
    srand(60704);
    for (int round = 0; round < 5000; round++) {
        bool colours = round % 2 == 0;
        struct neutraliser n = fresh(colours);
        int count = rand() % 400;
        for (int i = 0; i < count; i++) {
            char byte = (char)rand();
            const char *piece = pieces[(size_t)rand() % (sizeof pieces / sizeof pieces[0])];
            if (rand() % 8 == 0)
                neutralise(&n, &byte, 1);
            else
                neutralise(&n, piece, strlen(piece));
            if (rand() % 50 == 0) {
                neutralise_break(&n);
                assert_harmless(colours);
            }
        }
        neutralise_end(&n);
        assert_harmless(colours);
    }
}

static void a_line_for_display_is_harmless_and_fits(void **state)
{
    (void)state;
    char line[16];
    neutralise_line(line, sizeof line, "sda \t\033[1m");
    assert_string_equal(line, "sda \xef\xbf\xbd\xef\xbf\xbd[1m");
    neutralise_line(line, sizeof line, "\xe2\x81\xa6\xff.");
    assert_string_equal(line, "\xef\xbf\xbd\xef\xbf\xbd.");
    neutralise_line(line, sizeof line, "123456789012345");
    assert_string_equal(line, "123456789012345");
    neutralise_line(line, sizeof line, "1234567890123456");
    assert_string_equal(line, "123456789012...");
    neutralise_line(line, sizeof line, "12345678901\xc3\xa9" "3456");
    assert_string_equal(line, "12345678901...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_comes_out_as_it_went_in),
        cmocka_unit_test(control_characters_are_replaced),
        cmocka_unit_test(characters_that_break_a_line_or_turn_writing_round_are_replaced),
        cmocka_unit_test(invalid_utf8_is_replaced),
        cmocka_unit_test(escape_sequences_vanish_or_show_their_text),
        cmocka_unit_test(an_endless_escape_sequence_swallows_nothing),
        cmocka_unit_test(colours_pass_when_they_may_and_end_with_their_line),
        cmocka_unit_test(sequences_may_be_cut_between_messages),
        cmocka_unit_test(progress_is_shown_once_a_tenth),
        cmocka_unit_test(a_new_line_begins_new_progress),
        cmocka_unit_test(nothing_is_hidden_by_writing_over_it),
        cmocka_unit_test(a_break_ends_the_line_and_no_character),
        cmocka_unit_test(an_endless_line_is_shown_in_parts),
        cmocka_unit_test(whatever_comes_in_only_harmless_text_comes_out),
        cmocka_unit_test(a_line_for_display_is_harmless_and_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
