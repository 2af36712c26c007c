// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-transport/bundle.c: which files are taken, and what a real shell makes of the command.
#include "p2v-transport/bundle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define WRAPPER "#!/bin/sh\necho \"$1 $2\"\n"

static void assert_file(const char *directory, const char *name, const void *data, size_t size)
{
    char path[128];
    static char content[BUNDLE_FILE_MAX + 1];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fread(content, 1, sizeof content, file), size);
    assert_memory_equal(content, data, size);
    fclose(file);
}

// Runs the command by a shell as sshd does, with size bytes of the bundle as input; its exit status, its output in out.
static int run_command(const char *shell, const char *command, const struct bundle *bundle, size_t size, char *out, size_t room)
{
    int to[2], from[2], status = 0;
    assert_true(pipe(to) == 0 && pipe(from) == 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        close(to[1]);
        close(from[0]);
        (void)!freopen("/dev/null", "w", stderr);
        execlp(shell, shell, "-c", command, (char *)NULL);
        _exit(99);
    }
    close(to[0]);
    close(from[1]);
    for (size_t done = 0; done < size;) {
        ssize_t n = write(to[1], bundle->data + done, size - done);
        if (n < 0)
            break;
        done += (size_t)n;
    }
    close(to[1]);
    ssize_t n = read(from[0], out, room - 1);
    out[n > 0 ? n : 0] = '\0';
    close(from[0]);
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void fill(struct bundle *bundle, const char *big, size_t size)
{
    struct error err = { 0 };
    *bundle = (struct bundle){ 0 };
    assert_int_equal(bundle_add(bundle, "virt-v2v-wrapper.sh", WRAPPER, strlen(WRAPPER), &err), 0);
    assert_int_equal(bundle_add(bundle, "big", big, size, &err), 0);
    assert_int_equal(bundle_add(bundle, "empty", "", 0, &err), 0);
    assert_int_equal(bundle_add(bundle, "name", "guest\n", 6, &err), 0);
}

static void every_login_shell_unpacks_every_byte(void **state)
{
    (void)state;
    static const char *const shells[] = { "sh", "bash", "dash", "zsh", "fish", "tcsh" };
    char *big = malloc(BUNDLE_FILE_MAX), command[BUNDLE_COMMAND_MAX], out[64], check[128];
    struct error err = { 0 };
    for (size_t i = 0; i < BUNDLE_FILE_MAX; i++)
        big[i] = (char)(i * 7 + i / 251);
    for (size_t s = 0; s < sizeof shells / sizeof shells[0]; s++) {
        char directory[] = "/tmp/test-transport-bundle.XXXXXX";
        assert_non_null(mkdtemp(directory));
        rmdir(directory);
        struct bundle bundle;
        fill(&bundle, big, BUNDLE_FILE_MAX);
        assert_int_equal(bundle_command(&bundle, directory, "mark", command, &err), 0);
        int status = run_command(shells[s], command, &bundle, bundle.size, out, sizeof out);
        if (status == 99) {
            print_message("# no %s here\n", shells[s]);
        } else {
            assert_int_equal(status, 0);
            assert_string_equal(out, "start mark\n");
            assert_file(directory, "big", big, BUNDLE_FILE_MAX);
            assert_file(directory, "empty", "", 0);
            assert_file(directory, "name", "guest\n", 6);
            struct stat st;
            assert_int_equal(stat(directory, &st), 0);
            assert_int_equal(st.st_mode & 07777, 0700);
            snprintf(check, sizeof check, "rm -r %s", directory);
            assert_int_equal(system(check), 0);
        }
        bundle_free(&bundle);
    }
    free(big);
}

static void a_directory_that_exists_is_not_used(void **state)
{
    (void)state;
    char command[BUNDLE_COMMAND_MAX], out[64], directory[] = "/tmp/test-transport-bundle.XXXXXX";
    struct error err = { 0 };
    struct bundle bundle;
    fill(&bundle, "x", 1);
    assert_non_null(mkdtemp(directory));
    assert_int_equal(bundle_command(&bundle, directory, "mark", command, &err), 0);
    assert_int_equal(run_command("sh", command, &bundle, bundle.size, out, sizeof out), BUNDLE_NO_DIRECTORY);
    assert_string_equal(out, "");
    assert_int_equal(rmdir(directory), 0);             // and nothing was put into it
    bundle_free(&bundle);
}

static void an_upload_that_ends_early_starts_nothing(void **state)
{
    (void)state;
    char command[BUNDLE_COMMAND_MAX], out[64], directory[] = "/tmp/test-transport-bundle.XXXXXX", check[128];
    struct error err = { 0 };
    struct bundle bundle;
    fill(&bundle, "x", 1);
    assert_non_null(mkdtemp(directory));
    rmdir(directory);
    assert_int_equal(bundle_command(&bundle, directory, "mark", command, &err), 0);
    assert_int_equal(run_command("sh", command, &bundle, bundle.size - 1, out, sizeof out), BUNDLE_NO_UPLOAD);
    assert_string_equal(out, "");
    snprintf(check, sizeof check, "rm -r %s", directory);
    assert_int_equal(system(check), 0);
    bundle_free(&bundle);
}

static void files_that_are_there_already_are_started_and_those_that_are_not_are_missed(void **state)
{
    (void)state;
    static const char *const shells[] = { "sh", "bash", "dash", "zsh", "fish", "tcsh" };
    char command[BUNDLE_COMMAND_MAX], out[64], path[128], directory[] = "/tmp/test-transport-bundle.XXXXXX";
    struct error err = { 0 };
    struct bundle nothing = { 0 };
    assert_non_null(mkdtemp(directory));
    assert_int_equal(bundle_start_command(directory, "mark", command, &err), 0);
    assert_int_equal(run_command("sh", command, &nothing, 0, out, sizeof out), BUNDLE_ELSEWHERE);
    snprintf(path, sizeof path, "%s/virt-v2v-wrapper.sh", directory);
    FILE *file = fopen(path, "w");
    assert_true(file != NULL && fputs(WRAPPER, file) >= 0 && fclose(file) == 0);
    for (size_t s = 0; s < sizeof shells / sizeof shells[0]; s++) {
        int status = run_command(shells[s], command, &nothing, 0, out, sizeof out);
        assert_true(status == 99 || (status == 0 && strcmp(out, "start mark\n") == 0));
    }
    unlink(path);
    rmdir(directory);
}

// The wrapper in a directory that it is made in, with this owner; the statuses of both commands by every shell.
static void assert_statuses(const char *path, const char *directory, uid_t owner, int wrapper_status, int start_status)
{
    static const char *const shells[] = { "sh", "bash", "dash", "zsh", "fish", "tcsh" };
    char command[BUNDLE_COMMAND_MAX], wrapper[BUNDLE_WRAPPER_MAX], out[64];
    struct error err = { 0 };
    struct bundle nothing = { 0 };
    assert_int_equal(chown(path, owner, owner), 0);
    bundle_wrapper_command(directory, "follow mark", wrapper);
    assert_int_equal(bundle_start_command(directory, "mark", command, &err), 0);
    for (size_t s = 0; s < sizeof shells / sizeof shells[0]; s++) {
        int status = run_command(shells[s], wrapper, &nothing, 0, out, sizeof out);
        assert_true(status == 99 || status == wrapper_status);
        assert_string_equal(out, status == 0 ? "follow mark\n" : "");
        status = run_command(shells[s], command, &nothing, 0, out, sizeof out);
        assert_true(status == 99 || status == start_status);
        assert_string_equal(out, status == 0 ? "start mark\n" : "");
    }
}

static void nothing_is_run_in_a_directory_that_is_not_ours(void **state)
{
    (void)state;
    char path[128], link[128], directory[] = "/tmp/test-transport-bundle.XXXXXX";
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/virt-v2v-wrapper.sh", directory);
    snprintf(link, sizeof link, "%s.link", directory);
    FILE *file = fopen(path, "w");
    assert_true(file != NULL && fputs(WRAPPER, file) >= 0 && fclose(file) == 0);
    assert_int_equal(symlink(directory, link), 0);
    assert_statuses(directory, directory, geteuid(), 0, 0);
    assert_statuses(directory, link, geteuid(), BUNDLE_FOREIGN, BUNDLE_ELSEWHERE);
    assert_statuses(directory, directory, geteuid() + 1, BUNDLE_FOREIGN, BUNDLE_ELSEWHERE);
    assert_statuses(directory, "/tmp/test-transport-bundle.nothing", geteuid(), BUNDLE_GONE, BUNDLE_ELSEWHERE);
    unlink(link);
    unlink(path);
    rmdir(directory);
}

static void names_that_are_no_file_names_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = { "", ".", "..", "a/b", "-rf", ".x", "a b", "a;b", "$(x)", "upload", "name", "a\nb", "'" };
    struct error err = { 0 };
    struct bundle bundle;
    fill(&bundle, "x", 1);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(bundle_add(&bundle, names[i], "x", 1, &err), -1);
    assert_int_equal(bundle.count, 4);
    bundle_free(&bundle);
}

static void files_are_bounded_in_size_and_number(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct bundle bundle = { 0 };
    int fd = memfd_create("test", 0);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, BUNDLE_FILE_MAX + 1), 0);
    assert_int_equal(bundle_add_fd(&bundle, "large", fd, &err), -1);
    assert_int_equal(ftruncate(fd, BUNDLE_FILE_MAX), 0);
    assert_int_equal(bundle_add_fd(&bundle, "large", fd, &err), 0);
    assert_int_equal(bundle_add_fd(&bundle, "pipe", STDIN_FILENO, &err) == 0 && bundle.files[1].size > BUNDLE_FILE_MAX, 0);
    for (int i = 0; i < BUNDLE_FILES_MAX; i++) {
        char name[16];
        snprintf(name, sizeof name, "f%d", i);
        bundle_add(&bundle, name, "x", 1, &err);
    }
    assert_int_equal(bundle.count, BUNDLE_FILES_MAX);
    close(fd);
    bundle_free(&bundle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_login_shell_unpacks_every_byte),
        cmocka_unit_test(a_directory_that_exists_is_not_used),
        cmocka_unit_test(an_upload_that_ends_early_starts_nothing),
        cmocka_unit_test(files_that_are_there_already_are_started_and_those_that_are_not_are_missed),
        cmocka_unit_test(nothing_is_run_in_a_directory_that_is_not_ours),
        cmocka_unit_test(names_that_are_no_file_names_are_refused),
        cmocka_unit_test(files_are_bounded_in_size_and_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
