// SPDX-License-Identifier: GPL-2.0-or-later
//
// A helper that plays its part up to one message and then not: installed under a helper's name, it reads PROGRAM.behaviour beside it,
// "MESSAGE MANNER", and says what that helper would say until it comes to MESSAGE ("Ready", "LoggedIn", ...); in its place it
// does MANNER (below).  As p2v-inspect it plays --contents alone, and is PROGRAM.real otherwise.  For helpers.t.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/helper.h"

#define FINGERPRINT "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define DIRECTORY "/tmp/virt-p2v-20200101-00000000"

static char until[64], manner[64], reached[4096];

// ---- manners ---------------------------------------------------------------------------------------------

static void send_note(const int *fds, size_t count)
{
    char text[] = "there is nothing to say, and it is said again and again";
    P2v__Note note = P2V__NOTE__INIT;
    note.level = P2V__LEVEL__INFO;
    note.text = text;
    P2v__Envelope envelope = ENVELOPE(note, NOTE, &note);
    unsigned char packed[512];
    size_t size = p2v__envelope__pack(&envelope, packed);
    union { struct cmsghdr align; char bytes[CMSG_SPACE(4 * sizeof(int))]; } control = { 0 };
    struct iovec iov = { packed, size };
    struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1 };
    if (count > 0) {                   // channel_send() would refuse it
        header.msg_control = &control;
        header.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&header);
        *c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(count * sizeof(int)) };
        memcpy(CMSG_DATA(c), fds, count * sizeof(int));
    }
    sendmsg(CHANNEL_FD, &header, MSG_NOSIGNAL);
}

static void send_descriptor(int fd)
{
    send_note(&fd, 1);
}

// A message that its own side would not have let out: a level that there is not, and what would clear a screen.
static void send_out_of_range(void)
{
    P2v__Note note = P2V__NOTE__INIT;
    char text[] = "\x1b[2J";
    note.text = text;
    note.level = (P2v__Level)77;
    P2v__Envelope envelope = ENVELOPE(note, NOTE, &note);
    unsigned char packed[64];
    send(CHANNEL_FD, packed, p2v__envelope__pack(&envelope, packed), MSG_NOSIGNAL);
}

static void send_bytes(size_t size, int byte)
{
    static unsigned char bytes[CHANNEL_MAX_BYTES + 4096];
    memset(bytes, byte, sizeof bytes);
    send(CHANNEL_FD, bytes, size, MSG_NOSIGNAL);
}

// A field of four thousand million bytes, in a datagram of twelve.
static void send_lying_size(void)
{
    send(CHANNEL_FD, "\x52\xff\xff\xff\xff\x0f\x0a\xff\xff\xff\xff\x0f", 12, MSG_NOSIGNAL);
}

// What another helper may say.
static void send_out_of_turn(void)
{
    P2v__UiFinished finished = P2V__UI_FINISHED__INIT;
    P2v__ExportReady ready = P2V__EXPORT_READY__INIT;
    P2v__Envelope by_ui = ENVELOPE(ui_finished, UI_FINISHED, &finished), by_export = ENVELOPE(export_ready, EXPORT_READY, &ready);
    struct error err;
    channel_send(CHANNEL_FD, true, strcmp(manner, "as-ui") == 0 ? &by_ui : &by_export, NULL, 0, &err);
}

static bool is(const char *name)
{
    return strcmp(manner, name) == 0;
}

// "PROGRAM.reached" tells the test that it is so far.
_Noreturn static void misbehave(void)
{
    int fd = open(reached, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    if (is("dies"))
        _exit(7);
    else if (is("is-killed"))
        __builtin_trap();
    else if (is("closes"))
        close(CHANNEL_FD);
    else if (is("garbage"))
        send_bytes(64, 0xff);
    else if (is("nothing"))
        send_bytes(0, 0);
    else if (is("too-large"))
        send_bytes(CHANNEL_MAX_BYTES + 1, 0);
    else if (is("lying-size"))
        send_lying_size();
    else if (is("out-of-range"))
        send_out_of_range();
    else if (is("as-ui") || is("as-export"))
        send_out_of_turn();
    else if (is("directory"))
        send_descriptor(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    else if (is("writable"))
        send_descriptor(open("/dev/shm", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
    else if (is("pty"))
        send_descriptor(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    else if (is("channel"))
        send_descriptor(CHANNEL_FD);       // its own: the socket is in its own queue then
    while (is("floods"))
        send_note(NULL, 0);
    for (;;)                               // "hangs"; and nobody ends by himself whom the supervisor has to end
        pause();
}

// ---- the part --------------------------------------------------------------------------------------------

static void say(const P2v__Envelope *envelope)
{
    struct error err;
    if (strcmp(message_name(envelope->body_case), until) == 0)
        misbehave();
    if (channel_send(CHANNEL_FD, true, envelope, NULL, 0, &err) == CHANNEL_BROKEN) {
        dprintf(STDERR_FILENO, "the actor's own fault: %s\n", err.text);
        _exit(9);
    }
}

static void say_ready(const char *program)
{
    char name[64], version[] = P2V_VERSION;
    snprintf(name, sizeof name, "%s", program);
    P2v__Ready ready = P2V__READY__INIT;
    ready.program = name;
    ready.version = version;
    P2v__Envelope envelope = ENVELOPE(ready, READY, &ready);
    say(&envelope);
}

static void say_logged_in(void)
{
    char fingerprint[] = FINGERPRINT, cipher[] = "aes256-gcm@openssh.com";
    P2v__LoggedIn in = P2V__LOGGED_IN__INIT;
    in.fingerprint = fingerprint;
    in.cipher = cipher;
    P2v__Envelope envelope = ENVELOPE(logged_in, LOGGED_IN, &in);
    say(&envelope);
}

static void say_features(void)
{
    char version[] = "2.2.0", input[] = "libvirtxml", output[] = "local", *inputs[] = { input }, *outputs[] = { output };
    P2v__Features features = P2V__FEATURES__INIT;
    features.version = version;
    features.input_drivers = inputs;
    features.output_drivers = outputs;
    features.n_input_drivers = features.n_output_drivers = 1;
    P2v__Envelope envelope = ENVELOPE(features, FEATURES, &features);
    say(&envelope);
}

static void say_forward_ready(void)
{
    P2v__ForwardReady ready = P2V__FORWARD_READY__INIT;
    ready.port = 10809;
    P2v__Envelope envelope = ENVELOPE(forward_ready, FORWARD_READY, &ready);
    say(&envelope);
}

static void convert(void)
{
    char directory[] = DIRECTORY, elsewhere[] = "/tmp/virt-p2v-20200101-11111111";
    P2v__ConversionDirectory first = P2V__CONVERSION_DIRECTORY__INIT;
    P2v__ConversionStarted started = P2V__CONVERSION_STARTED__INIT;
    P2v__ConversionOutput output = P2V__CONVERSION_OUTPUT__INIT;
    P2v__ConversionEnded ended = P2V__CONVERSION_ENDED__INIT;
    first.remote_directory = directory;
    started.remote_directory = is("elsewhere") ? elsewhere : directory;
    output.data = (ProtobufCBinaryData){ 6, (uint8_t *)(char[]){ "words\n" } };
    ended.result = P2V__CONVERSION_RESULT__CONVERSION_FAILED;
    P2v__Envelope envelopes[] = {
        ENVELOPE(conversion_directory, CONVERSION_DIRECTORY, &first), ENVELOPE(conversion_started, CONVERSION_STARTED, &started),
        ENVELOPE(conversion_output, CONVERSION_OUTPUT, &output), ENVELOPE(conversion_ended, CONVERSION_ENDED, &ended),
    };
    for (size_t i = 0; i < sizeof envelopes / sizeof envelopes[0]; i++)
        say(&envelopes[i]);
}

// The task's own answer, of which the actor has none to give, is where it misbehaves at the latest.
static void play(const char *program)
{
    struct error err;
    say_ready(program);
    for (struct message in = { 0 }; channel_receive(CHANNEL_FD, true, &in, &err) == CHANNEL_MESSAGE; message_clear(&in))
        switch (in.envelope->body_case) {
        case P2V__ENVELOPE__BODY_LOGIN:
            say_logged_in();
            break;
        case P2V__ENVELOPE__BODY_TEST_CONNECTION:
            say_features();
            break;
        case P2V__ENVELOPE__BODY_FORWARD_START:
            say_forward_ready();
            break;
        case P2V__ENVELOPE__BODY_CONVERSION_START:
            convert();
            break;
        case P2V__ENVELOPE__BODY_ATTACHMENT:
        case P2V__ENVELOPE__BODY_BANDWIDTH_LIMIT:
        case P2V__ENVELOPE__BODY_INVENTORY:
        case P2V__ENVELOPE__BODY_CONTENTS:
            break;
        default:                               // InspectStart, ContentsStart, PlanAsk, FetchStart, ExportStart, UiStart
            if (strcmp(until, "answer") == 0)
                misbehave();
        }
}

int main(int argc, char *argv[])
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 16);
    if (n < 0 || argc < 1)
        return 9;
    path[n] = '\0';
    snprintf(reached, sizeof reached, "%.4000s.reached", path);
    snprintf(path + n, 16, ".real");
    bool is_inspect = strcmp(argv[0], "p2v-inspect") == 0, contents = argc > 1 && strcmp(argv[1], "--contents") == 0;
    if (is_inspect && !contents && access(path, X_OK) == 0)
        return execv(path, argv), 9;
    snprintf(path + n, 16, ".behaviour");
    FILE *file = fopen(path, "re");
    if (file == NULL || fscanf(file, "%63s %63s", until, manner) != 2)
        return 9;
    fclose(file);
    play(argv[0]);
    return 0;
}
