// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-supervisor: the hub.  virt-p2v starts it; it locks itself, is told what this run is to do, and then only carries checked
// messages between helpers, as permit.c permits and conversion.c orders.  What is to be started it asks virt-p2v for, by number.
// May touch: disks, to open them read-only for helpers; the small files that file:// URLs name, which it reads and does not
// look into; never the bytes of a disk, a network or a display.
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "p2v-supervisor/conversion.h"
#include "p2v-supervisor/policy.h"
#include "p2v-supervisor/urls.h"
#include "proto/version.h"

#define EXIT_CANCELLED 3

static const char usage[] =
    "Usage: p2v-supervisor [--help | --version | --print-sandbox[=json]]\n"
    "The part of virt-p2v that opens the disks, asks for helpers and passes on their checked messages.\n"
    "virt-p2v starts it, and tells it what to do: see virt-p2v --help.\n"
    "\n"
    "  -h, --help           show this\n"
    "  -V, --version        show the version\n"
    "      --print-sandbox[=json]\n"
    "                       lock this process, show what the kernel enforces of that, and end\n";

// ---- what this run is to do ----------------------------------------------------------------------------

// What came with it is what it says of itself.
static int take_files(struct supervisor *sup, const P2v__RunStart *start, struct error *err)
{
    size_t lock = start->iso, audit = start->audit_log[0] != '\0';
    if (sup->run.fd_count != lock + audit)
        return error_set(err, "virt-p2v has sent %zu files in place of %zu", sup->run.fd_count, lock + audit);
    sup->machine_fd = lock ? sup->run.fds[0] : 0;
    sup->audit.fd = audit ? sup->run.fds[lock] : 0;
    return 0;
}

// virt-p2v's one message.  0, or -1 with err ("": virt-p2v has gone).
static int take_start(struct supervisor *sup, const P2v__Ready *self, struct error *err)
{
    if (channel_receive(sup->runner, true, &sup->run, err) != CHANNEL_MESSAGE)
        return -1;
    P2v__Envelope *envelope = sup->run.envelope;
    if (envelope->body_case != P2V__ENVELOPE__BODY_RUN_START)
        return error_set(err, "virt-p2v has sent %s in place of RunStart", message_name(envelope->body_case));
    P2v__RunStart *start = envelope->run_start;
    if (take_files(sup, start, err) < 0)
        return -1;
    audit_locked(&sup->audit, self);
    audit_message(&sup->audit, NULL, false, envelope, sup->run.fd_count);
    secret_take(&start->password, sup->secrets->password, &sup->secrets->password_size);
    secret_take(&start->passphrase, sup->secrets->passphrase, &sup->secrets->passphrase_size);
    sup->start = start;
    sup->settings = start->configuration->settings;
    sup->connection = start->configuration->connection;
    sup->guest = start->configuration->guest;
    sup->output = start->configuration->output;
    sup->dialogs = start->dialogs;
    sup->nbd = nbd_server_by_name(start->nbd, strlen(start->nbd));
    if (start->n_test_paths != start->n_test_disks)
        return error_set(err, "virt-p2v has named other test disks than it has told of");
    if (sup->nbd == NULL)
        return error_set(err, "virt-p2v has named the NBD server %s, which p2v-supervisor does not know", start->nbd);
    return 0;
}

// ---- the loop ------------------------------------------------------------------------------------------

#define FAREWELL_SECONDS 5         // for a helper to end that has closed its channel

static void kill_lingering(struct supervisor *sup)
{
    for (struct peer *peer = sup->peers; peer < sup->peers + MAX_PEERS; peer++)
        if (peer->id != 0 && peer->killed_at != 0 && seconds_now() >= peer->killed_at) {
            runner_kill(sup->runner, peer->id);
            peer->killed_at = 0;
        }
}

// A display that is slow holds the output back where it comes from: nothing is read from transports and hooks meanwhile.  The
// person's next word waits for the plan of the last one.
static bool is_held_back(const struct peer *peer, const struct peer *ui, const struct peer *plan)
{
    return (peer->program == RUN_TRANSPORT && ui != NULL && ui->queued > 0) || (peer == ui && plan != NULL && plan->state != PEER_PLANNED);
}

#define POLL_RUNNER 0
#define POLL_HOOK 1
#define POLL_PEERS 2

static size_t poll_set(struct supervisor *sup, struct pollfd *polled, struct peer **polled_peers)
{
    const struct peer *ui = peer_of(sup, RUN_UI);
    size_t count = POLL_PEERS;
    bool hook = sup->hook.fd > 0 && (ui == NULL || ui->queued == 0);
    polled[POLL_RUNNER] = (struct pollfd){ .fd = sup->runner, .events = POLLIN };
    polled[POLL_HOOK] = (struct pollfd){ .fd = hook ? sup->hook.fd : -1, .events = POLLIN };
    for (size_t i = 0; i < MAX_PEERS; i++) {
        struct peer *peer = &sup->peers[i];
        if (peer->id == 0 || peer->fd < 0 || is_held_back(peer, ui, peer_of(sup, RUN_PLAN)))
            continue;
        polled_peers[count] = peer;
        polled[count++] = (struct pollfd){ .fd = peer->fd, .events = (short)(POLLIN | (peer->queued > 0 ? POLLOUT : 0)) };
    }
    return count;
}

// True where there was a message.
static bool hear_peer(struct supervisor *sup, struct peer *peer)
{
    struct message in = { 0 };
    struct error err;
    switch (channel_receive(peer->fd, false, &in, &err)) {
    case CHANNEL_MESSAGE:
        audit_message(&sup->audit, peer, false, in.envelope, in.fd_count);
        permit_dispatch(sup, peer, &in);
        message_clear(&in);
        return true;
    case CHANNEL_BROKEN:
        audit_say(&sup->audit, "refused", peer, "why", err.text);
        peer_end(sup, peer);
        conversion_fail(sup, "%s has been ended, and the conversion with it: %s", runner_program_name(peer->program), err.text);
        break;
    case CHANNEL_CLOSED:           // why it ended, the runner tells
        peer->killed_at = seconds_now() + FAREWELL_SECONDS;
        close(peer->fd);
        peer->fd = -1;
        break;
    case CHANNEL_AGAIN:
        break;
    }
    return false;
}

static void serve_peer(struct supervisor *sup, struct peer *peer, short events)
{
    struct error err;
    if ((events & POLLOUT) && peer_flush(peer, &err) < 0)
        conversion_fail(sup, "%s", err.text);
    if ((events & (POLLIN | POLLHUP | POLLERR)) && peer->fd >= 0)
        hear_peer(sup, peer);
}

static void hear_runner(struct supervisor *sup)
{
    struct runner_event event;
    while (sup->phase != PHASE_OVER && runner_next(sup->runner, &event)) {
        // What it said last comes before its end, also where both came after poll() had looked.
        struct peer *peer = event.kind == RUNNER_ENDED ? peer_by_id(sup, event.id) : NULL;
        while (peer != NULL && peer->fd >= 0 && hear_peer(sup, peer))
            ;
        audit_event(&sup->audit, &event);
        if (event.kind == RUNNER_GONE) {               // and every helper with it; this process is about to be killed
            sup->phase = PHASE_OVER;
        } else if (event.kind == RUNNER_CANCEL) {
            conversion_cancel(sup);
        } else if (event.kind != RUNNER_STARTED) {
            program_ended(sup, &event);
        }
    }
}

// The work goes on: what the person has begun is worth more than the rest of its record.
static void tell_audit(struct supervisor *sup)
{
    if (sup->audit.error == 0 || sup->audit.told)
        return;
    sup->audit.told = true;
    conversion_note(sup, P2V__LEVEL__WARNING, "the audit log %s cannot be written any more (%s): what happens from now on is not in it",
                    sup->start->audit_log, strerror(sup->audit.error));
}

static void end_audit(struct supervisor *sup, int status)
{
    char how[32];
    snprintf(how, sizeof how, "exit status %d", status);
    audit_say(&sup->audit, "ends", NULL, "status", how);
    tell_audit(sup);
}

static void loop(struct supervisor *sup)
{
    struct pollfd polled[POLL_PEERS + MAX_PEERS];
    struct peer *polled_peers[POLL_PEERS + MAX_PEERS];
    while (sup->phase != PHASE_OVER) {
        size_t count = poll_set(sup, polled, polled_peers);
        int n = poll(polled, count, 1000);             // deadlines are looked at each second
        if (sup->deadline != 0 && seconds_now() >= sup->deadline)
            conversion_deadline(sup);
        kill_lingering(sup);
        if (n > 0 && polled[POLL_HOOK].revents != 0)
            hook_hear(sup);
        for (size_t i = POLL_PEERS; n > 0 && i < count; i++)
            if (polled[i].revents != 0 && polled_peers[i]->fd == polled[i].fd)
                serve_peer(sup, polled_peers[i], polled[i].revents);
        if (n > 0 && polled[POLL_RUNNER].revents != 0)           // after the helpers: what one said last comes before its end
            hear_runner(sup);
        conversion_advance(sup);
        tell_audit(sup);
    }
}

// ---- main ----------------------------------------------------------------------------------------------

static int give_up(const struct error *err)
{
    if (err->text[0] != '\0')
        fprintf(stderr, "virt-p2v: error: %s\n", err->text);
    return EXIT_FAILED;
}

static void begin(struct supervisor *sup)
{
    struct error err;
    conversion_begin(sup);
    if (sup->audit.error != 0) {
        sup->audit.told = true;
        conversion_fail(sup, "the audit log %s cannot be written (%s): nothing is begun without it", sup->start->audit_log, strerror(sup->audit.error));
    } else if (sup->start->error[0] != '\0') {
        conversion_fail(sup, "%s", sup->start->error);
    } else if (!sup->settings->dump_config_and_exit && urls_read(sup, &err) < 0) {
        conversion_fail(sup, "%s", err.text);
    }
}

int main(int argc, char *argv[])
{
    static struct supervisor sup;                      // too large for the stack
    static char buffer[BUFSIZ];
    struct helper self = { .policy = &supervisor_policy };
    struct helper_ready ready;
    struct error err = { 0 };
    int status;
    int operand = helper_options(&self, argc, argv, usage, NULL, NULL, NULL, &status);
    if (operand < 0)
        return status;
    if (self.by_hand || operand != argc - 1)
        return fputs("p2v-supervisor: error: it is started by virt-p2v, which tells it what to do: start that\n", stderr), EXIT_USAGE;
    // virt-p2v's only argument, for ever: by it both find out, before a message that one of another version might not understand.
    if (version_check("virt-p2v", "virt-p2v", argv[operand], "p2v-supervisor", &err) < 0)
        return give_up(&err);
    sup.runner = CHANNEL_FD;
    sup.secrets = secrets_new(&err);
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);    // it needs no system call but write(2) then
    if (sup.secrets == NULL || sandbox_lock(&supervisor_policy, &self.report, &err) < 0 || take_start(&sup, helper_ready(&self, &ready), &err) < 0)
        return give_up(&err);
    begin(&sup);
    loop(&sup);
    secrets_free(sup.secrets);
    status = sup.outcome == OUTCOME_DONE ? EXIT_OK : sup.outcome == OUTCOME_CANCELLED ? EXIT_CANCELLED : EXIT_FAILED;
    end_audit(&sup, status);
    return status;
}
