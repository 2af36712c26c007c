// SPDX-License-Identifier: GPL-2.0-or-later
//
// The steps of a conversion: what is started when, and what must have come before it goes on.
// Touches: the helpers' channels; the lock by which several consoles agree who converts; standard output, for p2v.dump_config_and_exit.
#include "p2v-supervisor/conversion.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "p2v-supervisor/urls.h"
#include "proto/config-print.h"
#include "proto/configuration.h"

// No step takes this long by itself: p2v-transport's own limits are shorter, and they say more.
#define INSPECT_SECONDS 60
#define FETCH_SECONDS 180
#define CONNECT_SECONDS 300

void conversion_enter(struct supervisor *sup, enum phase phase, int seconds)
{
    sup->phase = phase;
    ending_deadline(sup, seconds);
}

// ---- the inspection ------------------------------------------------------------------------------------

struct peer *conversion_start(struct supervisor *sup, enum runner_program program, int disk_fd)
{
    struct error err;
    struct peer *peer = peer_start(sup, program, disk_fd, &err);
    if (peer == NULL)
        conversion_fail(sup, "%s", err.text);
    return peer;
}

void conversion_begin(struct supervisor *sup)
{
    conversion_enter(sup, PHASE_INSPECT, INSPECT_SECONDS);
    if (sup->settings->dump_config_and_exit)
        conversion_inspect(sup);           // nobody else is needed
    else if (conversion_start(sup, RUN_UI, -1) != NULL)
        attachments_begin(sup);
}

void conversion_inspect(struct supervisor *sup)
{
    if (sup->outcome != OUTCOME_NONE || sup->inspecting)
        return;
    sup->inspecting = true;
    conversion_start(sup, RUN_INSPECT, -1);
}

bool conversion_send(struct supervisor *sup, struct peer *peer, const P2v__Envelope *envelope, const int *fds, size_t fd_count,
                     enum peer_state state)
{
    struct error err;
    if (peer_send(peer, envelope, fds, fd_count, &err) < 0) {
        conversion_fail(sup, "%s", err.text);
        return false;
    }
    peer->state = state;
    return true;
}

// ---- the connections -----------------------------------------------------------------------------------

struct peer *conversion_transport(struct supervisor *sup, enum role role)
{
    struct peer *transport = conversion_start(sup, RUN_TRANSPORT, -1);
    if (transport != NULL)
        transport->role = role;
    return transport;
}

// An export and a transport for one disk.
static bool start_disk(struct supervisor *sup, size_t disk)
{
    struct peer *transport = conversion_transport(sup, ROLE_DATA);
    struct peer *export = transport == NULL ? NULL :
                          conversion_start(sup, RUN_EXPORT, sup->nbd->family != NBD_BUILTIN ? sup->disks[disk].fd : -1);
    if (export == NULL)
        return false;
    export->disk = disk;
    return reconnect_join(sup, transport, disk);
}

static void connect_all(struct supervisor *sup)
{
    conversion_enter(sup, PHASE_CONNECT, CONNECT_SECONDS);
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
    conversion_enter(sup, PHASE_TEST, CONNECT_SECONDS);
    conversion_note(sup, P2V__LEVEL__INFO, "connecting to %s port %u", sup->connection->remote_server, (unsigned)sup->connection->remote_port);
    conversion_transport(sup, ROLE_TEST);
}

// First what is named by URLs, one after the other, each by a p2v-fetch of its own.
void conversion_connect(struct supervisor *sup)
{
    struct url_file file;
    if (urls_next(sup, &file)) {
        conversion_enter(sup, PHASE_FETCH, FETCH_SECONDS);
        conversion_start(sup, RUN_FETCH, -1);
    } else if (sup->tested || (sup->settings->skip_test_connection && !sup->dialogs)) {
        connect_all(sup);
    } else {
        test_connection(sup);
    }
}

// ---- from the inventory to the conversion --------------------------------------------------------------

static void leave_inspection(struct supervisor *sup)
{
    struct error err;
    bool begins = !sup->dialogs && !sup->settings->dump_config_and_exit;
    conversion_enter(sup, PHASE_PLAN, 0);
    if (begins && sup->connection->remote_server[0] == '\0') {
        conversion_fail(sup, "no conversion server is named: put p2v.server=HOST on the kernel command line (or in --cmdline)");
    } else if (begins && conversion_claim(sup, &err) < 0) {
        sup->claimed_by_other = true;
        conversion_fail(sup, "%s", err.text);
    } else {
        plan_ask(sup, PLAN_BEGIN);
    }
}

// p2v.dump_config_and_exit
static void dump(struct supervisor *sup)
{
    const P2v__Plan *plan = sup->plan.envelope->plan;
    P2v__Guest guest = *plan->guest[0];
    const ProtobufCMessage *parts[] = { &sup->connection->base, &guest.base, &plan->hardware[0]->base, &sup->output->base,
                                        &sup->settings->base };
    __attribute__((cleanup(config_clear))) struct config config = { 0 };
    struct error err;
    if (sup->guest->n_disks > 0) {         // as they were given; p2v-plan was told of names in place of paths
        guest.disks = sup->guest->disks;
        guest.n_disks = sup->guest->n_disks;
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (configuration_take(&config, parts[i], &err) < 0) {
            conversion_fail(sup, "%s", err.text);
            return;
        }
    config_dump(&config, stdout);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        conversion_fail(sup, "cannot print the configuration: %s", strerror(errno));
        return;
    }
    sup->outcome = OUTCOME_DONE;
    sup->phase = PHASE_OVER;
}

void conversion_planned(struct supervisor *sup)
{
    const P2v__Plan *plan = sup->plan.envelope->plan;
    const P2v__Finding *error = plan_error(plan);
    bool begins = !sup->dialogs && !sup->settings->dump_config_and_exit;
    for (size_t i = 0; i < plan->n_findings && (error == NULL || !begins); i++)
        if (!plan->findings[i]->advice)
            conversion_note(sup, P2V__LEVEL__WARNING, "%s", plan->findings[i]->text);
    if (begins && error != NULL)
        conversion_fail(sup, "%s", error->text);
    else if (begins)
        conversion_decided(sup);
    else if (sup->dialogs)
        dialogs_begin(sup);
    else
        dump(sup);
}

int conversion_claim(struct supervisor *sup, struct error *err)
{
    if (sup->machine_fd == 0 || flock(sup->machine_fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    return error_set(err, "another virt-p2v converts this machine already: look at its other consoles, and try again when that has ended");
}

void conversion_decided(struct supervisor *sup)
{
    struct error err;
    peer_close(peer_of(sup, RUN_PLAN));
    if (plan_open_disks(sup, &err) < 0) {
        conversion_fail(sup, "%s", err.text);
    } else if (sup->settings->pre[0] == '\0') {
        conversion_connect(sup);
    } else {
        conversion_enter(sup, PHASE_PRE, 0);
        if (hook_start(sup, RUN_PRE, &err) < 0)
            conversion_fail(sup, "%s", err.text);
    }
}

static bool all_connected(struct supervisor *sup)
{
    struct peer *control = peer_transport(sup, ROLE_CONTROL);
    if (control == NULL || control->state != PEER_LOGGED_IN || reconnect_waits(sup))
        return false;
    for (size_t i = 0; i < sup->disk_count; i++) {
        const struct peer *export = peer_export(sup, i);
        if (sup->disks[i].port == 0 || export == NULL || export->state != PEER_EXPORTING)
            return false;
    }
    return !attachments_wait(sup);
}

bool conversion_zeroes_bad(const struct supervisor *sup)
{
    return strcmp(sup->settings->read_errors, "zero") == 0;
}

static void send_start(struct supervisor *sup, struct peer *control)
{
    P2v__Machine machine = *sup->plan.envelope->plan->machine[0];
    P2v__Output output = configuration_output(sup->output, sup->start->configuration);
    P2v__MachineDisk disks[MAX_DISKS], *pointers[MAX_DISKS];
    for (size_t i = 0; i < sup->disk_count; i++) {
        disks[i] = (P2v__MachineDisk){ PROTOBUF_C_MESSAGE_INIT(&p2v__machine_disk__descriptor), sup->disks[i].name, sup->disks[i].port };
        pointers[i] = &disks[i];
    }
    machine.disks = pointers;
    machine.n_disks = sup->disk_count;
    P2v__Envelope envelope = MESSAGE(conversion_start, CONVERSION_START, ConversionStart, .sudo = sup->connection->auth_sudo,
        .list_bad_ranges = conversion_zeroes_bad(sup), .machine = &machine, .output = &output, .patience = (uint32_t)sup->settings->reconnect,
        .remote_directory = sup->remote_directory, .started = sup->started, .offset = sup->output_bytes, .cancel = sup->cancelling);
    conversion_send(sup, control, &envelope, NULL, 0, PEER_CONVERSION_STARTING);
}

void conversion_control(struct supervisor *sup, struct peer *control)
{
    sup->bad_asked = MAX_DISKS;
    if (attachments_send(sup, control))
        send_start(sup, control);
}

static void convert(struct supervisor *sup)
{
    struct error err;
    conversion_enter(sup, PHASE_CONVERT, 0);
    if (peer_start(sup, RUN_INHIBIT, -1, &err) == NULL)    // a machine that goes to sleep loses its connections, no more
        conversion_note(sup, P2V__LEVEL__DEBUG, "%s", err.text);
    conversion_control(sup, peer_transport(sup, ROLE_CONTROL));
}

static void leave_pre(struct supervisor *sup)
{
    char text[128];
    program_describe_status(sup->hook.status, text, sizeof text);
    if (sup->hook.status == 0)
        conversion_connect(sup);
    else
        conversion_fail(sup, "the command of p2v.pre failed with %s: the conversion is not begun", text);
}

void conversion_advance(struct supervisor *sup)
{
    reconnect_advance(sup);
    if (sup->phase == PHASE_INSPECT && sup->inventory.envelope != NULL && peer_of(sup, RUN_CONTENTS) == NULL)
        leave_inspection(sup);
    else if (sup->phase == PHASE_PRE && sup->tasks[RUN_PRE] == 0)
        leave_pre(sup);
    else if (sup->phase == PHASE_CONNECT && all_connected(sup))
        convert(sup);
    else if (sup->phase == PHASE_VERDICT || sup->phase == PHASE_HOOK)
        ending_advance(sup);
}
