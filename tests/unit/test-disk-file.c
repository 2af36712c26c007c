// SPDX-License-Identifier: GPL-2.0-or-later
//
// proto/disk-file.c: what is a disk, or a file with one's content, is opened for reading; anything else is not even opened.
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/disk-file.h"

static char folder[32], path[64], other[64];
static struct error err;
static uint64_t size;

static void make(const char *name, off_t bytes)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && ftruncate(fd, bytes) == 0 && close(fd) == 0);
}

static void a_file_is_opened_for_reading_alone_and_its_size_told(void **state)
{
    (void)state;
    make(path, 4097);
    int fd = disk_file_open(path, true, &size, &err);
    assert_true(fd >= 0);
    assert_true(size == 4097);
    assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    close(fd);
}

static void an_empty_one_has_no_bytes(void **state)
{
    (void)state;
    make(path, 0);
    size = 1;
    int fd = disk_file_open(path, true, &size, &err);
    assert_true(fd >= 0);
    assert_true(size == 0);
    close(fd);
}

static void a_file_is_no_disk_where_only_disks_are_wanted(void **state)
{
    (void)state;
    make(path, 4096);
    assert_int_equal(disk_file_open(path, false, &size, &err), -1);
    assert_int_equal(errno, ENODEV);
    assert_non_null(strstr(err.text, "is not a disk"));
    assert_null(strstr(err.text, "or a file"));
}

static void what_is_neither_is_refused_without_waiting(void **state)
{
    (void)state;
    static const char *const paths[] = { "/dev/null", "/tmp", "/dev/tty" };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_int_equal(disk_file_open(paths[i], true, &size, &err), -1);
        assert_int_equal(errno, ENODEV);
        assert_non_null(strstr(err.text, paths[i]));
    }
}

static void what_is_not_there_is_told_with_the_systems_reason(void **state)
{
    (void)state;
    assert_int_equal(disk_file_open(path, true, &size, &err), -1);
    assert_int_equal(errno, ENOENT);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, strerror(ENOENT)));
}

// To open some devices is to do something: a watchdog begins to count.  A FIFO's writer would be told of a reader.
static void what_is_neither_is_not_even_opened(void **state)
{
    (void)state;
    char event[512];
    assert_int_equal(mkfifo(path, 0600), 0);
    int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    assert_true(watch >= 0 && inotify_add_watch(watch, path, IN_OPEN) >= 0);
    assert_int_equal(disk_file_open(path, true, &size, &err), -1);
    assert_int_equal(read(watch, event, sizeof event), -1);
    close(watch);
}

static void it_is_opened_again_past_the_cache_whatever_its_path_is_by_now(void **state)
{
    (void)state;
    struct stat first, second;
    make(path, 4096);
    int fd = disk_file_open(path, true, &size, &err);
    assert_int_equal(rename(path, other), 0);
    make(path, 4096);
    int direct = disk_file_open_direct(fd);
    assert_true(direct >= 0 && fstat(fd, &first) == 0 && fstat(direct, &second) == 0);
    assert_true(first.st_ino == second.st_ino && first.st_dev == second.st_dev);
    assert_int_equal(fcntl(direct, F_GETFL) & (O_ACCMODE | O_DIRECT), O_RDONLY | O_DIRECT);
    close(direct);
    close(fd);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/var/tmp/test-disk-file-XXXXXX");     // a file system that has O_DIRECT
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/disk", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    unlink(other);
    return rmdir(folder);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_is_opened_for_reading_alone_and_its_size_told),
        TEST(an_empty_one_has_no_bytes),
        TEST(a_file_is_no_disk_where_only_disks_are_wanted),
        TEST(what_is_neither_is_refused_without_waiting),
        TEST(what_is_not_there_is_told_with_the_systems_reason),
        TEST(what_is_neither_is_not_even_opened),
        TEST(it_is_opened_again_past_the_cache_whatever_its_path_is_by_now),
    };
    return cmocka_run_group_tests_name("disk-file", tests, NULL, NULL);
}
