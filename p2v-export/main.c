// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-export: one disk, read-only, as an NBD server.  Under the supervisor its clients arrive, one descriptor each, on the
// data channel; by hand they connect to a Unix socket.
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "p2v-export/policy.h"
#include "p2v-export/serve.h"
#include "proto/helper.h"
#include "proto/text.h"

static const char usage[] =
    "p2v-export --disk PATH --socket PATH [--no-sandbox]\n"
    "\n"
    "Serves one disk, read-only, as NBD.  p2v-supervisor starts it; by hand it listens on a Unix socket:\n"
    "\n"
    "  --disk PATH        the disk: a block device or a file\n"
    "  --socket PATH      where to listen; must not exist yet\n"
    "  --print-sandbox    print what this program may do, and what the kernel enforces of it\n"
    "  --no-sandbox       keep every right (by hand only)\n"
    "  --help, --version\n"
    "\n"
    "Example: p2v-export --disk /dev/sda --socket /run/sda.nbd &  nbdinfo 'nbd+unix:///?socket=/run/sda.nbd'\n";

struct options {
    const char *disk, *socket;
};

static const struct option own_options[] = {
    { "disk", required_argument, NULL, 'd' },
    { "socket", required_argument, NULL, 's' },
    { 0 },
};

static bool own_option(int option, const char *argument, void *context)
{
    struct options *options = context;
    *(option == 'd' ? &options->disk : &options->socket) = argument;
    return true;
}

// ---- by hand -------------------------------------------------------------------------------------------

static int open_disk(const char *path, struct export *export, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
    struct stat st;
    if (size < 0 || fstat(fd, &st) < 0)
        return error_set_errno(err, errno, "cannot open the disk %s", path);
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
        return error_set(err, "%s is neither a block device nor a file", path);
    const char *name = strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;
    snprintf(export->name, sizeof export->name, "%s", name);
    text_clean_line(export->name);
    export->disk = (struct disk){ .fd = fd, .size = (uint64_t)size };
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

static int by_hand(struct helper *helper, struct server *server, const struct options *options)
{
    if (options->disk == NULL || options->socket == NULL) {
        fputs("p2v-export: --disk and --socket are both needed.\nTry 'p2v-export --help'.\n", stderr);
        return EXIT_USAGE;
    }
    struct error err = { 0 };
    struct export export = { 0 };
    int listening;
    if (open_disk(options->disk, &export, &err) < 0 || (listening = listen_at(options->socket, &err)) < 0)
        return helper_fail(helper, "%s", err.text);
    if (helper_lock(helper) < 0)
        return EXIT_FAILED;
    serve(server, &export, ARRIVAL_LISTENING, listening, -1, &err);
    return helper_fail(helper, "%s", err.text);
}

// ---- a disk that fails ---------------------------------------------------------------------------------

#define MAX_BAD_NOTES 20               // a dying disk has millions of them

struct bad_notes {
    struct helper *helper;
    const char *disk;
    unsigned told;
};

static void note_bad(void *context, uint64_t offset)
{
    struct bad_notes *notes = context;
    if (notes->told++ < MAX_BAD_NOTES)
        helper_note(notes->helper, P2V__LEVEL__WARNING, "the disk %s could not be read at byte %" PRIu64 "%s",
                    notes->disk, offset, notes->told == MAX_BAD_NOTES ? " (no more of these are shown)" : "");
}

// A disk that gives neither its first nor its last sector is dead: better said now than in the middle of virt-v2v.
static bool is_dead(struct disk *disk)
{
    uint8_t sector[512];
    size_t good, size = disk->size < sizeof sector ? (size_t)disk->size : sizeof sector;
    return disk_read(disk, sector, size, 0, true, &good) == DISK_BAD &&
           disk_read(disk, sector, size, disk->size - size, true, &good) == DISK_BAD;
}

// ---- under the supervisor ------------------------------------------------------------------------------

// The one message that this program takes: which disk.  1: export and *arrivals are filled; 0: the supervisor has gone;
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
    export->disk = (struct disk){ .fd = in.fds[0], .size = start->size_bytes };
    *arrivals = in.fds[1];
    in.fds[0] = in.fds[1] = -1;
    message_clear(&in);
    return 1;
}

// The supervisor says nothing more to this program: whatever makes its channel readable is the end, good or bad.
static int last_word(struct helper *helper)
{
    struct message in = { 0 };
    int received = helper_receive(helper, &in);
    if (received > 0)
        helper_unexpected(helper, &in);
    message_clear(&in);
    return received == 0 ? EXIT_OK : EXIT_FAILED;
}

static int under_supervisor(struct helper *helper, struct server *server)
{
    if (helper_lock(helper) < 0)
        return EXIT_FAILED;
    struct export export = { 0 };
    int arrivals, received = receive_start(helper, &export, &arrivals);
    if (received <= 0)
        return received == 0 ? EXIT_OK : EXIT_FAILED;
    if (is_dead(&export.disk))
        return helper_fail(helper, "the disk %s cannot be read: its first and its last sector give errors", export.name);
    struct bad_notes notes = { .helper = helper, .disk = export.name };
    export.disk.on_bad = note_bad;
    export.disk.context = &notes;
    P2v__ExportReady ready = P2V__EXPORT_READY__INIT;
    P2v__Envelope envelope = ENVELOPE(export_ready, EXPORT_READY, &ready);
    if (helper_send(helper, &envelope, NULL, 0) < 0)
        return EXIT_FAILED;
    struct error err = { 0 };
    switch (serve(server, &export, ARRIVAL_DATAGRAM, arrivals, CHANNEL_FD, &err)) {
    case SERVE_ENDED:
        return EXIT_OK;
    case SERVE_CHANNEL:
        return last_word(helper);
    default:
        return helper_fail(helper, "cannot serve disk %s: %s", export.name, err.text);
    }
}

int main(int argc, char *argv[])
{
    struct helper helper = { .policy = &export_policy };
    struct options options = { 0 };
    int status;
    int operand = helper_options(&helper, argc, argv, usage, own_options, own_option, &options, &status);
    if (operand < 0)
        return status;
    if (operand < argc) {
        fprintf(stderr, "p2v-export: '%s' is not an option.\nTry 'p2v-export --help'.\n", argv[operand]);
        return EXIT_USAGE;
    }
    signal(SIGPIPE, SIG_IGN);                   // a client that goes in the middle of a sendfile() is no more than that
    struct server *server = server_new();
    if (server == NULL)
        return helper_fail(&helper, "not enough memory to serve a disk");
    return helper.by_hand ? by_hand(&helper, server, &options) : under_supervisor(&helper, server);
}
