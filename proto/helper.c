// SPDX-License-Identifier: GPL-2.0-or-later
//
// The shape that every helper's main() has.
#include "proto/helper.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/text.h"

enum { OPTION_PRINT_SANDBOX = 0x100, OPTION_NO_SANDBOX };

#define MAX_OWN_OPTIONS 24
#define BOOT_IMAGE "/etc/virt-p2v/boot-image"  // the file that tells it is one

static bool is_channel(int fd)
{
    int type = 0, domain = 0;
    socklen_t size = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET &&
           getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

// One write(), and nothing else: dprintf() calls fstat(), and on a console ioctl(), which not every policy has.
static void tell_stderr(const struct helper *helper, const char *text)
{
    char line[ERROR_TEXT_MAX + 64];
    int size = snprintf(line, sizeof line, "%s: %s\n", helper->policy->program, text);
    if (size > 0 && write(STDERR_FILENO, line, (size_t)size < sizeof line ? (size_t)size : sizeof line) < 0)
        return;                        // there is nobody left to tell
}

static int print_sandbox(struct helper *helper, bool as_json)
{
    struct error err = { 0 };
    if (sandbox_print(stdout, helper->policy, as_json, &err) == 0)
        return EXIT_OK;
    tell_stderr(helper, err.text);
    return EXIT_FAILED;
}

int helper_options(struct helper *helper, int argc, char *argv[], const char *usage, const struct option *own,
                   bool (*own_handler)(int option, const char *argument, void *context), void *context, int *status)
{
    struct option all[MAX_OWN_OPTIONS + 5] = {
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },
        { "print-sandbox", optional_argument, NULL, OPTION_PRINT_SANDBOX },
        { "no-sandbox", no_argument, NULL, OPTION_NO_SANDBOX },
    };
    for (size_t i = 0; own != NULL && own[i].name != NULL && i < MAX_OWN_OPTIONS; i++)
        all[4 + i] = own[i];
    const char *print = NULL;              // how; the last thing done, for other options choose the policy
    helper->by_hand = !is_channel(CHANNEL_FD);
    if (!helper->by_hand)
        sandbox_close_from(CHANNEL_FD + 1 + helper->more_fds);
    for (int option; (option = getopt_long(argc, argv, "hV", all, NULL)) != -1;) {
        *status = EXIT_OK;
        if (option == 'h')
            return fputs(usage, stdout) < 0 || fflush(stdout) != 0 ? (*status = EXIT_FAILED, -1) : -1;
        if (option == 'V')
            return printf("%s %s\n", helper->policy->program, P2V_VERSION) < 0 ? (*status = EXIT_FAILED, -1) : -1;
        *status = EXIT_USAGE;
        if (option == OPTION_PRINT_SANDBOX && (optarg == NULL || strcmp(optarg, "json") == 0)) {
            print = optarg == NULL ? "text" : optarg;
            continue;
        }
        if (option == OPTION_NO_SANDBOX && access(BOOT_IMAGE, F_OK) == 0)
            return fprintf(stderr, "%s: --no-sandbox is refused in virt-p2v's boot image (%s): a helper is locked there, or does not run\n",
                           helper->policy->program, BOOT_IMAGE), -1;
        if (option == OPTION_NO_SANDBOX && helper->by_hand)
            helper->no_sandbox = true;
        else if (option == '?' || option == OPTION_NO_SANDBOX || option == OPTION_PRINT_SANDBOX || own_handler == NULL || !own_handler(option, optarg, context)) {
            fprintf(stderr, "Try '%s --help'.\n", helper->policy->program);
            return -1;
        }
    }
    if (print == NULL)
        return optind;
    *status = print_sandbox(helper, strcmp(print, "json") == 0);
    return -1;
}

P2v__Ready *helper_ready(struct helper *helper, struct helper_ready *made)
{
    p2v__ready__init(&made->ready);
    for (size_t i = 0; i < helper->report.count; i++) {
        p2v__layer__init(&made->layers[i]);
        made->layers[i].name = helper->report.layers[i].name;
        made->layers[i].enforced = helper->report.layers[i].enforced;
        made->layers[i].detail = helper->report.layers[i].detail;
        made->pointers[i] = &made->layers[i];
    }
    made->ready.program = (char *)(uintptr_t)helper->policy->program;
    made->ready.version = (char *)(uintptr_t)P2V_VERSION;
    made->ready.layers = made->pointers;
    made->ready.n_layers = helper->report.count;
    return &made->ready;
}

static int say_ready(struct helper *helper)
{
    struct helper_ready made;
    P2v__Envelope envelope = ENVELOPE(ready, READY, helper_ready(helper, &made));
    return helper_send(helper, &envelope, NULL, 0);
}

int helper_lock(struct helper *helper)
{
    if (helper->no_sandbox) {
        fprintf(stderr, "%s: WARNING: --no-sandbox: this process keeps every right of the user who started it\n", helper->policy->program);
        return 0;
    }
    struct error err = { 0 };
    static char buffer[BUFSIZ];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);    // the C library would ask what it is, as dprintf() does
    if (sandbox_lock(helper->policy, &helper->report, &err) < 0) {
        helper_fail(helper, "%s cannot lock itself: %s", helper->policy->program, err.text);
        return -1;
    }
    return helper->by_hand ? 0 : say_ready(helper);
}

int helper_receive(struct helper *helper, struct message *in)
{
    struct error err = { 0 };
    switch (channel_receive(CHANNEL_FD, true, in, &err)) {
    case CHANNEL_MESSAGE:
        return 1;
    case CHANNEL_BROKEN:
        helper_fail(helper, "%s received a bad message: %s", helper->policy->program, err.text);
        return -1;
    default:
        return 0;
    }
}

int helper_send(struct helper *helper, const P2v__Envelope *envelope, const int *fds, size_t fd_count)
{
    struct error err = { 0 };
    enum channel_result result = channel_send(CHANNEL_FD, true, envelope, fds, fd_count, &err);
    if (result == CHANNEL_BROKEN)
        tell_stderr(helper, err.text);
    return result == CHANNEL_MESSAGE ? 0 : -1;
}

static void tell(struct helper *helper, P2v__Envelope__BodyCase kind, P2v__Level level, const char *format, va_list args)
    __attribute__((format(printf, 4, 0)));

static void tell(struct helper *helper, P2v__Envelope__BodyCase kind, P2v__Level level, const char *format, va_list args)
{
    char text[ERROR_TEXT_MAX];
    if (vsnprintf(text, sizeof text, format, args) < 0 || text[0] == '\0')
        snprintf(text, sizeof text, "%s", "a message could not be written");
    text_clean_line(text);
    if (helper->by_hand) {
        tell_stderr(helper, text);
    } else if (kind == P2V__ENVELOPE__BODY_CONNECTION_LOST) {
        P2v__ConnectionLost lost = P2V__CONNECTION_LOST__INIT;
        lost.text = text;
        P2v__Envelope envelope = ENVELOPE(connection_lost, CONNECTION_LOST, &lost);
        helper_send(helper, &envelope, NULL, 0);
    } else if (kind == P2V__ENVELOPE__BODY_FAILURE) {
        P2v__Failure failure = P2V__FAILURE__INIT;
        failure.text = text;
        P2v__Envelope envelope = ENVELOPE(failure, FAILURE, &failure);
        helper_send(helper, &envelope, NULL, 0);
    } else {
        P2v__Note note = P2V__NOTE__INIT;
        note.level = level;
        note.text = text;
        P2v__Envelope envelope = ENVELOPE(note, NOTE, &note);
        helper_send(helper, &envelope, NULL, 0);
    }
}

void helper_note(struct helper *helper, P2v__Level level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tell(helper, P2V__ENVELOPE__BODY_NOTE, level, format, args);
    va_end(args);
}

int helper_fail(struct helper *helper, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tell(helper, P2V__ENVELOPE__BODY_FAILURE, P2V__LEVEL__ERROR, format, args);
    va_end(args);
    return EXIT_FAILED;
}

int helper_lost(struct helper *helper, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tell(helper, P2V__ENVELOPE__BODY_CONNECTION_LOST, P2V__LEVEL__ERROR, format, args);
    va_end(args);
    return EXIT_FAILED;
}

int helper_unexpected(struct helper *helper, const struct message *in)
{
    return helper_fail(helper, "%s was sent %s, which it does not take now", helper->policy->program,
                       message_name(in->envelope->body_case));
}
