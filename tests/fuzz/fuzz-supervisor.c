// SPDX-License-Identifier: GPL-2.0-or-later
//
// The supervisor's state machine, whole, against helpers that have been taken over: any of them says any message at any time, and
// ends when it likes.  Nothing of that may hold up its end: once the person has cancelled and all that was started has ended, so
// does the run, with one verdict.  Nobody but a p2v-transport is told the password, no command is run that is not in the kernel
// command line's configuration, no shell and no shutdown, for neither is granted here.
//
// The runner is the real one's supervisor's side; this program stands where the runner's process and the helpers stand, and starts
// nothing.  No disk, file or clock of this machine is opened: disks.c is below, and an input with a file:// URL is passed over.
//
// The input is records: how (1 byte: bit 0, dialogs) and the kernel command line; then events, a byte each and what it needs:
//   PROGRAM + 16 * N   the helper of this program that was started as the Nth says the datagram that follows
//   6                  what was started as the Nth of all ends: two bytes, N and the exit status
//   7                  the person cancels
//   8                  time passes: two bytes, seconds; it does not by itself
#include "tests/fuzz/fuzz.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include KERNEL_CMDLINE_H
#include "p2v-supervisor/conversion.h"
#include "p2v-supervisor/ending.h"
#include "p2v-supervisor/hook.h"
#include "p2v-supervisor/peers.h"
#include "p2v-supervisor/permit.h"
#include "p2v-supervisor/reconnect.h"
#include "p2v-supervisor/runner-process.h"

#define MAX_STARTED 512
#define TURNS_MAX 200                  // until nothing happens by itself any more

enum { EVENT_END = 6, EVENT_CANCEL = 7, EVENT_TIME = 8 };

static struct supervisor sup;
static int runner_end;                 // the runner's side of its socket
static struct started { uint32_t id, number; int channel; bool ended; } started[MAX_STARTED];
static size_t started_count;
static bool hooks[RUN_FAIL - RUN_PRE + 1];     // which of them there are
static bool password_known;            // to be PASSWORD, which is nowhere else in the input
#define PASSWORD "FUZZSECRET"

// ---- what this machine would be touched by -------------------------------------------------------------

void runner_process(int fd, const struct runner_list *list) { (void)fd, (void)list; abort(); }
bool disk_is_at(const char *name, const char *path) { (void)name; return path[strlen(path) - 1] == 'x'; }
void disk_close(struct disk *disk) { close(disk->fd); }

int disk_open(struct disk *disk, const char *name, struct error *err)
{
    *disk = (struct disk){ .size_bytes = 1 << 20 };
    if (strcmp(name, "missing") == 0)
        return error_set(err, "there is no disk missing");
    snprintf(disk->name, sizeof disk->name, "%s", name);
    disk->direct_fd = disk->fd = memfd_create("disk", MFD_CLOEXEC);
    return 0;
}

int disk_open_test(struct disk *disk, const char *name, const char *path, struct error *err)
{
    (void)path;
    return disk_open(disk, name, err);
}

// ---- time ----------------------------------------------------------------------------------------------

static time_t now;

int clock_gettime(clockid_t clock, struct timespec *time)
{
    if (clock != CLOCK_MONOTONIC)      // libFuzzer's own
        return (int)syscall(SYS_clock_gettime, clock, time);
    *time = (struct timespec){ .tv_sec = now };
    return 0;
}

// ---- the runner's process ------------------------------------------------------------------------------

static void tell(uint32_t kind, uint32_t id, int32_t status)
{
    struct runner_event event = { .kind = kind, .id = id, .status = status };
    send(runner_end, &event, sizeof event, MSG_DONTWAIT);
}

static void end(struct started *program, int32_t status)
{
    if (program->ended)
        return;
    program->ended = true;
    if (program->channel >= 0)
        close(program->channel);
    program->channel = -1;
    tell(RUNNER_ENDED, program->id, status);
}

static void start(const struct runner_request *request, const int *fds, size_t fd_count)
{
    bool helper = request->number < RUN_HELPERS;
    MUST(request->number < RUN_PROGRAMS && (!helper || fd_count >= 2) && started_count < MAX_STARTED);
    MUST(request->number < RUN_PRE || request->number > RUN_FAIL || hooks[request->number - RUN_PRE]);
    MUST(request->number < RUN_SHELL || request->number > RUN_REBOOT);
    started[started_count++] = (struct started){ request->id, request->number, helper ? fds[0] : -1, false };
    for (size_t i = helper ? 1 : 0; i < fd_count; i++)
        close(fds[i]);
}

// False where the supervisor asks for nothing more.
static bool take_request(void)
{
    union { struct cmsghdr align; char bytes[CMSG_SPACE(RUNNER_MAX_FDS * sizeof(int))]; } control;
    struct runner_request request;
    struct iovec vector = { .iov_base = &request, .iov_len = sizeof request };
    struct msghdr header = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
    if (recvmsg(runner_end, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != (ssize_t)sizeof request)
        return false;
    MUST(!(header.msg_flags & MSG_CTRUNC));
    struct cmsghdr *c = CMSG_FIRSTHDR(&header);
    int fds[RUNNER_MAX_FDS];
    size_t count = c == NULL ? 0 : (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    if (count > 0)
        memcpy(fds, CMSG_DATA(c), count * sizeof(int));
    if (request.kind == RUNNER_REQUEST_RUN)
        start(&request, fds, count);
    for (size_t i = 0; request.kind == RUNNER_REQUEST_KILL && i < started_count; i++)
        if (started[i].id == request.id)
            end(&started[i], 9);
    return true;
}

// ---- the supervisor's loop, as in main.c ---------------------------------------------------------------

static bool hear_peer(struct peer *peer)
{
    struct message in = { 0 };
    struct error err = { 0 };
    switch (channel_receive(peer->fd, false, &in, &err)) {
    case CHANNEL_MESSAGE:
        permit_dispatch(&sup, peer, &in);
        message_clear(&in);
        return true;
    case CHANNEL_BROKEN:
        peer_end(&sup, peer);
        conversion_fail(&sup, "%s has been ended, and the conversion with it: %s", runner_program_name(peer->program), err.text);
        return true;
    case CHANNEL_CLOSED:
        close(peer->fd);
        peer->fd = -1;
        return true;
    default:
        return false;
    }
}

// Helpers take what they are told.  True where something was.
static bool take_messages(void)
{
    static uint8_t bytes[CHANNEL_MAX_BYTES];
    bool more = false;
    ssize_t n;
    for (size_t i = 0; i < started_count; i++)
        while (started[i].channel >= 0 && (n = recv(started[i].channel, bytes, sizeof bytes, MSG_DONTWAIT)) > 0) {
            bool secret = password_known && memmem(bytes, (size_t)n, PASSWORD, strlen(PASSWORD)) != NULL;
            MUST(!secret || started[i].number == RUN_TRANSPORT);
            more = true;
        }
    return more;
}

// True where something has happened.
static bool turn(void)
{
    struct runner_event event;
    struct error err;
    bool more = take_messages();
    for (size_t i = 0; i < MAX_PEERS; i++) {
        struct peer *peer = &sup.peers[i];
        if (peer->id != 0 && peer->fd >= 0 && peer->queued > 0 && peer_flush(peer, &err) < 0)
            conversion_fail(&sup, "%s", err.text);
        if (peer->id != 0 && peer->fd >= 0)
            more |= hear_peer(peer);
    }
    while (take_request())
        more = true;
    while (sup.phase != PHASE_OVER && runner_next(&sup.runner, &event)) {
        struct peer *peer = peer_by_id(&sup, event.id);
        while (peer != NULL && peer->fd >= 0 && hear_peer(peer))
            ;
        conversion_program_ended(&sup, &event);
        more = true;
    }
    if (sup.hook.fd > 0)
        hook_hear(&sup);               // nobody holds the other end: it is over at once
    if (sup.phase != PHASE_OVER)
        conversion_advance(&sup);
    return more;
}

static void settle(void)
{
    size_t turns = 0;
    while (sup.phase != PHASE_OVER && turn())
        MUST(++turns < TURNS_MAX);
}

// As main.c's seconds_left() has it: what is tried again comes before the deadline, where both are due.
static void pass_time(time_t seconds)
{
    now += seconds;
    settle();
    time_t again = sup.phase == PHASE_OVER ? 0 : reconnect_next(&sup), due = sup.deadline.tv_sec;
    if (sup.phase != PHASE_OVER && due != 0 && due <= now && (again == 0 || due <= again))
        conversion_deadline(&sup);
    settle();
}

// ---- events --------------------------------------------------------------------------------------------

static void say(uint32_t program, size_t n, struct input datagram)
{
    for (size_t i = 0; i < started_count; i++)
        if (started[i].number == program && n-- == 0 && started[i].channel >= 0)
            send(started[i].channel, datagram.data, datagram.size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void happen(struct input event)
{
    unsigned what = (unsigned)input_number(&event, 1);
    size_t which;
    switch (what % 16) {
    case EVENT_CANCEL:
        conversion_cancel(&sup);
        break;
    case EVENT_TIME:
        pass_time((time_t)input_number(&event, 2));
        break;
    case EVENT_END:
        which = (size_t)input_number(&event, 1);
        if (which < started_count)
            end(&started[which], (int32_t)input_number(&event, 1) << 8);
        break;
    default:
        say(what % 16, what / 16, event);
    }
}

// However it stands: a person who cancels, and helpers that end.
static void bring_to_its_end(void)
{
    conversion_cancel(&sup);
    for (int round = 0; sup.phase != PHASE_OVER; round++) {
        MUST(round < 20);
        settle();
        for (size_t i = 0; i < started_count; i++)
            end(&started[i], 0);
        settle();
        pass_time(24 * 3600);
    }
    MUST(sup.outcome != OUTCOME_NONE && sup.verdict.text[0] != '\0');
}

// ---- from the beginning to the end ---------------------------------------------------------------------

static void ignore(const char *text) { (void)text; }

static void begin(struct input first)
{
    static struct secrets *secrets;
    struct error err = { 0 };
    int ends[2];
    unsigned how = (unsigned)input_number(&first, 1);
    char *words = input_text(first);
    memset(&sup, 0, sizeof sup);
    now = 1000;
    started_count = 0;
    if (secrets == NULL)
        MUST((secrets = secrets_new(&err)) != NULL);
    memset(secrets, 0, sizeof *secrets);
    sup.secrets = secrets;
    sup.nbd = &nbd_servers[0];
    sup.ui_program = "p2v-ui";
    sup.dialogs = how & 1;
    MUST(config_init(&sup.config, &err) == 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    kernel_cmdline_parse(words, &sup.config, ignore, &err);
    sup.config.dump_config_and_exit = false;           // it prints
    hooks[0] = sup.config.pre != NULL, hooks[1] = sup.config.post != NULL, hooks[2] = sup.config.fail != NULL;
    password_known = password_known && sup.config.password != NULL && strcmp(sup.config.password, PASSWORD) == 0;
    if (sup.config.password != NULL) {                 // as main.c does
        secrets->password_size = strlen(sup.config.password);
        memcpy(secrets->password, sup.config.password, secrets->password_size);
        config_wipe(&sup.config.password);
    }
    sup.runner.fd = ends[0];
    runner_end = ends[1];
    free(words);
    conversion_begin(&sup);
    if (err.text[0] != '\0' || (sup.config.server == NULL && !sup.dialogs))
        conversion_fail(&sup, "%s", err.text[0] != '\0' ? err.text : "there is no p2v.server");
}

static bool occurs_once(const uint8_t *data, size_t size, const char *word)
{
    const uint8_t *at = memmem(data, size, word, strlen(word));
    return at != NULL && memmem(at + 1, size - (size_t)(at + 1 - data), word, strlen(word)) == NULL;
}

static void forget(void)
{
    for (size_t i = 0; i < MAX_PEERS; i++)
        if (sup.peers[i].id != 0)
            peer_forget(&sup.peers[i]);
    for (size_t i = 0; i < MAX_DISKS; i++)
        message_clear(&sup.contents[i]);
    message_clear(&sup.inventory);
    message_clear(&sup.features);
    config_clear(&sup.config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = { data, size };
    if (size > 0 && memmem(data, size, "file:", 5) != NULL)
        return 0;
    int base = dup(STDIN_FILENO);      // what is opened from here on is closed in the end
    MUST(base >= 0);
    password_known = size > 0 && occurs_once(data, size, PASSWORD);
    begin(input_record(&input));
    settle();
    while (input.size > 0 && sup.phase != PHASE_OVER) {
        happen(input_record(&input));
        settle();
    }
    bring_to_its_end();
    forget();
    MUST(close_range((unsigned)base, ~0U, 0) == 0);
    return 0;
}
