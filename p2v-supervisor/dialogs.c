// SPDX-License-Identifier: GPL-2.0-or-later
//
// Between the inspection and the conversion, where the person decides.  Touches: p2v-ui's channel; the identity file that the
// person names, to read it.
#include "p2v-supervisor/dialogs.h"

#include <stdio.h>
#include <string.h>

#include "p2v-supervisor/conversion.h"
#include "p2v-supervisor/ending.h"
#include "p2v-supervisor/log.h"
#include "p2v-supervisor/peers.h"
#include "p2v-supervisor/plan.h"
#include "p2v-supervisor/progress.h"
#include "p2v-supervisor/trust.h"
#include "p2v-supervisor/urls.h"
#include "proto/helper.h"
#include "proto/text.h"

#define DEATHS_MAX 3               // of a UI, within
#define DEATHS_SECONDS 60
#define MAX_SETTINGS 64            // as many as there are keys
#define VALUE_MAX 1024             // bytes of a setting that is sent

// What each dialog may set.  Hooks, and what else runs or is read as root, come from the kernel command line alone.
static const char *const of_connection[] = { "remote.server", "remote.port", "auth.username", "auth.identity.url", "auth.sudo", NULL };
static const char *const of_conversion[] = {
    "guestname", "vcpu.phys_topo", "vcpu.cores", "memory", "output.type", "output.connection", "output.storage", "output.format",
    "output.allocation", "output.misc", "disks", "removable", "interfaces", "network_map", NULL,
};

// ---- what p2v-ui is told -------------------------------------------------------------------------------

static void tell(struct supervisor *sup, struct peer *ui, const P2v__Envelope *envelope)
{
    struct error err;
    if (peer_send(ui, envelope, NULL, 0, &err) < 0)
        conversion_note(sup, P2V__LEVEL__WARNING, "%s", err.text);
}

static void tell_settings(struct supervisor *sup, struct peer *ui)
{
    static char values[MAX_SETTINGS][VALUE_MAX];       // too large for the stack
    P2v__Setting settings[MAX_SETTINGS], *pointers[MAX_SETTINGS];
    P2v__UiSettings message = P2V__UI_SETTINGS__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_settings, UI_SETTINGS, &message);
    for (const struct config_key *key = config_keys; key->name != NULL; key++) {
        size_t n = message.n_settings;
        if (!config_value(&sup->config, key, values[n], VALUE_MAX) || config_hides(key, values[n]))
            continue;
        p2v__setting__init(&settings[n]);
        settings[n].name = (char *)key->name;
        settings[n].value = values[n];
        pointers[n] = &settings[n];
        message.n_settings++;
    }
    message.settings = pointers;
    message.password_set = sup->secrets->password_size > 0;
    message.passphrase_set = sup->secrets->passphrase_size > 0;
    tell(sup, ui, &envelope);
}

static void tell_phase(struct supervisor *sup, struct peer *ui)
{
    P2v__UiPhase message = P2V__UI_PHASE__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_phase, UI_PHASE, &message);
    message.phase = sup->cancelling ? P2V__PHASE__PHASE_CANCELLING : sup->started ? P2V__PHASE__PHASE_CONVERTING :
                    sup->decided ? P2V__PHASE__PHASE_CONNECTING : P2V__PHASE__PHASE_ASKING;
    message.server = sup->config.server != NULL ? sup->config.server : message.server;
    message.remote_directory = sup->remote_directory;
    tell(sup, ui, &envelope);
}

void dialogs_tell_phase(struct supervisor *sup)
{
    struct peer *ui = peer_ui(sup);
    if (sup->dialogs && ui != NULL && (ui->state & UI_LISTENS))
        tell_phase(sup, ui);
}

void dialogs_show(struct supervisor *sup, struct peer *ui)
{
    if (sup->dialogs && sup->completed) {
        tell(sup, ui, sup->inventory.envelope);
        for (size_t i = 0; i < MAX_DISKS; i++)
            if (sup->contents[i].envelope != NULL)
                tell(sup, ui, sup->contents[i].envelope);
        tell_settings(sup, ui);
        tell_phase(sup, ui);
    }
    progress_repeat(sup, ui);
    if (sup->phase == PHASE_ASK)
        ui->state = PEER_DIALOGS;
    trust_ask_next(sup);
}

// Paths, serial numbers and WWNs become the names that the inventory has.  What means no disk stays, and is found later.
static void name_disks(struct supervisor *sup)
{
    const P2v__Plan *plan = sup->plan.envelope->plan;
    struct error err;
    if (plan->n_disks == 0 || config_unset(&sup->config, "disks", &err) < 0)
        return;
    for (size_t i = 0; i < plan->n_disks; i++)
        if (config_set(&sup->config, "disks", sup->machine->disks[plan->disks[i]]->name, &err) < 0)
            conversion_note(sup, P2V__LEVEL__WARNING, "%s", err.text);
}

void dialogs_begin(struct supervisor *sup)
{
    struct peer *ui = peer_ui(sup);
    name_disks(sup);
    sup->completed = true;
    conversion_enter(sup, PHASE_ASK, 0);
    if (ui != NULL && ui->state == PEER_SHOWING)
        dialogs_show(sup, ui);
}

// ---- what it answers -----------------------------------------------------------------------------------

static bool is_of(const char *name, const char *const *dialog)
{
    while (*dialog != NULL && strcmp(*dialog, name) != 0)
        dialog++;
    return *dialog != NULL;
}

static void take(struct supervisor *sup, const P2v__Setting *setting, struct findings *findings)
{
    struct error err;
    bool list = strcmp(setting->name, "disks") == 0 || strcmp(setting->name, "removable") == 0 || strcmp(setting->name, "interfaces") == 0;
    if (config_unset(&sup->config, setting->name, &err) < 0 ||
        ((setting->value[0] != '\0' || list) && config_set(&sup->config, setting->name, setting->value, &err) < 0))
        findings_add(findings, setting->name, FINDING_ERROR, "%s", err.text);
}

// False where it was no answer to this dialog: p2v-ui, and the conversion with it, has been ended.
static bool take_all(struct supervisor *sup, struct peer *ui, P2v__Setting *const *settings, size_t count, const char *const *dialog,
                     struct findings *findings)
{
    for (size_t i = 0; i < count; i++)
        if (!is_of(settings[i]->name, dialog)) {
            peer_end(sup, ui);
            conversion_fail(sup, "p2v-ui has set %s, which is not for a dialog to set: it has been ended, and the conversion with it",
                            settings[i]->name);
            return false;
        }
    for (size_t i = 0; i < count; i++)
        take(sup, settings[i], findings);
    return true;
}

// ---- the connection ------------------------------------------------------------------------------------

// The answer to UiConnect: why not, and of which setting ("": of none in particular); or NULL, it is made.
static void answer_connection(struct supervisor *sup, const char *name, const char *why)
{
    struct peer *ui = peer_ui(sup);
    P2v__UiConnected message = P2V__UI_CONNECTED__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_connected, UI_CONNECTED, &message);
    struct error clean;
    message.name = (char *)name;
    if (why != NULL) {
        error_set(&clean, "%s", why);
        text_clean_line(clean.text);
        message.text = clean.text;
    } else {
        message.features = &sup->features.envelope->features;
        message.n_features = 1;
        message.fingerprint = sup->host_key;
    }
    conversion_enter(sup, PHASE_ASK, 0);
    if (ui == NULL || !(ui->state & UI_LISTENS))
        return;                            // a new one begins anew
    ui->state = PEER_DIALOGS;
    tell(sup, ui, &envelope);
}

void dialogs_connected(struct supervisor *sup)
{
    answer_connection(sup, "", NULL);
}

bool dialogs_take_failure(struct supervisor *sup, const char *text)
{
    if (!sup->dialogs || sup->decided || (sup->phase != PHASE_FETCH && sup->phase != PHASE_TEST) || peer_ui(sup) == NULL)
        return false;
    for (struct peer *peer; (peer = peer_of(sup, RUN_TRANSPORT)) != NULL || (peer = peer_of(sup, RUN_FETCH)) != NULL;)
        peer_end(sup, peer);
    sup->fetching = false;
    sup->asking_id = 0;
    answer_connection(sup, "", text);
    return true;
}

static bool is_same(const char *before, const char *after)
{
    return strcmp(before, after != NULL ? after : "") == 0;
}

void on_ui_connect(struct supervisor *sup, struct peer *ui, struct message *in)
{
    const P2v__UiConnect *connect = in->envelope->ui_connect;
    struct secrets *secrets = sup->secrets;
    struct findings findings = { 0 };
    struct error err;
    char server[256], identity[4097];
    snprintf(server, sizeof server, "%s", sup->config.server != NULL ? sup->config.server : "");
    snprintf(identity, sizeof identity, "%s", sup->config.identity != NULL ? sup->config.identity : "");
    if (!take_all(sup, ui, connect->settings, connect->n_settings, of_connection, &findings))
        return;
    if (connect->password_given) {         // at most SECRET_PASSWORD_MAX: check.c
        secrets->password_size = connect->password.len;
        if (connect->password.len > 0)     // the data of an empty one is NULL
            memcpy(secrets->password, connect->password.data, connect->password.len);
    }
    if (!is_same(server, sup->config.server))
        sup->host_key[0] = '\0';
    if (!is_same(identity, sup->config.identity) && urls_read_identity(sup, &err) < 0)
        findings_add(&findings, "auth.identity.url", FINDING_ERROR, "%s", err.text);
    if (sup->config.server == NULL)
        findings_add(&findings, "remote.server", FINDING_ERROR, "the conversion server's name or address is needed");
    if (findings.count > 0) {
        answer_connection(sup, findings.all[0].name, findings.all[0].text);
        return;
    }
    ui->state = PEER_SHOWING;
    sup->tested = false;
    conversion_connect(sup);
}

// ---- the conversion ------------------------------------------------------------------------------------

// These settings are sup->config's from now on; what there is to say of them is said when there is a plan.
static void find(struct supervisor *sup, struct peer *ui, P2v__Setting *const *settings, size_t count, enum plan_use use)
{
    sup->findings.count = sup->findings.errors = 0;
    if (take_all(sup, ui, settings, count, of_conversion, &sup->findings))
        plan_ask(sup, use);
}

void on_ui_check(struct supervisor *sup, struct peer *ui, struct message *in)
{
    const P2v__UiCheck *check = in->envelope->ui_check;
    find(sup, ui, check->settings, check->n_settings, PLAN_CHECK);
}

void on_ui_convert(struct supervisor *sup, struct peer *ui, struct message *in)
{
    const P2v__UiConvert *convert = in->envelope->ui_convert;
    sup->overrule = convert->overrule;
    find(sup, ui, convert->settings, convert->n_settings, PLAN_CONVERT);
}

static bool may_begin(const struct supervisor *sup)
{
    return sup->findings.errors == 0 && (sup->findings.count == 0 || sup->overrule);
}

// What the plan and the server that was tested have against it, beside what the settings themselves have.
static void add_findings(struct supervisor *sup)
{
    struct findings *findings = &sup->findings;
    const P2v__Plan *plan = sup->plan.envelope->plan;
    struct error err;
    for (size_t i = 0; i < plan->n_findings; i++)
        findings_add(findings, plan->findings[i]->name, plan->findings[i]->error ? FINDING_ERROR : FINDING_WARNING, "%s", plan->findings[i]->text);
    if (sup->plan_use == PLAN_CONVERT && !sup->tested)
        findings_add(findings, "remote.server", FINDING_ERROR, "the connection to the conversion server has not been tested");
    if (sup->plan_use == PLAN_CONVERT && may_begin(sup) && conversion_claim(sup, &err) < 0)
        findings_add(findings, "", FINDING_ERROR, "%s", err.text);
}

void dialogs_planned(struct supervisor *sup)
{
    struct peer *ui = peer_ui(sup);
    P2v__UiFindings message = P2V__UI_FINDINGS__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_findings, UI_FINDINGS, &message);
    if (ui == NULL || ui->state != PEER_DIALOGS)
        return;                            // a new one begins anew
    add_findings(sup);
    if (sup->plan_use == PLAN_CONVERT && may_begin(sup)) {
        ui->state = PEER_SHOWING;
        sup->decided = true;
        tell_phase(sup, ui);
        conversion_decided(sup);
        return;
    }
    message.findings = sup->findings.pointers;
    message.n_findings = sup->findings.count;
    tell(sup, ui, &envelope);
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
    error_set(&note, "p2v-ui ended by %s: another one is started", how);
    log_keep_note(sup, note.text);
    if (++sup->ui_deaths <= DEATHS_MAX && peer_start(sup, RUN_UI, -1, &err) != NULL)
        return true;
    if (sup->dialogs && !sup->decided)
        return false;
    trust_ask_next(sup);                   // nobody answers any more
    conversion_inspect(sup);               // which may have waited for the UI
    return true;
}
