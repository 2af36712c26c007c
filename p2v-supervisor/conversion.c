// SPDX-License-Identifier: GPL-2.0-or-later
//
// The steps of a conversion: what is started when, and what must have come before it goes on.
// Touches: the disks (machine.c), memfds for the tools' output, the helpers' channels.
#include "p2v-supervisor/conversion.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "p2v-supervisor/buttons.h"
#include "p2v-supervisor/choice.h"
#include "p2v-supervisor/complete.h"
#include "p2v-supervisor/contents.h"
#include "p2v-supervisor/dialogs.h"
#include "p2v-supervisor/ending.h"
#include "p2v-supervisor/hook.h"
#include "p2v-supervisor/machine.h"
#include "p2v-supervisor/peers.h"
#include "p2v-supervisor/reconnect.h"
#include "p2v-supervisor/urls.h"
#include "proto/helper.h"

// No step takes this long by itself: p2v-transport's own limits are shorter, and they say more.
#define INSPECT_SECONDS 60
#define FETCH_SECONDS 180
#define CONNECT_SECONDS 300

static void enter(struct supervisor *sup, enum phase phase, int seconds)
{
    sup->phase = phase;
    sup->deadline = (struct timespec){ 0 };
    if (seconds > 0)
        ending_deadline(sup, seconds);
}

// ---- inspection, and the tools whose output goes to the remote directory -------------------------------

static void start_tools(struct supervisor *sup)
{
    for (size_t i = 0; i < TOOLS; i++) {
        enum runner_program program = (enum runner_program)(RUN_FIRST_TOOL + i);
        struct error err;
        sup->tools[i].fd = memfd_create(runner_program_name(program), MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (sup->tools[i].fd < 0)
            error_set_errno(&err, errno, "cannot make a file for the output of %s", runner_program_name(program));
        else if (runner_run(&sup->runner, program, ++sup->last_id, &sup->tools[i].fd, 1, &err) == 0) {
            sup->tools[i].id = sup->last_id;
            continue;
        }
        conversion_note(sup, P2V__LEVEL__WARNING, "%s", err.text);   // these files only help to find out about failures
    }
}

void conversion_begin(struct supervisor *sup)
{
    struct error err;
    enter(sup, PHASE_INSPECT, INSPECT_SECONDS);
    if (sup->config.dump_config_and_exit)
        conversion_inspect(sup);           // nobody else is needed
    else if (peer_start(sup, RUN_UI, -1, &err) == NULL)
        conversion_fail(sup, "%s", err.text);
    else
        start_tools(sup);
}

void conversion_inspect(struct supervisor *sup)
{
    struct error err;
    if (sup->outcome != OUTCOME_NONE || sup->inspecting)
        return;
    sup->inspecting = true;
    if (peer_start(sup, RUN_INSPECT, -1, &err) == NULL)
        conversion_fail(sup, "%s", err.text);
}

// ---- the connections -----------------------------------------------------------------------------------

struct peer *conversion_transport(struct supervisor *sup, enum role role)
{
    struct error err;
    struct peer *transport = peer_start(sup, RUN_TRANSPORT, -1, &err);
    if (transport == NULL)
        conversion_fail(sup, "%s", err.text);
    else
        transport->role = role;
    return transport;
}

// An export and a transport for one disk, joined by a socketpair of their own: the data plane never comes through here.
static bool start_disk(struct supervisor *sup, size_t disk)
{
    int ends[2];
    struct error err;
    struct peer *transport = conversion_transport(sup, ROLE_DATA);
    if (transport == NULL)
        return false;
    bool external = sup->nbd->family != NBD_BUILTIN;
    struct peer *export = peer_start(sup, RUN_EXPORT, external ? sup->disks[disk].fd : -1, &err);
    if (export == NULL || channel_pair(ends) < 0) {
        if (export != NULL)
            error_set_errno(&err, errno, "cannot join p2v-export and p2v-transport");
        conversion_fail(sup, "%s", err.text);
        return false;
    }
    export->disk = transport->disk = disk;
    export->data_fd = ends[0];
    transport->data_fd = ends[1];
    return true;
}

static void connect_all(struct supervisor *sup)
{
    enter(sup, PHASE_CONNECT, CONNECT_SECONDS);
    if (sup->nbd->family != NBD_BUILTIN)
        conversion_note(sup, P2V__LEVEL__INFO, "the disks are served by %s", sup->nbd->name);
    if (conversion_transport(sup, ROLE_CONTROL) == NULL)
        return;
    for (size_t i = 0; i < sup->disk_count; i++)
        if (!start_disk(sup, i))
            return;
}

static void test_connection(struct supervisor *sup)
{
    if (sup->config.skip_test_connection && !sup->dialogs) {
        connect_all(sup);
        return;
    }
    enter(sup, PHASE_TEST, CONNECT_SECONDS);
    conversion_note(sup, P2V__LEVEL__INFO, "connecting to %s port %u", sup->config.server, (unsigned)sup->config.port);
    conversion_transport(sup, ROLE_TEST);
}

// One URL after the other, each by a p2v-fetch of its own.
static void fetch(struct supervisor *sup)
{
    struct error err;
    struct url_file file;
    if (!urls_next(sup, &file)) {
        if (sup->tested)
            connect_all(sup);
        else
            test_connection(sup);
        return;
    }
    enter(sup, PHASE_FETCH, FETCH_SECONDS);
    sup->fetching = true;
    if (peer_start(sup, RUN_FETCH, -1, &err) == NULL)
        conversion_fail(sup, "%s", err.text);
}

// ---- from the inventory to the conversion --------------------------------------------------------------

static void leave_inspection(struct supervisor *sup)
{
    struct error err;
    if (sup->config.dump_config_and_exit) {
        dump_config(sup);
        return;
    }
    if (sup->dialogs) {
        dialogs_begin(sup);
        return;
    }
    if (sup->config.server == NULL) {
        conversion_fail(sup, "no conversion server is named: put p2v.server=HOST on the kernel command line (or in --cmdline)");
        return;
    }
    if (conversion_claim(sup, &err) < 0) {
        config_wipe(&sup->config.fail);    // which might end the other one
        conversion_fail(sup, "%s", err.text);
        return;
    }
    conversion_decided(sup);
}

int conversion_claim(struct supervisor *sup, struct error *err)
{
    if (sup->machine_fd == 0 || flock(sup->machine_fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    return error_set(err, "another virt-p2v converts this machine already: look at its other consoles, and try again when that has ended");
}

void conversion_connect(struct supervisor *sup)
{
    fetch(sup);
}

void conversion_decided(struct supervisor *sup)
{
    struct error err;
    int warning = machine_check(sup, &err) < 0 ? -1 : choice_open_disks(sup, &err);
    if (warning < 0) {
        conversion_fail(sup, "%s", err.text);
        return;
    }
    if (warning > 0)
        conversion_note(sup, P2V__LEVEL__WARNING, "%s", err.text);
    if (sup->config.pre == NULL) {
        fetch(sup);
        return;
    }
    enter(sup, PHASE_PRE, 0);
    if (hook_start(sup, RUN_PRE, &err) < 0)
        conversion_fail(sup, "%s", err.text);
}

static bool all_connected(struct supervisor *sup)
{
    struct peer *control = peer_transport(sup, ROLE_CONTROL);
    if (control == NULL || control->state != PEER_LOGGED_IN || reconnect_next(sup) != 0)
        return false;
    for (size_t i = 0; i < sup->disk_count; i++)
        if (sup->ports[i] == 0)
            return false;
    for (size_t i = 0; i < TOOLS; i++)
        if (sup->tools[i].id != 0)
            return false;
    for (size_t i = 0; i < MAX_PEERS; i++)
        if (sup->peers[i].id != 0 && sup->peers[i].state == PEER_EXPORT_STARTING)
            return false;
    return true;
}

// What is uploaded beside virt-v2v's own files: the tools' outputs and p2v.pre's.  A descriptor, or -1 where there is none.
static int attachment(const struct supervisor *sup, size_t i, const char **name)
{
    *name = i < TOOLS ? runner_program_name((enum runner_program)(RUN_FIRST_TOOL + i)) : "pre.log";
    return i < TOOLS ? sup->tools[i].fd : sup->pre_fd > 0 ? sup->pre_fd : -1;
}

// What is being uploaded cannot change any more.
static int seal_attachments(struct supervisor *sup, struct error *err)
{
    for (size_t i = 0; i <= TOOLS; i++) {
        const char *name;
        int fd = attachment(sup, i, &name);
        if (fd >= 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
            return error_set_errno(err, errno, "cannot seal %s", name);
    }
    return 0;
}

static int send_attachments(struct supervisor *sup, struct peer *control, struct error *err)
{
    for (size_t i = 0; i <= TOOLS; i++) {
        P2v__Attachment message = P2V__ATTACHMENT__INIT;
        const char *name;
        int fd = attachment(sup, i, &name);
        message.name = (char *)name;
        P2v__Envelope envelope = ENVELOPE(attachment, ATTACHMENT, &message);
        if (fd >= 0 && peer_send(control, &envelope, &fd, 1, err) < 0)
            return -1;
    }
    return 0;
}

static char *or_empty(char *text)
{
    static char empty[] = "";
    return text != NULL ? text : empty;
}

static int send_start(struct supervisor *sup, struct peer *control, struct error *err)
{
    static struct machine_plan plan;               // too large for the stack
    machine_plan(sup, &plan);
    P2v__Output output = P2V__OUTPUT__INIT;
    output.mode = or_empty(sup->config.output_mode);
    output.connection = or_empty(sup->config.output_connection);
    output.format = or_empty(sup->config.output_format);
    output.storage = or_empty(sup->config.output_storage);
    output.allocation = or_empty(sup->config.output_allocation);
    output.misc = sup->config.output_misc.items;
    output.n_misc = sup->config.output_misc.count;
    P2v__ConversionStart start = P2V__CONVERSION_START__INIT;
    start.sudo = sup->config.sudo;
    start.list_bad_ranges = machine_zeroes_bad(sup);
    start.machine = &plan.machine;
    start.output = &output;
    start.patience = (uint32_t)sup->config.reconnect;
    start.remote_directory = sup->remote_directory;
    start.started = sup->started;
    start.offset = sup->output_bytes;
    start.cancel = sup->cancelling;
    P2v__Envelope envelope = ENVELOPE(conversion_start, CONVERSION_START, &start);
    return peer_send(control, &envelope, NULL, 0, err);
}

void conversion_control(struct supervisor *sup, struct peer *control)
{
    struct error err;
    sup->bad_asked = MAX_DISKS;
    if (send_attachments(sup, control, &err) < 0 || send_start(sup, control, &err) < 0)
        conversion_fail(sup, "%s", err.text);
    else
        control->state = PEER_CONVERSION_STARTING;
}

static void convert(struct supervisor *sup)
{
    struct error err;
    enter(sup, PHASE_CONVERT, 0);
    if (peer_start(sup, RUN_INHIBIT, -1, &err) == NULL)    // a machine that goes to sleep loses its connections, no more
        conversion_note(sup, P2V__LEVEL__DEBUG, "%s", err.text);
    if (seal_attachments(sup, &err) < 0)
        conversion_fail(sup, "%s", err.text);
    else
        conversion_control(sup, peer_transport(sup, ROLE_CONTROL));
}

static void leave_pre(struct supervisor *sup)
{
    char text[128];
    if (sup->hook.status == 0) {
        fetch(sup);
        return;
    }
    ending_describe_status(sup->hook.status, text, sizeof text);
    conversion_fail(sup, "the command of p2v.pre failed with %s: the conversion is not begun", text);
}

void conversion_advance(struct supervisor *sup)
{
    reconnect_advance(sup);
    switch (sup->phase) {
    case PHASE_INSPECT:
        if (sup->inventory.envelope != NULL && !contents_awaited(sup))
            leave_inspection(sup);
        break;
    case PHASE_PRE:
        if (sup->hook.id == 0)
            leave_pre(sup);
        break;
    case PHASE_FETCH:
        if (!sup->fetching)
            fetch(sup);
        break;
    case PHASE_TEST:
        if (sup->tested && sup->dialogs && !sup->decided)
            dialogs_connected(sup);
        else if (sup->tested)
            connect_all(sup);
        break;
    case PHASE_CONNECT:
        if (all_connected(sup))
            convert(sup);
        break;
    case PHASE_ASK:
    case PHASE_CONVERT:
    case PHASE_OVER:
        break;
    case PHASE_VERDICT:
    case PHASE_HOOK:
        ending_advance(sup);
        break;
    }
}

// ---- ends ----------------------------------------------------------------------------------------------

static void helper_ended(struct supervisor *sup, struct peer *peer, const struct runner_event *event)
{
    const char *name = runner_program_name(peer->program);
    char words[256], how[128] = "";
    peer_last_words(peer, words, sizeof words);
    bool expected = peer->state == PEER_CLOSED;
    bool ui = peer->program == RUN_UI, there = event->status != 127 << 8 && event->status != 126 << 8;
    if (peer->program == RUN_CONTENTS) {               // its disk may have made it die: the conversion goes on without
        if (!expected)
            contents_lost(sup, peer, words[0] != '\0' ? words : "it has crashed");
        peer_forget(peer);
        return;
    }
    if (peer->program == RUN_INHIBIT) {                // not every machine has logind
        if (!expected)
            conversion_note(sup, P2V__LEVEL__DEBUG, "this machine is not kept from sleep and shutdown: systemd-inhibit: %s", words);
        peer_forget(peer);
        return;
    }
    if (event->kind == RUNNER_NOT_STARTED)
        conversion_fail(sup, "%s cannot be started: %s", name, strerror(event->status));
    else
        ending_describe_status(event->status, how, sizeof how);
    // Killed from outside, it may be started again.  One that ends in any other way has met what it cannot bear: it would again.
    if (event->kind == RUNNER_ENDED && WIFSIGNALED(event->status) && WTERMSIG(event->status) == SIGKILL && !expected)
        expected = peer->program == RUN_TRANSPORT && reconnect_lost(sup, peer, "p2v-transport was killed");
    peer_forget(peer);
    if (ui)
        sup->verdict_shown = sup->verdict_shown && expected;    // a UI that died has shown nothing: say it ourselves
    if (expected || event->kind != RUNNER_ENDED || (ui && there && dialogs_ui_died(sup, how)))
        return;
    if (!there)
        conversion_fail(sup, "%s cannot be run from %s%s%s: install it there, or name its folder by --helper-dir", name,
                        sup->options.helper_dir, words[0] != '\0' ? ": " : "", words);
    else if (WIFSIGNALED(event->status) && WTERMSIG(event->status) == SIGSYS && words[0] != '\0')
        conversion_fail(sup, "%s was ended: %s; this is a fault of virt-p2v, or an attack", name, words);
    else
        conversion_fail(sup, "%s ended unexpectedly, by %s%s%s", name, how, words[0] != '\0' ? ": " : "", words);
}

static void tool_ended(struct supervisor *sup, struct tool_output *tool, const struct runner_event *event)
{
    tool->id = 0;
    if (event->kind == RUNNER_ENDED && WIFEXITED(event->status) && WEXITSTATUS(event->status) == 0)
        return;
    conversion_note(sup, P2V__LEVEL__DEBUG, "%s gave no or part of its output",
                    runner_program_name((enum runner_program)(RUN_FIRST_TOOL + (tool - sup->tools))));
}

void conversion_program_ended(struct supervisor *sup, const struct runner_event *event)
{
    struct peer *peer = peer_by_id(sup, event->id);
    if (peer != NULL)
        helper_ended(sup, peer, event);
    for (size_t i = 0; i < TOOLS; i++)
        if (sup->tools[i].id == event->id)
            tool_ended(sup, &sup->tools[i], event);
    hook_program_ended(sup, event);
    buttons_program_ended(sup, event);
}
