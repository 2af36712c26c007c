// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-inspect/tree.c: bounded reading of hostile files.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "p2v-inspect/tree.h"

static char directory[64];
static int dir;

static void put(const char *name, const void *bytes, size_t size)
{
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    close(fd);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/p2v-test-tree.XXXXXX");
    return mkdtemp(directory) != NULL && (dir = open(directory, O_RDONLY | O_DIRECTORY)) >= 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const names[] = { "f", "fifo", "link", "big" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlinkat(dir, names[i], 0);
    unlinkat(dir, "d", AT_REMOVEDIR);
    close(dir);
    return rmdir(directory);
}

static enum tree_result line_of(const char *bytes, size_t size, char *text, size_t room)
{
    put("f", bytes, size);
    return tree_read_line(dir, "f", text, room);
}
#define LINE(BYTES) line_of(BYTES, sizeof BYTES - 1, text, sizeof text)

static void a_line_loses_the_space_round_it(void **state)
{
    (void)state;
    char text[8];
    assert_int_equal(LINE("  abc d \n"), TREE_READ);
    assert_string_equal(text, "abc d");
    assert_int_equal(LINE("abc\0\0"), TREE_READ);
    assert_string_equal(text, "abc");
    assert_int_equal(LINE("1234567\n"), TREE_READ);
}

static void what_is_no_line_is_bad(void **state)
{
    (void)state;
    char text[8];
    assert_int_equal(LINE("12345678"), TREE_BAD);
    assert_string_equal(text, "");
    assert_int_equal(LINE("a\nb"), TREE_BAD);
    assert_int_equal(LINE("a\0b"), TREE_BAD);
    assert_int_equal(LINE("\033[2J"), TREE_BAD);
    assert_int_equal(LINE("\xff\xfe"), TREE_BAD);
    assert_int_equal(LINE("\xc2\x9b"), TREE_BAD);
    assert_string_equal(text, "");
}

static void an_empty_file_is_a_missing_one(void **state)
{
    (void)state;
    char text[8];
    assert_int_equal(LINE(""), TREE_MISSING);
    assert_int_equal(LINE(" \n"), TREE_MISSING);
    assert_int_equal(LINE("\0\0\0"), TREE_MISSING);
    assert_int_equal(tree_read_line(dir, "nothing", text, sizeof text), TREE_MISSING);
}

static void only_regular_files_are_read(void **state)
{
    (void)state;
    char text[8];
    assert_int_equal(mkfifoat(dir, "fifo", 0644), 0);
    assert_int_equal(mkdirat(dir, "d", 0755), 0);
    assert_int_equal(symlinkat("link", dir, "link"), 0);
    assert_int_equal(tree_read_line(dir, "fifo", text, sizeof text), TREE_MISSING);
    assert_int_equal(tree_read_line(dir, "d", text, sizeof text), TREE_MISSING);
    assert_int_equal(tree_read_line(dir, "link", text, sizeof text), TREE_MISSING);
    assert_int_equal(tree_read_line(AT_FDCWD, "/dev/zero", text, sizeof text), TREE_MISSING);
}

static void numbers_are_decimal_and_fit(void **state)
{
    (void)state;
    uint64_t number;
    assert_true(tree_number("0", &number) && number == 0);
    assert_true(tree_number("18446744073709551615", &number) && number == UINT64_MAX);
    static const char *const bad[] = { "", "18446744073709551616", "99999999999999999999", "-1", "+1", "0x10", "1 ", "1e3" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(tree_number(bad[i], &number));
}

static void lines_come_one_by_one(void **state)
{
    (void)state;
    struct tree_lines lines;
    put("f", "one\n\nthree", 10);
    assert_true(tree_lines_open(&lines, dir, "f"));
    assert_string_equal(tree_next_line(&lines), "one");
    assert_string_equal(tree_next_line(&lines), "");
    assert_string_equal(tree_next_line(&lines), "three");
    assert_null(tree_next_line(&lines));
    tree_lines_close(&lines);
}

static void a_line_without_end_comes_in_pieces(void **state)
{
    (void)state;
    static char big[20000];
    struct tree_lines lines;
    memset(big, 'x', sizeof big);
    big[10] = '\n';
    put("big", big, sizeof big);
    assert_true(tree_lines_open(&lines, dir, "big"));
    assert_int_equal(strlen(tree_next_line(&lines)), 10);
    size_t sum = 0;
    for (char *line; (line = tree_next_line(&lines)) != NULL;) {
        assert_true(strlen(line) < sizeof lines.buffer);
        sum += strlen(line);
    }
    assert_int_equal(sum, sizeof big - 11);
    tree_lines_close(&lines);
}

static void a_huge_file_ends(void **state)
{
    (void)state;
    struct tree_lines lines;
    put("big", "x", 1);
    int fd = openat(dir, "big", O_WRONLY);
    assert_int_equal(ftruncate(fd, (off_t)1 << 32), 0);
    close(fd);
    assert_true(tree_lines_open(&lines, dir, "big"));
    size_t pieces = 0;
    while (tree_next_line(&lines) != NULL)
        pieces++;
    assert_true(pieces <= TREE_MAX_BYTES / 4096);
    tree_lines_close(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_loses_the_space_round_it),
        cmocka_unit_test(what_is_no_line_is_bad),
        cmocka_unit_test(an_empty_file_is_a_missing_one),
        cmocka_unit_test(only_regular_files_are_read),
        cmocka_unit_test(numbers_are_decimal_and_fit),
        cmocka_unit_test(lines_come_one_by_one),
        cmocka_unit_test(a_line_without_end_comes_in_pieces),
        cmocka_unit_test(a_huge_file_ends),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
