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
#include <unistd.h>

#include "p2v-inspect/names.h"
#include "proto/check.h"

#define PATIENCE_MS 60000              // a failing disk may try again for long

_Noreturn static void become_contents(int channel)
{
    if (channel == CHANNEL_FD)
        fcntl(channel, F_SETFD, 0);
    else
        dup2(channel, CHANNEL_FD);
    execl("/proc/self/exe", "p2v-inspect", "--contents", (char *)NULL);
    _exit(127);
}

// Keeps the last datagram: before the answer come Ready, and perhaps notes.
static void listen_to(struct survey *survey, int channel)
{
    unsigned char *bytes = malloc(CHANNEL_MAX_BYTES);
    ssize_t last = 0, n = bytes != NULL ? 1 : 0;
    struct pollfd polled = { .fd = channel, .events = POLLIN };
    while (n > 0 && poll(&polled, 1, PATIENCE_MS) > 0)
        if ((n = recv(channel, bytes, CHANNEL_MAX_BYTES, 0)) > 0)
            last = n;
    if (last == 0) {
        free(bytes);
        return;
    }
    survey->bytes[survey->count] = bytes;
    survey->sizes[survey->count++] = (size_t)last;
}

static void ask_one(struct survey *survey, char *name, int disk, uint64_t size)
{
    int ends[2];
    if (channel_pair(ends) < 0)
        return;
    pid_t pid = fork();
    if (pid == 0)
        become_contents(ends[1]);
    close(ends[1]);
    struct error err;
    P2v__ContentsStart start = P2V__CONTENTS_START__INIT;
    start.name = name;
    start.size_bytes = size;
    P2v__Envelope envelope = ENVELOPE(contents_start, CONTENTS_START, &start);
    if (pid > 0 && channel_send(ends[0], true, &envelope, &disk, 1, &err) == CHANNEL_MESSAGE)
        listen_to(survey, ends[0]);
    close(ends[0]);
    if (pid > 0) {
        kill(pid, SIGKILL);                // it has answered, or never will
        waitpid(pid, NULL, 0);
    }
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
        int disk = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        off_t size = disk < 0 ? -1 : lseek(disk, 0, SEEK_END);
        if (disk < 0 && errno != ENOMEDIUM)
            fprintf(stderr, "p2v-inspect: what is on %s is left out: %s\n", path, strerror(errno));
        if (size > 0)
            ask_one(survey, names.name[i], disk, (uint64_t)size);
        if (disk >= 0)
            close(disk);
    }
}

void survey_read(struct survey *survey)
{
    struct error err;
    for (size_t i = 0; i < survey->count; i++) {
        P2v__Envelope *envelope = p2v__envelope__unpack(NULL, survey->sizes[i], survey->bytes[i]);
        free(survey->bytes[i]);
        if (envelope == NULL)
            continue;
        if (check_envelope(envelope, 0, &err) == 0 && envelope->body_case == P2V__ENVELOPE__BODY_CONTENTS)
            survey->contents[survey->contents_count++] = envelope->contents;
        else
            p2v__envelope__free_unpacked(envelope, NULL);
    }
}
