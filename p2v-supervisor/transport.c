// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a p2v-transport says once it has logged in, and what that brings about: of the conversion, and of what a p2v-export could not read.
// Touches: the helpers' channels; the memory that the data connections share for p2v.bwlimit.

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "p2v-supervisor/conversion.h"
#include "proto/configuration.h"

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

void on_logged_in(struct supervisor *sup, struct peer *peer, struct message *in)
{
    if (!trust_holds(sup, in->envelope->logged_in->fingerprint))
        return;
    conversion_note(sup, peer->role == ROLE_TEST ? P2V__LEVEL__INFO : P2V__LEVEL__DEBUG, "logged in to %s, host key %s, cipher %s",
                    sup->connection->remote_server, in->envelope->logged_in->fingerprint, in->envelope->logged_in->cipher);
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
    (void)peer;
    conversion_note(sup, P2V__LEVEL__INFO, "%s has virt-v2v %s", sup->connection->remote_server, in->envelope->features->version);
    sup->tested = true;
    message_keep(&sup->features, in);
    if (sup->dialogs && !sup->decided)
        dialogs_answer(sup, "", NULL);
    else
        conversion_connect(sup);
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
    disk->bad_ranges = bad->n_ranges;
    disk->bad_more = bad->more;
    disk->bad_bytes = 0;
    for (size_t i = 0; i < bad->n_ranges; i++)
        disk->bad_bytes += bad->ranges[i]->length;
    if (control == NULL || control->state != PEER_CONVERTING || sup->bad_asked != peer->disk)
        return;
    sup->bad_asked = MAX_DISKS;
    conversion_send(sup, control, in->envelope, NULL, 0, control->state);
}

// ---- its end -------------------------------------------------------------------------------------------

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
    const char *place = configuration_output(sup->output, sup->start->configuration).storage;
    bool hidden = config_hides(config_find("output.storage"), place);
    error_set(&text, "the conversion has succeeded: the virtual machine is in %s (virt-v2v -o %s) on %s%s; shut this machine "
              "down and do not boot it again", hidden ? "(secret)" : place, sup->output->type, sup->connection->remote_server, bad_text);
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
