// SPDX-License-Identifier: GPL-2.0-or-later
//
// What each permitted message brings about, but for those that have a file of their own.  Every field has been checked (proto/check.c),
// and that this helper may say it now (permit.c).  Touches: the helpers' channels.

#include <string.h>
#include <unistd.h>

#include "p2v-supervisor/conversion.h"
#include "p2v-supervisor/urls.h"
#include "proto/version.h"

// ---- a helper is ready: its first task -----------------------------------------------------------------

static void start_ui(struct supervisor *sup, struct peer *peer)
{
    const P2v__RunStart *run = sup->start;
    P2v__Envelope envelope = MESSAGE(ui_start, UI_START, UiStart, .colours = run->colours, .verbose = run->verbose, .dialogs = run->dialogs,
                                     .shell = run->allow_shell, .network = run->allow_shell, .power = run->iso);
    conversion_send(sup, peer, &envelope, NULL, 0, PEER_SHOWING);
    if (sup->inspecting)                   // it was started for one that died: there is something to show already
        log_repeat(sup);
    dialogs_show(sup, peer);
    conversion_inspect(sup);
}

static void start_inspect(struct supervisor *sup, struct peer *peer)
{
    conversion_send(sup, peer, &MESSAGE(inspect_start, INSPECT_START, InspectStart), NULL, 0, PEER_INSPECTING);
}

static void start_export(struct supervisor *sup, struct peer *peer)
{
    struct disk *disk = &sup->disks[peer->disk];
    P2v__Envelope envelope = MESSAGE(export_start, EXPORT_START, ExportStart, .name = disk->name, .size_bytes = disk->size_bytes,
                                     .zero_bad = conversion_zeroes_bad(sup));
    int fds[3] = { disk->fd, peer->data_fd, disk->direct_fd };
    conversion_send(sup, peer, &envelope, fds, 3, PEER_EXPORT_STARTING);
    close(peer->data_fd);
    peer->data_fd = -1;
}

static void start_fetch(struct supervisor *sup, struct peer *peer)
{
    struct url_file file;
    if (!urls_next(sup, &file))
        return;
    *file.size = 0;                        // of one before it that died
    P2v__Envelope envelope = MESSAGE(fetch_start, FETCH_START, FetchStart, .url = (char *)file.url, .cacert = { sup->cacert_size, sup->cacert },
                                     .limit = (uint32_t)file.max);
    conversion_send(sup, peer, &envelope, NULL, 0, PEER_FETCHING);
}

// What is missing is told for the first process of a program: the others lack the same.
static void report_layers(struct supervisor *sup, const struct peer *peer, const P2v__Ready *ready)
{
    if (sup->reported & 1u << peer->program)
        return;
    sup->reported |= 1u << peer->program;
    for (size_t i = 0; i < ready->n_layers; i++)
        conversion_note(sup, ready->layers[i]->enforced ? P2V__LEVEL__DEBUG : P2V__LEVEL__INFO, "%s: %s%s: %s", ready->program,
                        ready->layers[i]->enforced ? "" : "not sandboxed by ", ready->layers[i]->name, ready->layers[i]->detail);
}

static void (*const first_tasks[RUN_HELPERS])(struct supervisor *sup, struct peer *peer) = {
    [RUN_INSPECT] = start_inspect, [RUN_CONTENTS] = contents_ask, [RUN_PLAN] = plan_begin, [RUN_UI] = start_ui, [RUN_FETCH] = start_fetch,
    [RUN_EXPORT] = start_export, [RUN_TRANSPORT] = trust_login,            // the other one never says Ready: permit.c
};

void on_ready(struct supervisor *sup, struct peer *peer, struct message *in)
{
    const P2v__Ready *ready = in->envelope->ready;
    const char *name = peer->program == RUN_UI ? sup->start->ui_program : runner_program_name(peer->program);
    struct error err;
    if (version_check(name, ready->program, ready->version, "p2v-supervisor", &err) < 0) {
        conversion_fail(sup, "%s", err.text);
        return;
    }
    first_tasks[peer->program](sup, peer);
    report_layers(sup, peer, ready);
}

// ---- from any helper -----------------------------------------------------------------------------------

void on_failure(struct supervisor *sup, struct peer *peer, struct message *in)
{
    const char *text = in->envelope->failure->text;
    bool lived = peer->program == RUN_UI && peer->state != PEER_STARTING;
    if (lived && write(peer->errors_fd, text, strlen(text)) >= 0)      // its last words: it is as if it had died of that
        runner_kill(sup->runner, peer->id);
    else
        conversion_fail(sup, "%s", text);
}

void on_connection_lost(struct supervisor *sup, struct peer *peer, struct message *in)
{
    const char *why = in->envelope->connection_lost->text;
    if (!reconnect_lost(sup, peer, why))
        conversion_fail(sup, "%s", why);
}

void on_note(struct supervisor *sup, struct peer *peer, struct message *in)
{
    const P2v__Note *note = in->envelope->note;
    bool disk_failed = peer->program == RUN_EXPORT && note->level == P2V__LEVEL__ERROR;
    if (peer->program == RUN_EXPORT && note->level >= P2V__LEVEL__WARNING)
        error_set(&sup->trouble, "%s", note->text);
    // What makes virt-v2v wait for a lost disk makes it wait for an error of the disk as well: it would not fail for a long time.
    if (disk_failed && sup->settings->reconnect > 0)
        conversion_fail(sup, "%s: the conversion is ended%s", note->text,
                        conversion_zeroes_bad(sup) ? "" : "; p2v.read_errors=zero would put zeroes there");
    else                                               // the verdict is to tell the error, when virt-v2v has failed of it
        conversion_note(sup, disk_failed ? P2V__LEVEL__WARNING : note->level, "%s", note->text);
}

// ---- p2v-inspect, p2v-fetch ---------------------------------------------------------------------------

void on_inventory(struct supervisor *sup, struct peer *peer, struct message *in)
{
    (void)peer;
    P2v__Inventory *machine = in->envelope->inventory;
    message_keep(&sup->inventory, in);
    sup->machine = machine;
    if (sup->start->n_test_paths > 0) {                // the inventory is kept to the end, as these are
        machine->disks = sup->start->test_disks;
        machine->n_disks = sup->start->n_test_disks;
    }
    contents_begin(sup);
}

void on_fetched(struct supervisor *sup, struct peer *peer, struct message *in)
{
    const P2v__Fetched *fetched = in->envelope->fetched;
    struct error err;
    reconnect_made(sup, peer);
    if (urls_add(sup, fetched->content.data, fetched->content.len, !fetched->more, &err) < 0) {
        conversion_fail(sup, "%s", err.text);
    } else if (!fetched->more) {
        peer_close(peer);
        conversion_connect(sup);
    }
}
