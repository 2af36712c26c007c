// SPDX-License-Identifier: GPL-2.0-or-later
//
// What each permitted message brings about.  Every field has been checked (proto/check.c), and that this helper may say it
// now (permit.c).  Touches: the helpers' channels.
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
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
        log_repeat(sup, peer);
    dialogs_show(sup, peer);
    conversion_inspect(sup);
}

static void start_inspect(struct supervisor *sup, struct peer *peer)
{
    P2v__Envelope envelope = MESSAGE(inspect_start, INSPECT_START, InspectStart);
    int clock = open("/dev/rtc", O_RDONLY | O_CLOEXEC | O_NONBLOCK);       // only root may; not every machine has one
    if (clock < 0)
        clock = open("/dev/rtc0", O_RDONLY | O_CLOEXEC | O_NONBLOCK);      // the other name is a link by udev
    conversion_send(sup, peer, &envelope, &clock, clock >= 0 ? 1 : 0, PEER_INSPECTING);
    if (clock >= 0)
        close(clock);
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

// The memory is made with the first data connection.  No size but this one, for nobody may take memory away from the others.
static bool send_limit(struct supervisor *sup, struct peer *peer)
{
    const uint64_t paid_at = 0;
    int fd = sup->limit_fd > 0 ? sup->limit_fd : memfd_create("p2v.bwlimit", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (sup->limit_fd == 0 && (fd < 0 || write(fd, &paid_at, sizeof paid_at) != sizeof paid_at ||
                               fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)) {
        conversion_fail(sup, "cannot make memory to share for p2v.bwlimit: %s", strerror(errno));
        return false;
    }
    sup->limit_fd = fd;
    return conversion_send(sup, peer, &MESSAGE(bandwidth_limit, BANDWIDTH_LIMIT, BandwidthLimit, .bits_per_second = sup->settings->bwlimit),
                           &sup->limit_fd, 1, PEER_LOGGED_IN);
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
    (void)peer;
    conversion_fail(sup, "%s", in->envelope->failure->text);
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

// ---- p2v-inspect, p2v-fetch, p2v-export ---------------------------------------------------------------------------

void on_inventory(struct supervisor *sup, struct peer *peer, struct message *in)
{
    P2v__Inventory *machine = in->envelope->inventory;
    message_keep(&sup->inventory, in);
    sup->machine = machine;
    if (sup->start->n_test_paths > 0) {                // the inventory is kept to the end, as these are
        machine->disks = sup->start->test_disks;
        machine->n_disks = sup->start->n_test_disks;
    }
    peer_close(peer);
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
        sup->fetching = false;
        peer_close(peer);
    }
}

void on_export_ready(struct supervisor *sup, struct peer *peer, struct message *in)
{
    (void)sup;
    (void)in;
    peer->state = PEER_EXPORTING;
}

// ---- what could not be read: p2v-transport asks for it disk by disk, and keeps it in the remote directory ---------------

void on_bad_ranges_ask(struct supervisor *sup, struct peer *peer, struct message *in)
{
    const char *name = in->envelope->bad_ranges_ask->name;
    struct peer *export = NULL;
    (void)peer;
    for (size_t i = 0; i < sup->disk_count; i++)
        if (strcmp(sup->disks[i].name, name) == 0)
            export = peer_export(sup, sup->bad_asked = i);
    if (export == NULL)
        conversion_fail(sup, "p2v-transport asks about a disk that is not being converted: %s", name);
    else if (export->state != PEER_LISTING_BAD)        // a lost connection's question, on its way, is this one's too
        conversion_send(sup, export, in->envelope, NULL, 0, PEER_LISTING_BAD);
}

void on_bad_ranges(struct supervisor *sup, struct peer *peer, struct message *in)
{
    const P2v__BadRanges *bad = in->envelope->bad_ranges;
    struct disk *disk = &sup->disks[peer->disk];
    struct peer *control = peer_transport(sup, ROLE_CONTROL);
    peer->state = PEER_EXPORTING;
    disk->bad_ranges = bad->n_ranges;
    disk->bad_more = bad->more;
    disk->bad_bytes = 0;
    for (size_t i = 0; i < bad->n_ranges; i++)
        disk->bad_bytes += bad->ranges[i]->length;
    if (control == NULL || sup->bad_asked != peer->disk)
        return;
    sup->bad_asked = MAX_DISKS;
    conversion_send(sup, control, in->envelope, NULL, 0, control->state);
}

// ---- p2v-transport -------------------------------------------------------------------------------------

void on_logged_in(struct supervisor *sup, struct peer *peer, struct message *in)
{
    if (!trust_holds(sup, in->envelope->logged_in->fingerprint))
        return;
    conversion_note(sup, peer->role == ROLE_TEST ? P2V__LEVEL__INFO : P2V__LEVEL__DEBUG, "logged in to %s, host key %s, cipher %s",
                    sup->connection->remote_server, in->envelope->logged_in->fingerprint, in->envelope->logged_in->cipher);
    peer->state = PEER_LOGGED_IN;
    if (sup->phase != PHASE_CONVERT && peer->role != ROLE_DATA)
        reconnect_made(sup, peer);
    if (peer->role == ROLE_TEST) {
        P2v__Envelope envelope = MESSAGE(test_connection, TEST_CONNECTION, TestConnection, .sudo = sup->connection->auth_sudo,
                                         .output_mode = sup->dialogs ? NULL : sup->output->type);      // a dialog asks for it later
        conversion_send(sup, peer, &envelope, NULL, 0, PEER_TESTING);
    } else if (peer->role == ROLE_DATA) {
        if (sup->settings->bwlimit != 0 && !send_limit(sup, peer))
            return;
        const struct disk *disk = &sup->disks[peer->disk];
        P2v__Envelope envelope = MESSAGE(forward_start, FORWARD_START, ForwardStart, .name = (char *)disk->name, .port = disk->port,
                                         .session_pid = disk->session_pid, .session_began = disk->session_began);
        conversion_send(sup, peer, &envelope, &peer->data_fd, 1, PEER_FORWARD_STARTING);
        close(peer->data_fd);
        peer->data_fd = -1;
    } else if (sup->phase == PHASE_CONVERT) {
        conversion_control(sup, peer);
    }
}

void on_features(struct supervisor *sup, struct peer *peer, struct message *in)
{
    conversion_note(sup, P2V__LEVEL__INFO, "%s has virt-v2v %s", sup->connection->remote_server, in->envelope->features->version);
    sup->tested = true;
    message_keep(&sup->features, in);
    peer_close(peer);
}

void on_forward_ready(struct supervisor *sup, struct peer *peer, struct message *in)
{
    const P2v__ForwardReady *ready = in->envelope->forward_ready;
    struct disk *disk = &sup->disks[peer->disk];
    if (disk->port != 0 && disk->port != ready->port) {
        conversion_fail(sup, "p2v-transport got the port %u in place of %u for disk %s", ready->port, disk->port, disk->name);
        return;
    }
    disk->port = ready->port;
    disk->session_pid = ready->session_pid;
    disk->session_began = ready->session_began;
    peer->state = PEER_FORWARDING;
    reconnect_made(sup, peer);
}

void on_conversion_directory(struct supervisor *sup, struct peer *peer, struct message *in)
{
    (void)peer;
    if (sup->started)
        conversion_fail(sup, "p2v-transport begins the conversion anew, although it runs already in %s", sup->remote_directory);
    else
        snprintf(sup->remote_directory, sizeof sup->remote_directory, "%s", in->envelope->conversion_directory->remote_directory);
}

void on_conversion_started(struct supervisor *sup, struct peer *peer, struct message *in)
{
    if (strcmp(sup->remote_directory, in->envelope->conversion_started->remote_directory) != 0) {
        conversion_fail(sup, "p2v-transport has started the conversion in another directory than it said");
        return;
    }
    peer->state = PEER_CONVERTING;
    reconnect_made(sup, peer);
    if (sup->started)
        return;
    sup->started = true;
    dialogs_tell_phase(sup);
    conversion_note(sup, P2V__LEVEL__INFO, "converting; log files are in %s on %s", sup->remote_directory, sup->connection->remote_server);
}

void on_conversion_output(struct supervisor *sup, struct peer *peer, struct message *in)
{
    (void)peer;
    sup->output_bytes += in->envelope->conversion_output->data.len;
    log_show(sup, in->envelope->conversion_output->data.data, in->envelope->conversion_output->data.len);
}

static void succeed(struct supervisor *sup, bool listed)
{
    struct error text;
    char bad_text[256] = "";
    size_t ranges = 0;
    uint64_t bytes = 0;
    bool more = false;
    for (size_t i = 0; i < sup->disk_count; i++) {
        ranges += sup->disks[i].bad_ranges;
        bytes += sup->disks[i].bad_bytes;
        more = more || sup->disks[i].bad_more;
    }
    if (ranges > 0)
        snprintf(bad_text, sizeof bad_text, "; %s%zu ranges, %" PRIu64 " bytes could not be read and are zeroes: %s%s%s",
                 more ? "over " : "", ranges, bytes, listed ? "see " : "the list could not be written there", listed ? sup->remote_directory : "",
                 listed ? "/bad-ranges there" : "");
    error_set(&text, "the conversion has succeeded: the virtual machine is in %s (virt-v2v -o %s) on %s%s; shut this machine "
              "down and do not boot it again", sup->output->storage, sup->output->type, sup->connection->remote_server, bad_text);
    ending_begin(sup, OUTCOME_DONE, text.text);
}

void on_conversion_ended(struct supervisor *sup, struct peer *peer, struct message *in)
{
    const P2v__ConversionEnded *ended = in->envelope->conversion_ended;
    (void)peer;
    sup->ended = true;
    if (ended->result == P2V__CONVERSION_RESULT__CONVERSION_CANCELLED) {
        ending_begin(sup, OUTCOME_CANCELLED, "the conversion has been cancelled, and has ended on the conversion server");
    } else if (ended->result == P2V__CONVERSION_RESULT__CONVERSION_FAILED) {
        bool trouble = sup->trouble.text[0] != '\0';
        conversion_fail(sup, "virt-v2v failed on %s with exit status %u%s%s%s%s (its whole log: %s/virt-v2v-conversion-log.txt)",
                        sup->connection->remote_server, ended->status, trouble ? "; before that " : "", sup->trouble.text,
                        ended->text[0] != '\0' ? ": " : "", ended->text, sup->remote_directory);
    } else {
        succeed(sup, ended->bad_ranges_listed);
    }
}

// ---- p2v-ui --------------------------------------------------------------------------------------------

void on_ui_finished(struct supervisor *sup, struct peer *peer, struct message *in)
{
    (void)sup;
    (void)in;
    peer_close(peer);
}
