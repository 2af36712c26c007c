// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-export: one disk, read-only, as an NBD server.  Under the supervisor its clients arrive, one descriptor each, on the
// data channel; by hand they connect to a Unix socket.  With --external another program is the server (external.c).
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "p2v-export/external.h"
#include "p2v-export/policy.h"
#include "p2v-export/report.h"
#include "p2v-export/serve.h"
#include "proto/disk-file.h"
#include "proto/helper.h"
#include "proto/text.h"

#define HEAP (17 * 1024 * 1024)        // bytes; one message takes at most 16 MiB (proto/channel.c)

static const char usage[] =
    "p2v-export [--external NAME] --disk PATH --socket PATH [--read-errors=zero] [--no-sandbox]\n"
    "\n"
    "Serves one disk, read-only, as NBD.  p2v-supervisor starts it; by hand it listens on a Unix socket:\n"
    "\n"
    "  --disk PATH        the disk: a block device or a file\n"
    "  --socket PATH      where to listen; must not exist yet\n"
    "  --external NAME    have another NBD server serve it: qemu-nbd, qemu-nbd-no-sa, nbdkit or\n"
    "                     nbdkit-no-sa, started in this program's sandbox, which is wider then\n"
    "  --read-errors=zero what cannot be read of the disk is zeroes; otherwise (fail) it is an error\n"
    "  --print-sandbox[=json]\n"
    "                     print what this program may do, and what the kernel enforces of it\n"
    "  --no-sandbox       keep every right (by hand only)\n"
    "  --help, --version\n"
    "\n"
    "Example: p2v-export --disk /dev/sda --socket /run/sda.nbd &  nbdinfo 'nbd+unix:///?socket=/run/sda.nbd'\n";

struct options {
    struct helper *helper;
    const char *disk, *socket;
    bool zero_bad;
    struct external external;                  // .server is NULL: this program serves the disk itself
};

static const struct option own_options[] = {
    { "disk", required_argument, NULL, 'd' },
    { "socket", required_argument, NULL, 's' },
    { "external", required_argument, NULL, 'e' },
    { "read-errors", required_argument, NULL, 'r' },
    { 0 },
};

static bool own_option(int option, const char *argument, void *context)
{
    struct options *options = context;
    struct error err;
    if (option == 'e') {
        if (!external_choose(&options->external, argument, &err)) {
            helper_fail(options->helper, "%s", err.text);
            return false;
        }
        options->helper->policy = &options->external.policy;
        return true;
    }
    if (option == 'r') {
        options->zero_bad = strcmp(argument, "zero") == 0;
        return options->zero_bad || strcmp(argument, "fail") == 0;
    }
    *(option == 'd' ? &options->disk : &options->socket) = argument;
    return true;
}

static struct external *external_of(struct options *options)
{
    return options->external.server != NULL ? &options->external : NULL;
}

// ---- clients -------------------------------------------------------------------------------------------

static int start_external(struct external *external, struct pump **pump, struct error *err)
{
    if (external_start(external, err) < 0)
        return -1;
    *pump = pump_new(external);
    return *pump != NULL ? 0 : error_set(err, "not enough memory to carry clients' bytes");
}

// By this program itself, or (pump is not NULL) by an external server.
static enum serve_result serve_clients(struct server *server, struct export *export, struct pump *pump, enum arrival kind, int arrivals,
                                       int channel, struct error *err)
{
    return pump != NULL ? external_serve(pump, kind, arrivals, channel, err) : serve(server, export, kind, arrivals, channel, err);
}

// ---- by hand -------------------------------------------------------------------------------------------

static int open_disk(const char *path, struct export *export, struct error *err)
{
    uint64_t size;
    int fd = disk_file_open(path, true, &size, err);
    if (fd < 0)
        return -1;
    const char *name = strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;
    snprintf(export->name, sizeof export->name, "%s", name);
    text_clean_line(export->name);
    export->disk = (struct disk){ .fd = fd, .direct = disk_file_open_direct(fd), .size = size, .cached = disk_is_cached(fd, size) };
    return 0;
}

// Readable and writable for nobody but the user who started this: the socket gives the whole disk.
static int listen_at(const char *path, struct error *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof address.sun_path)
        return error_set(err, "the socket's path %s is longer than %zu bytes", path, sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t mask = umask(0177);
    int rc = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&address, sizeof address);
    int error = errno;
    umask(mask);
    if (rc < 0)
        return error_set_errno(err, error, "cannot make the socket %s", path);
    return listen(fd, 64) == 0 ? fd : error_set_errno(err, errno, "cannot listen on %s", path);
}

static int by_hand(struct helper *helper, struct server *server, struct options *options)
{
    struct error err = { 0 };
    struct export export = { 0 };
    struct external *external = external_of(options);
    struct report report;
    int listening;
    if (open_disk(options->disk, &export, &err) < 0 || (listening = listen_at(options->socket, &err)) < 0 ||
        (external != NULL && external_prepare(external, export.disk.fd, helper->no_sandbox, &err) < 0)) {
        server_free(server);           // after the lock there is no munmap(2)
        return helper_fail(helper, "%s", err.text);
    }
    if (helper_lock(helper) < 0) {
        external_forget(external);
        return EXIT_FAILED;
    }
    export.disk.zero_bad = options->zero_bad;
    report_begin(&report, helper, &export);
    struct pump *pump = NULL;
    if (external == NULL || start_external(external, &pump, &err) == 0)
        serve_clients(server, &export, pump, ARRIVAL_LISTENING, listening, -1, &err);
    return helper_fail(helper, "%s", err.text);
}

// ---- under the supervisor ------------------------------------------------------------------------------

// The first message: which disk.  1: export and *arrivals are filled; 0: the supervisor has gone;
// -1: told already.
static int receive_start(struct helper *helper, struct export *export, int *arrivals)
{
    struct message in = { 0 };
    int received = helper_receive(helper, &in);
    if (received <= 0)
        return received;
    if (in.envelope->body_case != P2V__ENVELOPE__BODY_EXPORT_START) {
        helper_unexpected(helper, &in);
        message_clear(&in);
        return -1;
    }
    const P2v__ExportStart *start = in.envelope->export_start;
    snprintf(export->name, sizeof export->name, "%s", start->name);
    export->disk = (struct disk){ .fd = in.fds[0], .direct = in.fds[2], .size = start->size_bytes, .zero_bad = start->zero_bad };
    *arrivals = in.fds[1];
    in.fds[0] = in.fds[1] = in.fds[2] = -1;
    message_clear(&in);
    return 1;
}

static int say_export_ready(struct helper *helper)
{
    P2v__ExportReady ready = P2V__EXPORT_READY__INIT;
    P2v__Envelope envelope = ENVELOPE(export_ready, EXPORT_READY, &ready);
    return helper_send(helper, &envelope, NULL, 0);
}

static int cannot_serve(struct helper *helper, const char *disk, const struct error *err)
{
    return helper_fail(helper, "cannot serve disk %s: %s", disk, err->text);
}

// The channel is readable: clients will arrive elsewhere, or the supervisor asks for what could not be read (of a report, NULL
// with an external server), or it is the end.  1: serving goes on; 0; -1.
static int hear(struct helper *helper, const struct report *report, int *arrivals)
{
    struct message in = { 0 };
    int received = helper_receive(helper, &in);
    if (received > 0 && in.envelope->body_case == P2V__ENVELOPE__BODY_EXPORT_CHANNEL) {
        if (*arrivals >= 0)
            close(*arrivals);
        *arrivals = in.fds[0];
        in.fds[0] = -1;
    } else if (received > 0 && in.envelope->body_case == P2V__ENVELOPE__BODY_BAD_RANGES_ASK && report != NULL) {
        received = report_list(report) < 0 ? -1 : 1;
    } else if (received > 0) {
        helper_unexpected(helper, &in);
        received = -1;
    }
    message_clear(&in);
    return received;
}

// After serve() or external_serve() has come back.  True: serving goes on; else *status is the program's.
static bool goes_on(struct helper *helper, enum serve_result result, const char *disk, const struct report *report, int *arrivals,
                    const struct error *err, int *status)
{
    if (result == SERVE_ENDED) {                // p2v-transport has gone: the supervisor tells what comes after it
        close(*arrivals);
        *arrivals = -1;
        return true;
    }
    if (result == SERVE_PROGRESS) {
        report_progress(report);
        return true;
    }
    int heard = result == SERVE_CHANNEL ? hear(helper, report, arrivals) : -1;
    if (heard > 0)
        return true;
    *status = result != SERVE_CHANNEL ? cannot_serve(helper, disk, err) : heard == 0 ? EXIT_OK : EXIT_FAILED;
    return false;
}

static int under_supervisor(struct helper *helper, struct server *server, struct external *external)
{
    static struct progress progress;            // too large for the stack
    struct error err = { 0 };
    struct export export = { 0 };
    struct report report;
    struct pump *pump = NULL;
    if (external != NULL && external_prepare(external, EXTERNAL_DISK_FD, false, &err) < 0)
        return helper_fail(helper, "%s", err.text);
    int status, arrivals, received = helper_lock(helper) < 0 ? -1 : receive_start(helper, &export, &arrivals);
    if (received <= 0) {
        external_forget(external);
        return received == 0 ? EXIT_OK : EXIT_FAILED;
    }
    if (external != NULL) {
        close(export.disk.fd);                  // the same disk again: the server opens its own
        close(export.disk.direct);
        if (start_external(external, &pump, &err) < 0)
            return cannot_serve(helper, export.name, &err);
    } else {
        progress_begin(&progress, export.disk.size);
        export.progress = &progress;
        if (disk_is_dead(&export.disk))         // better said now than in the middle of virt-v2v
            return helper_fail(helper, "the disk %s cannot be read: its first and its last sector give errors", export.name);
        report_begin(&report, helper, &export);
    }
    if (say_export_ready(helper) < 0)
        return EXIT_FAILED;
    while (goes_on(helper, serve_clients(server, &export, pump, ARRIVAL_DATAGRAM, arrivals, CHANNEL_FD, &err), export.name,
                   external == NULL ? &report : NULL, &arrivals, &err, &status))
        continue;
    return status;
}

// All the memory that malloc() will ever give: after the lock there is no brk(2) and no mmap(2).  Nothing a client sends takes any; the
// largest message of the supervisor needs less.  Pages that are never used are never there.
static bool take_memory(void)
{
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    void *volatile all = malloc(HEAP);         // which the compiler would leave out, seeing that it is freed
    free(all);
    return all != NULL;
}

int main(int argc, char *argv[])
{
    struct helper helper = { .policy = &export_policy, .more_fds = EXTERNAL_DISK_FD - CHANNEL_FD };
    static struct options options;
    options.helper = &helper;
    int status;
    int operand = helper_options(&helper, argc, argv, usage, own_options, own_option, &options, &status);
    if (operand < 0)
        return status;
    if (operand < argc) {
        fprintf(stderr, "p2v-export: '%s' is not an option.\nTry 'p2v-export --help'.\n", argv[operand]);
        return EXIT_USAGE;
    }
    if (helper.by_hand && (options.disk == NULL || options.socket == NULL)) {
        fputs("p2v-export: --disk and --socket are both needed.\nTry 'p2v-export --help'.\n", stderr);
        return EXIT_USAGE;
    }
    signal(SIGPIPE, SIG_IGN);                   // a client that goes in the middle of its reply is no more than that
    struct external *external = external_of(&options);
    if (helper.by_hand || external == NULL)
        sandbox_close_from(helper.by_hand ? CHANNEL_FD : CHANNEL_FD + 1);
#ifdef M_PERTURB
    mallopt(M_PERTURB, 0);                      // virt-p2v switches it on for secrets; none comes here, and it would touch all pages that are got
#endif
    struct server *server = external == NULL ? server_new() : NULL;
    if (external == NULL && (server == NULL || !take_memory()))
        return helper_fail(&helper, "not enough memory to serve a disk");
    return helper.by_hand ? by_hand(&helper, server, &options) : under_supervisor(&helper, server, external);
}
