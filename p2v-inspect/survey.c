// SPDX-License-Identifier: GPL-2.0-or-later
//
// By hand: what is on this machine's disks.  Before the lock, so it understands nothing of what it hears: it opens disks for
// reading, starts this program again for each, and keeps the bytes of the answer.
// Touches: /sys/block for names, /dev/NAME read-only, /proc/self/exe, a channel for each.
#include "p2v-inspect/survey.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "p2v-inspect/names.h"
#include "proto/check.h"
#include "proto/disk-file.h"

_Noreturn static void become_contents(const char *program, int channel)
{
    if (channel == CHANNEL_FD)
        fcntl(channel, F_SETFD, 0);
    else
        dup2(channel, CHANNEL_FD);
    execl(program, "p2v-inspect", "--contents", (char *)NULL);
    _exit(127);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Keeps the last datagram: before the answer come Ready, and perhaps notes, which give nobody more time.
static void listen_to(struct survey_answer *answer, int channel, int patience_ms)
{
    unsigned char *bytes = malloc(CHANNEL_MAX_BYTES);
    ssize_t n = bytes != NULL ? 1 : 0;
    struct pollfd polled = { .fd = channel, .events = POLLIN };
    int64_t end = now_ms() + patience_ms, left = patience_ms;
    for (; n > 0 && left > 0 && poll(&polled, 1, (int)left) > 0; left = end - now_ms())
        if ((n = recv(channel, bytes, CHANNEL_MAX_BYTES, 0)) > 0)
            answer->size = (size_t)n;
    answer->bytes = bytes;
}

static void ask_child(const struct survey *survey, struct survey_answer *answer, int disk, uint64_t size)
{
    int ends[2];
    if (channel_pair(ends) < 0)
        return;
    pid_t pid = fork();
    if (pid == 0)
        become_contents(survey->program, ends[1]);
    close(ends[1]);
    struct error err;
    P2v__ContentsStart start = P2V__CONTENTS_START__INIT;
    start.name = answer->name;
    start.size_bytes = size;
    P2v__Envelope envelope = ENVELOPE(contents_start, CONTENTS_START, &start);
    if (pid > 0 && channel_send(ends[0], true, &envelope, &disk, 1, &err) == CHANNEL_MESSAGE)
        listen_to(answer, ends[0], survey->patience_ms);
    close(ends[0]);
    if (pid > 0) {
        kill(pid, SIGKILL);                // it has answered, or never will
        waitpid(pid, NULL, 0);
    }
}

void survey_ask_one(struct survey *survey, const char *name, int disk, uint64_t size)
{
    struct survey_answer *answer = &survey->answers[survey->count++];
    *answer = (struct survey_answer){ 0 };
    snprintf(answer->name, sizeof answer->name, "%s", name);
    ask_child(survey, answer, disk, size);
}

void survey_ask(struct survey *survey)
{
    struct names names;
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    names_list(&names, root, "sys/block", name_is_disk);
    close(root);
    for (size_t i = 0; i < names.count && survey->count < MAX_DISKS; i++) {
        char path[64];
        for (char *mark = names.name[i]; (mark = strchr(mark, '!')) != NULL;)
            *mark = '/';
        snprintf(path, sizeof path, "/dev/%s", names.name[i]);
        uint64_t size;
        struct error err;
        int disk = disk_file_open(path, false, &size, &err);
        if (disk < 0 && errno != ENOMEDIUM)
            fprintf(stderr, "p2v-inspect: what is on it is left out: %s\n", err.text);
        if (disk >= 0 && size > 0)
            survey_ask_one(survey, names.name[i], disk, size);
        if (disk >= 0)
            close(disk);
    }
}

// The Contents of an answer, which the caller owns; NULL where it is none, and then why says what it is.
static P2v__Contents *read_answer(const struct survey_answer *answer, struct error *why)
{
    struct error err;
    P2v__Envelope *envelope = p2v__envelope__unpack(NULL, answer->size, answer->bytes);
    P2v__Contents *contents = NULL;
    bool sound = envelope != NULL && check_envelope(envelope, 0, &err) == 0;
    bool failed = sound && envelope->body_case == P2V__ENVELOPE__BODY_FAILURE;
    error_set(why, "%s", failed ? envelope->failure->text : "there was no answer");
    if (sound && envelope->body_case == P2V__ENVELOPE__BODY_CONTENTS) {
        contents = envelope->contents;
        envelope->body_case = P2V__ENVELOPE__BODY__NOT_SET;            // it is the caller's now
    }
    if (envelope != NULL)
        p2v__envelope__free_unpacked(envelope, NULL);
    return contents;
}

void survey_read(struct survey *survey, struct helper *helper)
{
    for (size_t i = 0; i < survey->count; i++) {
        struct survey_answer *answer = &survey->answers[i];
        struct error why;
        P2v__Contents *contents = read_answer(answer, &why);
        free(answer->bytes);
        if (contents != NULL)
            survey->contents[survey->contents_count++] = contents;
        else
            helper_note(helper, P2V__LEVEL__WARNING, "what is on %s is not known: %s", answer->name, why.text);
    }
}
