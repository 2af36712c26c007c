// SPDX-License-Identifier: GPL-2.0-or-later
//
// Between the inspection and the conversion, where the person decides.  Touches: p2v-ui's channel; the identity file that the
// person names, to read it.

#include <string.h>

#include "p2v-supervisor/conversion.h"
#include "p2v-supervisor/urls.h"

#define DEATHS_MAX 3               // of a UI, within
#define DEATHS_SECONDS 60

// ---- what p2v-ui is told -------------------------------------------------------------------------------

void dialogs_tell_phase(struct supervisor *sup)
{
    P2v__Phase phase = sup->cancelling ? P2V__PHASE__PHASE_CANCELLING : sup->started ? P2V__PHASE__PHASE_CONVERTING :
                       sup->decided ? P2V__PHASE__PHASE_CONNECTING : P2V__PHASE__PHASE_ASKING;
    if (sup->dialogs)
        ui_tell(sup, &MESSAGE(ui_phase, UI_PHASE, UiPhase, .phase = phase, .server = sup->connection->remote_server,
                              .remote_directory = sup->remote_directory));
}

void dialogs_show(struct supervisor *sup, struct peer *ui)
{
    if (sup->shown.guest != NULL) {
        ui_tell(sup, sup->inventory.envelope);
        for (size_t i = 0; i < MAX_DISKS; i++)
            if (sup->contents[i].envelope != NULL)
                ui_tell(sup, sup->contents[i].envelope);
        sup->shown.password_set = sup->secrets->password_size > 0;
        ui_tell(sup, &(P2v__Envelope)ENVELOPE(ui_settings, UI_SETTINGS, &sup->shown));
        dialogs_tell_phase(sup);
    }
    progress_repeat(sup, ui);
    if (sup->phase == PHASE_ASK)
        ui->state = PEER_DIALOGS;
    trust_ask_next(sup);
}

// The disks get the names that the inventory has, where all that was given means some.
static void fill_in(struct supervisor *sup)
{
    const P2v__Plan *plan = sup->plan.envelope->plan;
    sup->shown_guest = *plan->guest[0];
    for (size_t i = 0; i < plan->n_disks; i++)
        sup->shown_disks[i] = sup->machine->disks[plan->disks[i]]->name;
    if (plan->n_disks > 0) {
        sup->shown_guest.disks = sup->shown_disks;
        sup->shown_guest.n_disks = plan->n_disks;
    }
    p2v__ui_settings__init(&sup->shown);
    sup->shown.connection = sup->start->shown_connection;
    sup->shown.guest = &sup->shown_guest;
    sup->shown.output = sup->start->shown_output;
}

void dialogs_begin(struct supervisor *sup)
{
    struct peer *ui = peer_of(sup, RUN_UI);
    fill_in(sup);
    conversion_enter(sup, PHASE_ASK, 0);
    if (ui != NULL && ui->state == PEER_SHOWING)
        dialogs_show(sup, ui);
}

// ---- the connection ------------------------------------------------------------------------------------

void dialogs_answer(struct supervisor *sup, const char *name, const char *why)
{
    struct peer *ui = peer_of(sup, RUN_UI);
    struct error clean;
    conversion_enter(sup, PHASE_ASK, 0);
    if (ui == NULL || !(ui->state & UI_LISTENS))
        return;                            // a new one begins anew
    ui->state = PEER_DIALOGS;
    error_set(&clean, "%s", why != NULL ? why : "");
    ui_tell(sup, why != NULL ? &MESSAGE(ui_connected, UI_CONNECTED, UiConnected, .name = (char *)name, .text = clean.text) :
                               &MESSAGE(ui_connected, UI_CONNECTED, UiConnected, .name = (char *)name, .n_features = 1,
                                        .features = &sup->features.envelope->features, .fingerprint = sup->host_key));
}

// Ends the test that the person has asked for.  False where there is none.
static bool end_test(struct supervisor *sup)
{
    if (!sup->dialogs || sup->decided || (sup->phase != PHASE_FETCH && sup->phase != PHASE_TEST))
        return false;
    for (struct peer *peer; (peer = peer_of(sup, RUN_TRANSPORT)) != NULL || (peer = peer_of(sup, RUN_FETCH)) != NULL;)
        peer_end(sup, peer);
    sup->asking_id = 0;
    conversion_enter(sup, PHASE_ASK, 0);
    return true;
}

bool dialogs_take_failure(struct supervisor *sup, const char *text)
{
    if (peer_of(sup, RUN_UI) == NULL || !end_test(sup))
        return false;
    dialogs_answer(sup, "", text);
    return true;
}

void on_ui_connect(struct supervisor *sup, struct peer *ui, struct message *in)
{
    P2v__UiConnect *connect = in->envelope->ui_connect;
    bool other_server = strcmp(sup->connection->remote_server, connect->connection->remote_server) != 0 ||
                        sup->connection->remote_port != connect->connection->remote_port;
    const P2v__Configuration *configured = sup->start->configuration;
    bool other_identity = strcmp(configuration_identity(sup->connection, configured), configuration_identity(connect->connection, configured)) != 0;
    struct error err;
    if (connect->password_given)
        secret_take(&connect->password, sup->secrets->password, &sup->secrets->password_size);
    message_keep(&sup->connect, in);       // in place of the last one, which was compared
    sup->connection = sup->shown.connection = connect->connection;
    sup->tested = false;
    if (other_server)
        sup->host_key[0] = '\0';
    if (urls_read_identity(sup, other_identity, &err) < 0) {
        dialogs_answer(sup, "auth.identity.url", err.text);
    } else if (sup->connection->remote_server[0] == '\0') {
        dialogs_answer(sup, "remote.server", "the conversion server's name or address is needed");
    } else {
        ui->state = PEER_SHOWING;
        conversion_connect(sup);
    }
}

// ---- the conversion ------------------------------------------------------------------------------------

// What there is to say of it is said when there is a plan.
static void choose(struct supervisor *sup, struct message *in, P2v__Guest *guest, P2v__Output *output, enum plan_use use)
{
    message_keep(&sup->choice, in);
    sup->guest = sup->shown.guest = guest;
    sup->output = sup->shown.output = output;
    plan_ask(sup, use);
}

void on_ui_check(struct supervisor *sup, struct peer *ui, struct message *in)
{
    const P2v__UiCheck *check = in->envelope->ui_check;
    (void)ui;
    choose(sup, in, check->guest, check->output, PLAN_CHECK);
}

void on_ui_convert(struct supervisor *sup, struct peer *ui, struct message *in)
{
    const P2v__UiConvert *convert = in->envelope->ui_convert;
    (void)ui;
    sup->overrule = convert->overrule;
    choose(sup, in, convert->guest, convert->output, PLAN_CONVERT);
}

void dialogs_planned(struct supervisor *sup)
{
    struct peer *ui = peer_of(sup, RUN_UI);
    const P2v__Plan *plan = sup->plan.envelope->plan;
    P2v__Finding own = { PROTOBUF_C_MESSAGE_INIT(&p2v__finding__descriptor), .error = true }, *all[MAX_FINDINGS];
    size_t count = plan->n_findings;
    struct error err;
    if (ui == NULL || ui->state != PEER_DIALOGS)
        return;                            // a new one begins anew
    if (sup->plan_use == PLAN_CONVERT && !sup->tested) {
        own.name = (char *)"remote.server";
        own.text = (char *)"the connection to the conversion server has not been tested";
    } else if (sup->plan_use == PLAN_CONVERT && plan_error(plan) == NULL && (sup->overrule || count == 0)) {
        if (conversion_claim(sup, &err) == 0) {
            ui->state = PEER_SHOWING;
            sup->decided = true;
            dialogs_tell_phase(sup);
            conversion_decided(sup);
            return;
        }
        own.text = err.text;
    }
    for (size_t i = 0; i < count; i++)
        all[i] = plan->findings[i];
    if (own.text != NULL)                  // in place of the last where there is no room
        all[count < MAX_FINDINGS ? count++ : MAX_FINDINGS - 1] = &own;
    ui_tell(sup, &MESSAGE(ui_findings, UI_FINDINGS, UiFindings, .findings = all, .n_findings = count));
}

// ---- p2v-ui dies ---------------------------------------------------------------------------------------

bool dialogs_ui_died(struct supervisor *sup, const char *how)
{
    time_t now = seconds_now();
    struct error err, note;
    if (sup->phase >= PHASE_VERDICT)
        return false;                      // the verdict is told on standard error
    if (sup->ui_deaths == 0 || now - sup->ui_died > DEATHS_SECONDS) {
        sup->ui_deaths = 0;
        sup->ui_died = now;
    }
    sup->asking_id = 0;
    end_test(sup);                         // whoever comes next begins with the dialogs
    bool again = ++sup->ui_deaths <= DEATHS_MAX && peer_start(sup, RUN_UI, -1, &err) != NULL;
    if (!again && sup->dialogs && !sup->decided)
        return false;
    error_set(&note, "p2v-ui ended by %s: %s", how, again ? "another one is started" : "the conversion goes on without");
    log_keep_note(sup, note.text);
    if (again)
        return true;
    trust_ask_next(sup);                   // nobody answers any more
    conversion_inspect(sup);               // which may have waited for the UI
    return true;
}
