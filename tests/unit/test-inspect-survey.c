// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-inspect/survey.c: whatever one says who looks at a disk, the others are asked too, and the disk is named of which nothing is
// known.  This program is what it starts for each disk: the disk's name says what it does then.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "p2v-inspect/survey.h"

#define PATIENCE_MS 4000       // in which a busy machine starts a program as well

static struct survey survey;
static struct helper by_hand = { .policy = &(const struct sandbox_policy){ .program = "p2v-inspect" }, .by_hand = true };
static char told[4096];
static const char *program;

// ---- the other side ------------------------------------------------------------------------------------

static int look_at_a_disk(void)
{
    struct message message = { 0 };
    struct error err;
    if (channel_receive(CHANNEL_FD, true, &message, &err) != CHANNEL_MESSAGE)
        return 1;
    char name[NAME_SIZE];
    snprintf(name, sizeof name, "%s", message.envelope->contents_start->name);
    message_clear(&message);
    P2v__Envelope note = MESSAGE(note, NOTE, Note, .level = P2V__LEVEL__WARNING, .text = (char[]){ "still looking" });
    P2v__Envelope failure = MESSAGE(failure, FAILURE, Failure, .text = (char[]){ "it is on fire" });
    P2v__Envelope contents = MESSAGE(contents, CONTENTS, Contents, .name = name);
    while (strcmp(name, "notes") == 0) {
        if (channel_send(CHANNEL_FD, true, &note, NULL, 0, &err) != CHANNEL_MESSAGE)
            return 1;
        usleep(PATIENCE_MS * 1000 / 20);
    }
    if (strcmp(name, "good") == 0 && channel_send(CHANNEL_FD, true, &note, NULL, 0, &err) == CHANNEL_MESSAGE)
        channel_send(CHANNEL_FD, true, &contents, NULL, 0, &err);
    if (strcmp(name, "failure") == 0)
        channel_send(CHANNEL_FD, true, &failure, NULL, 0, &err);
    if (strcmp(name, "rubbish") == 0 && write(CHANNEL_FD, "\xff\xff", 2) != 2)
        return 1;
    return 0;
}

// ---- the tests -----------------------------------------------------------------------------------------

static void ask(const char *const *names)
{
    int error = dup(STDERR_FILENO), file = memfd_create("told", MFD_CLOEXEC), disk = memfd_create("disk", MFD_CLOEXEC);
    assert_true(error >= 0 && file >= 0 && disk >= 0);
    survey = (struct survey){ .program = program, .patience_ms = PATIENCE_MS };
    for (; *names != NULL; names++)
        survey_ask_one(&survey, *names, disk, 512);
    assert_int_equal(dup2(file, STDERR_FILENO), STDERR_FILENO);
    survey_read(&survey, &by_hand);
    dup2(error, STDERR_FILENO);
    ssize_t n = pread(file, told, sizeof told - 1, 0);
    told[n > 0 ? n : 0] = '\0';
    close(error);
    close(file);
    close(disk);
}

static int tear_down(void **state)
{
    (void)state;
    while (survey.contents_count > 0)
        p2v__contents__free_unpacked(survey.contents[--survey.contents_count], NULL);
    return 0;
}

static void notes_do_not_hold_up_the_other_disks(void **state)
{
    (void)state;
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    alarm(30);
    ask((const char *const[]){ "notes", "good", NULL });
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_in_range(after.tv_sec - before.tv_sec, 0, 20);
    assert_int_equal(survey.contents_count, 1);
    assert_string_equal(survey.contents[0]->name, "good");
    assert_string_equal(told, "p2v-inspect: what is on notes is not known: there was no answer\n");
}

static void each_disk_of_which_nothing_is_known_is_named(void **state)
{
    (void)state;
    ask((const char *const[]){ "silence", "failure", "good", "rubbish", NULL });
    assert_int_equal(survey.contents_count, 1);
    assert_string_equal(told, "p2v-inspect: what is on silence is not known: there was no answer\n"
                              "p2v-inspect: what is on failure is not known: it is on fire\n"
                              "p2v-inspect: what is on rubbish is not known: there was no answer\n");
}

int main(int argc, char *argv[])
{
    if (argc == 2 && strcmp(argv[1], "--contents") == 0)
        return look_at_a_disk();
    program = argv[0];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(notes_do_not_hold_up_the_other_disks, tear_down),
        cmocka_unit_test_teardown(each_disk_of_which_nothing_is_known_is_named, tear_down),
    };
    return cmocka_run_group_tests_name("inspect-survey", tests, NULL, NULL);
}
