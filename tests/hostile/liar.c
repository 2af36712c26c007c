// SPDX-License-Identifier: GPL-2.0-or-later
//
// A helper gone bad: installed under a helper's name, it says Ready as that helper would and then does what the file
// PROGRAM.behaviour beside it says.  For supervisor.t.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/helper.h"

static const struct sandbox_syscall all_it_may[] = { { SCMP_SYS(write), "words" }, { SCMP_SYS(exit_group), "end" }, { 0 } };

static struct sandbox_policy policy = { .uid = 60798, .max_files = 16, .syscalls = all_it_may };

static void say_ready(const char *program, const char *version)
{
    P2v__Ready ready = P2V__READY__INIT;
    ready.program = (char *)program;
    ready.version = (char *)version;
    P2v__Envelope envelope = ENVELOPE(ready, READY, &ready);
    struct error err;
    channel_send(CHANNEL_FD, true, &envelope, NULL, 0, &err);
}

static void say_ui_finished(void)
{
    P2v__UiFinished finished = P2V__UI_FINISHED__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_finished, UI_FINISHED, &finished);
    struct error err;
    channel_send(CHANNEL_FD, true, &envelope, NULL, 0, &err);
}

// Of a disk that no machine has.
static void say_plan(void)
{
    uint32_t disk = 63;
    P2v__Plan plan = P2V__PLAN__INIT;
    plan.disks = &disk;
    plan.n_disks = 1;
    P2v__Envelope envelope = ENVELOPE(plan, PLAN, &plan);
    struct error err;
    channel_send(CHANNEL_FD, true, &envelope, NULL, 0, &err);
}

static void say_note(const char *text)
{
    P2v__Note note = P2V__NOTE__INIT;
    note.level = P2V__LEVEL__INFO;
    note.text = (char *)text;
    P2v__Envelope envelope = ENVELOPE(note, NOTE, &note);
    struct error err;
    channel_send(CHANNEL_FD, true, &envelope, NULL, 0, &err);
}

// A file that is larger than what was asked for, in pieces that are each permitted.
static void send_pieces_forever(void)
{
    static unsigned char piece[32768];
    P2v__Fetched fetched = P2V__FETCHED__INIT;
    fetched.content = (ProtobufCBinaryData){ sizeof piece, piece };
    fetched.more = true;
    P2v__Envelope envelope = ENVELOPE(fetched, FETCHED, &fetched);
    struct error err;
    while (channel_send(CHANNEL_FD, true, &envelope, NULL, 0, &err) == CHANNEL_MESSAGE)
        continue;
}

static void send_descriptors_forever(void)
{
    union { struct cmsghdr align; char bytes[CMSG_SPACE(64 * sizeof(int))]; } control = { 0 };
    struct iovec iov = { .iov_base = (char *)"\x52\x00", .iov_len = 2 };
    struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
    struct cmsghdr *c = CMSG_FIRSTHDR(&header);
    *c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(64 * sizeof(int)) };
    memset(CMSG_DATA(c), 0, 64 * sizeof(int));             // descriptor 0, over and over
    while (sendmsg(CHANNEL_FD, &header, MSG_NOSIGNAL) >= 0)
        continue;
}

// Standard error is a file in memory: the exit status says whether there is an end to it.
static void chatter(void)
{
    static char words[65536];
    size_t said = 0;
    memset(words, '\n', sizeof words);
    for (ssize_t n; said < 8 << 20 && (n = write(STDERR_FILENO, words, sizeof words)) > 0;)
        said += (size_t)n;
    bool far = pwrite(STDERR_FILENO, words, sizeof words, 1L << 40) > 0;
    _exit(said > 1 << 20 ? 10 : far ? 11 : 12);
}

// A helper is the first process of its pid namespace: raise() could not kill it, a fault does.
static void raise_fault(void)
{
    __builtin_trap();
}

static void misbehave(const char *how, const char *program)
{
    struct message in = { 0 };
    struct sandbox_report report;
    struct error err;
    if (strcmp(how, "wrong-version") == 0) {
        say_ready(program, "9.9.9");
        pause();
    }
    if (strcmp(how, "silent") == 0)
        pause();
    say_ready(program, P2V_VERSION);
    channel_receive(CHANNEL_FD, true, &in, &err);
    if (strcmp(how, "out-of-turn") == 0)
        say_ui_finished();
    else if (strcmp(how, "plan") == 0)
        say_plan();
    else if (strcmp(how, "pieces") == 0)
        send_pieces_forever();
    else if (strcmp(how, "garbage") == 0)
        send(CHANNEL_FD, "\xff\xff\xff\xff", 4, MSG_NOSIGNAL);
    else if (strcmp(how, "crash") == 0)
        raise_fault();
    else if (strcmp(how, "last-words") == 0) {
        dprintf(STDERR_FILENO, "something before\np2v-inspect: my \x1b[31mlast words\n");
        _exit(7);
    } else if (strcmp(how, "chatter") == 0) {
        chatter();
    } else if (strcmp(how, "forbidden") == 0) {
        policy.program = program;
        if (sandbox_lock(&policy, &report, &err) == 0)
            socket(AF_UNIX, SOCK_STREAM, 0);
        dprintf(STDERR_FILENO, "%s\n", err.text);
        _exit(8);
    } else if (strcmp(how, "descriptors") == 0) {
        send_descriptors_forever();
    } else if (strcmp(how, "flood") == 0) {
        for (;;)
            say_note("there is nothing to say, and it is said again and again");
    }
    pause();                                               // "deaf": neither answers nor ends when its channel closes
}

int main(int argc, char *argv[])
{
    char path[4096], how[64] = "";
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 16);
    if (n < 0 || argc < 1)
        return 9;
    snprintf(path + n, 16, ".behaviour");
    FILE *file = fopen(path, "re");
    if (file == NULL || fgets(how, sizeof how, file) == NULL)
        return 9;
    fclose(file);
    how[strcspn(how, "\n")] = '\0';
    misbehave(how, argv[0]);
    return 0;
}
