// SPDX-License-Identifier: GPL-2.0-or-later
//
// The supervisor's state machine, whole, against helpers that have been taken over: any of them says any message at any time, and
// ends when it likes.  Nothing of that may hold up its end: once the person has cancelled and all that was started has ended, so
// does the run, with one verdict.  Nobody but a p2v-transport is told the password, no command is run that is not in the kernel
// command line's configuration, no shell and no shutdown, for neither is granted here.  No disk is opened that is not in the inventory,
// and none for a conversion that carries the running system, whatever p2v-plan answers.
//
// This program stands where virt-p2v and the helpers stand, and starts nothing.  The supervisor is the real one, with its main.c; what
// virt-p2v tells it first is made by virt-p2v's own code.  No disk or file of this machine is opened: disks.c is below, and an
// input with a file:// URL is passed over.
//
// The input is records: how (1 byte: bit 0, dialogs) and the kernel command line; then events, a byte each and what it needs:
//   PROGRAM + 16 * N   the helper of this program that was started as the Nth says the datagram that follows
//   8                  what was started as the Nth of all ends: two bytes, N and the exit status
//   9                  the person cancels
//   10                 time passes: two bytes, seconds; it does not by itself
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include KERNEL_CMDLINE_H
#include "p2v-runner/start.h"
#include "proto/descriptors.h"

#define main static __attribute__((unused)) main_of_supervisor
#include "p2v-supervisor/main.c"
#undef main

#define MAX_STARTED 4096               // more than an input has events for
#define TURNS_MAX 200                  // until nothing happens by itself any more

enum { EVENT_END = 8, EVENT_CANCEL, EVENT_TIME };
_Static_assert(RUN_HELPERS <= EVENT_END, "a helper's number is no event's");

static struct supervisor sup;
static int runner_end;                 // the runner's side of its socket
static struct started { uint32_t id, number; int channel; bool ended; } started[MAX_STARTED];
static size_t started_count;
static bool hooks[RUN_FAIL - RUN_PRE + 1];     // which of them there are
static bool password_known;            // to be PASSWORD, which is nowhere else in the input
#define PASSWORD "FUZZSECRET"

// ---- what this machine would be touched by -------------------------------------------------------------

void runner_become_supervisor(const struct runner_list *list, int fd) { (void)list, (void)fd; abort(); }
bool disk_is_at(const char *name, const char *path) { (void)name; return path[strlen(path) - 1] == 'x'; }
void disk_close(struct disk *disk) { close(disk->fd); }

// During the inspection all that it has found is looked at; what is opened later is converted.
static bool may_be_opened(const char *name)
{
    for (size_t i = 0; sup.machine != NULL && i < sup.machine->n_disks; i++)
        if (strcmp(sup.machine->disks[i]->name, name) == 0 && (sup.phase == PHASE_INSPECT || !sup.machine->disks[i]->carries_root))
            return true;
    return false;
}

int disk_open(struct disk *disk, const char *name, const char *file, struct error *err)
{
    MUST(may_be_opened(name) && file == NULL);         // RunStart has no --test-disk
    *disk = (struct disk){ .size_bytes = 1 << 20 };
    if (strcmp(name, "missing") == 0)
        return error_set(err, "there is no disk missing");
    snprintf(disk->name, sizeof disk->name, "%s", name);
    disk->direct_fd = disk->fd = memfd_create("disk", MFD_CLOEXEC);
    return 0;
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

static void start_program(const struct runner_request *request, const int *fds, size_t fd_count)
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
    struct runner_request request;
    int fds[RUNNER_MAX_FDS];
    size_t count = RUNNER_MAX_FDS;
    ssize_t n = descriptors_receive(runner_end, &request, sizeof request, fds, &count, MSG_DONTWAIT);
    MUST(n >= 0 || errno != EMSGSIZE);
    if (n != (ssize_t)sizeof request)
        return false;
    if (request.kind == RUNNER_REQUEST_RUN)
        start_program(&request, fds, count);
    for (size_t i = 0; request.kind == RUNNER_REQUEST_KILL && i < started_count; i++)
        if (started[i].id == request.id)
            end(&started[i], 9);
    return true;
}

// ---- the supervisor's loop, as in main.c ---------------------------------------------------------------

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
    struct pollfd polled[POLL_PEERS + MAX_PEERS];
    struct peer *polled_peers[POLL_PEERS + MAX_PEERS];
    bool more = take_messages();
    size_t count = poll_set(&sup, polled, polled_peers);
    int n = poll(polled, count, 0);
    if (sup.deadline != 0 && seconds_now() >= sup.deadline)
        conversion_deadline(&sup);
    if (n > 0 && polled[POLL_HOOK].revents != 0)
        hook_hear(&sup);               // nobody holds the other end: it is over at once
    for (size_t i = POLL_PEERS; n > 0 && i < count; i++)
        if (polled[i].revents != 0 && polled_peers[i]->fd == polled[i].fd)
            serve_peer(&sup, polled_peers[i], polled[i].revents);
    if (n > 0 && polled[POLL_RUNNER].revents != 0)
        hear_runner(&sup);
    conversion_advance(&sup);
    while (take_request())
        more = true;
    return more || n > 0;
}

static void settle(void)
{
    size_t turns = 0;
    while (sup.phase != PHASE_OVER && turn())
        MUST(++turns < TURNS_MAX);
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
        tell(RUNNER_CANCEL, 0, 0);
        break;
    case EVENT_TIME:
        now += (time_t)input_number(&event, 2);
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
    tell(RUNNER_CANCEL, 0, 0);
    for (int round = 0; sup.phase != PHASE_OVER; round++) {
        MUST(round < 20);
        settle();
        for (size_t i = 0; i < started_count; i++)
            end(&started[i], 0);
        settle();
        now += 24 * 3600;
        settle();
    }
    MUST(sup.outcome != OUTCOME_NONE && sup.verdict.text[0] != '\0');
}

// ---- from the beginning to the end ---------------------------------------------------------------------

static void ignore(const char *text) { (void)text; }

// What virt-p2v tells the supervisor, which takes it.  False where there is more than can be told.
static bool tell_start(const struct start *start)
{
    struct error err = { 0 };
    if (start_send(runner_end, start, &err) < 0)
        return false;
    if (take_start(&sup, &(P2v__Ready)P2V__READY__INIT, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        MUST(false);
    }
    return true;
}

// False where there is nothing to go on with.
static bool begin_run(struct input first)
{
    static struct secrets *secrets;
    struct options options = { .helper_dir = "/", .audit_log = "log" };
    struct runner_list list = { .ui_program = "p2v-ui" };
    struct config config;
    struct error err, wrong = { 0 };
    int ends[2];
    bool dialogs = input_number(&first, 1) & 1;
    char *words = input_text(first);
    memset(&sup, 0, sizeof sup);
    now = 1000;
    started_count = 0;
    if (secrets == NULL)
        MUST((secrets = secrets_new(&err)) != NULL);
    memset(secrets, 0, sizeof *secrets);
    sup.secrets = secrets;
    MUST(config_init(&config, &err) == 0 && channel_pair(ends) == 0);
    sup.runner = ends[0];
    runner_end = ends[1];
    kernel_cmdline_parse(words, &config, ignore, &wrong);
    config.dump_config_and_exit = false;               // it prints
    hooks[0] = config.pre != NULL, hooks[1] = config.post != NULL, hooks[2] = config.fail != NULL;
    password_known = password_known && config.password != NULL && strcmp(config.password, PASSWORD) == 0;
    struct start start = { &options, &config, &list, nbd_servers[0].name, wrong.text, dialogs, -1, memfd_create("log", MFD_CLOEXEC) };
    MUST(start.audit_fd >= 0);
    bool told = tell_start(&start);
    close(start.audit_fd);
    config_clear(&config);
    free(words);
    if (told)
        begin(&sup);
    return told;
}

static bool occurs_once(const uint8_t *data, size_t size, const char *word)
{
    const uint8_t *at = memmem(data, size, word, strlen(word));
    return at != NULL && memmem(at + 1, size - (size_t)(at + 1 - data), word, strlen(word)) == NULL;
}

// Whatever was said, each line of the audit log is one, and the password is in none.
static void check_audit_log(void)
{
    struct stat st;
    MUST(sup.audit.error == 0 && fstat(sup.audit.fd, &st) == 0 && st.st_size > 0);
    char *log = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, sup.audit.fd, 0);
    MUST(log != MAP_FAILED && log[0] == '{' && log[st.st_size - 1] == '\n');
    for (off_t i = 0; i < st.st_size; i++)
        MUST(log[i] == '\n' ? log[i - 1] == '}' && (i + 1 == st.st_size || log[i + 1] == '{') : (unsigned char)log[i] >= ' ');
    MUST(!password_known || memmem(log, (size_t)st.st_size, PASSWORD, strlen(PASSWORD)) == NULL);
    munmap(log, (size_t)st.st_size);
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
    message_clear(&sup.plan);
    message_clear(&sup.connect);
    message_clear(&sup.choice);
    message_clear(&sup.run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = { data, size };
    if (size > 0 && memmem(data, size, "file:", 5) != NULL)
        return 0;
    int base = dup(STDIN_FILENO);      // what is opened from here on is closed in the end
    MUST(base >= 0);
    password_known = size > 0 && occurs_once(data, size, PASSWORD);
    if (begin_run(input_record(&input))) {
        settle();
        while (input.size > 0 && sup.phase != PHASE_OVER) {
            happen(input_record(&input));
            settle();
        }
        bring_to_its_end();
        check_audit_log();
    }
    forget();
    MUST(close_range((unsigned)base, ~0U, 0) == 0);
    return 0;
}
