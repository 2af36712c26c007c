// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-transport/arguments.c: what virt-v2v is given, as a real shell reads it.
#include "p2v-transport/arguments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

// What shell makes of the file: its sudo=, patience= and ports=, and its positional parameters, each ended by NUL, into words.
static size_t run_shell(const char *shell, const char *file, size_t size, char *words, size_t room)
{
    char path[] = "/tmp/test-transport-arguments.XXXXXX";
    int fd = mkstemp(path);
    int out[2];
    assert_true(fd >= 0 && pipe(out) == 0);
    assert_int_equal(write(fd, file, size), size);
    close(fd);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(out[1], STDOUT_FILENO);
        execlp(shell, shell, "-c", ". \"$0\"; printf '%s\\0' \"$sudo $patience $ports\" \"$@\"", path, (char *)NULL);
        _exit(99);
    }
    close(out[1]);
    size_t used = 0;
    for (ssize_t n; (n = read(out[0], words + used, room - used)) > 0;)
        used += (size_t)n;
    int status = 0;
    waitpid(pid, &status, 0);
    unlink(path);
    close(out[0]);
    assert_int_equal(status, 0);
    return used;
}

static void check(P2v__Output *output, const char *const *wanted, size_t count)
{
    P2v__ConversionStart start = P2V__CONVERSION_START__INIT;
    start.output = output;
    start.sudo = 1;
    start.patience = 600;
    P2v__Machine machine = P2V__MACHINE__INIT;
    P2v__MachineDisk disks[] = { P2V__MACHINE_DISK__INIT, P2V__MACHINE_DISK__INIT }, *pointers[] = { &disks[0], &disks[1] };
    disks[0].port = 10809;
    disks[1].port = 65535;
    machine.disks = pointers;
    machine.n_disks = 2;
    start.machine = &machine;
    size_t size = 0;
    char *file = arguments_file(&start, "/tmp/d/physical.xml", &size);
    assert_non_null(file);
    static const char *const shells[] = { "/bin/sh", "/bin/bash" };
    for (size_t s = 0; s < 2; s++) {
        static char words[65536];
        size_t used = run_shell(shells[s], file, size, words, sizeof words);
        const char *p = words;
        for (size_t i = 0; i < count; i++) {
            assert_true((size_t)(p - words) < used);
            assert_string_equal(p, wanted[i]);
            p += strlen(p) + 1;
        }
        assert_int_equal(p - words, used);
    }
    free(file);
}

static void every_option_is_given_in_its_place(void **state)
{
    (void)state;
    P2v__Output output = P2V__OUTPUT__INIT;
    char mode[] = "rhv-upload", connection[] = "https://e/api", format[] = "raw", storage[] = "data", allocation[] = "sparse";
    char one[] = "rhv-cluster=Default", two[] = "rhv-direct";
    char *misc[] = { one, two };
    output.type = mode, output.connection = connection, output.format = format, output.storage = storage;
    output.allocation = allocation, output.misc = misc, output.n_misc = 2;
    const char *wanted[] = { "yes 600 10809 65535", "-v", "-x", "-i", "libvirtxml", "/tmp/d/physical.xml", "-o", "rhv-upload", "-oc", "https://e/api", "-of", "raw",
                             "-os", "data", "-oa", "sparse", "-oo", "rhv-cluster=Default", "-oo", "rhv-direct" };
    check(&output, wanted, sizeof wanted / sizeof wanted[0]);
}

static void an_option_that_is_not_given_is_not_passed(void **state)
{
    (void)state;
    P2v__Output output = P2V__OUTPUT__INIT;
    const char *wanted[] = { "yes 600 10809 65535", "-v", "-x", "-i", "libvirtxml", "/tmp/d/physical.xml" };
    check(&output, wanted, sizeof wanted / sizeof wanted[0]);
}

static void a_value_that_looks_like_code_is_one_word(void **state)
{
    (void)state;
    static const char *const values[] = {
        "a b", "'", "''", "'\\''", "\"", "$(exit 7)", "`exit 7`", "${PATH}", "a\nexit 7\n", "\n", "; exit 7 #", "\\", "\\'", "'; exit 7; '",
        "*", "~", "!!", "&", "|", "-x", "--", "=", "\t", "\r", "\x1b[2J", "\xff\xfe", "\x81'", "ü", "'\n'",
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        P2v__Output output = P2V__OUTPUT__INIT;
        char value[32];
        snprintf(value, sizeof value, "%s", values[i]);
        output.storage = value;
        const char *wanted[] = { "yes 600 10809 65535", "-v", "-x", "-i", "libvirtxml", "/tmp/d/physical.xml", "-os", values[i] };
        check(&output, wanted, sizeof wanted / sizeof wanted[0]);
    }
}

static void every_byte_arrives_as_it_is(void **state)
{
    (void)state;
    char all[256];
    for (int i = 0; i < 255; i++)
        all[i] = (char)(i + 1);
    all[255] = '\0';
    P2v__Output output = P2V__OUTPUT__INIT;
    output.connection = all;
    const char *wanted[] = { "yes 600 10809 65535", "-v", "-x", "-i", "libvirtxml", "/tmp/d/physical.xml", "-oc", all };
    check(&output, wanted, sizeof wanted / sizeof wanted[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_is_given_in_its_place),
        cmocka_unit_test(an_option_that_is_not_given_is_not_passed),
        cmocka_unit_test(a_value_that_looks_like_code_is_one_word),
        cmocka_unit_test(every_byte_arrives_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
