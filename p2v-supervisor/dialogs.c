// SPDX-License-Identifier: GPL-2.0-or-later
//
// Between the inspection and the conversion, where the person decides.  Touches: p2v-ui's channel; the identity file that the
// person names, to read it.
#include "p2v-supervisor/dialogs.h"

#include <stdio.h>
#include <string.h>

#include "p2v-supervisor/choice.h"
#include "p2v-supervisor/complete.h"
#include "p2v-supervisor/conversion.h"
#include "p2v-supervisor/ending.h"
#include "p2v-supervisor/findings.h"
#include "p2v-supervisor/log.h"
#include "p2v-supervisor/peers.h"
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

// With --test-disk its files are the machine's disks.
static void tell_inventory(struct supervisor *sup, struct peer *ui)
{
    P2v__Inventory inventory = *sup->inventory.envelope->inventory;
    P2v__Envelope envelope = ENVELOPE(inventory, INVENTORY, &inventory);
    P2v__Disk disks[MAX_TEST_DISKS], *pointers[MAX_TEST_DISKS];
    size_t count = 0;
    for (size_t i = 0; i < sup->options.test_disk_count; i++) {
        struct disk disk;
        struct error err;
        if (choice_open(sup, i, &disk, &err) < 0)
            continue;                      // UiConvert would tell
        p2v__disk__init(&disks[count]);
        disks[count].name = (char *)choice_name(sup, i);
        disks[count].size_bytes = disk.size_bytes;
        pointers[count] = &disks[count];
        count++;
        disk_close(&disk);
    }
    if (sup->options.test_disk_count > 0) {
        inventory.disks = pointers;
        inventory.n_disks = count;
    }
    tell(sup, ui, &envelope);
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
        tell_inventory(sup, ui);
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
    size_t order[MAX_DISKS], count = 0;
    struct error err;
    if (choice_disks(sup, order, &count, &err) < 0 || config_unset(&sup->config, "disks", &err) < 0)
        return;
    for (size_t i = 0; i < count; i++)
        if (config_set(&sup->config, "disks", choice_name(sup, order[i]), &err) < 0)
            conversion_note(sup, P2V__LEVEL__WARNING, "%s", err.text);
}

void dialogs_begin(struct supervisor *sup)
{
    struct peer *ui = peer_ui(sup);
    complete_config(sup);
    name_disks(sup);
    sup->completed = true;
    sup->phase = PHASE_ASK;
    sup->deadline = (struct timespec){ 0 };
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
        findings_add(findings, setting->name, true, "%s", err.text);
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

static void refuse_connection(struct supervisor *sup, struct peer *ui, const char *name, const char *text)
{
    P2v__UiConnected message = P2V__UI_CONNECTED__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_connected, UI_CONNECTED, &message);
    struct error clean;
    snprintf(clean.text, sizeof clean.text, "%s", text);
    text_clean_line(clean.text);
    message.name = (char *)name;
    message.text = clean.text;
    sup->phase = PHASE_ASK;
    sup->deadline = (struct timespec){ 0 };
    if (!(ui->state & UI_LISTENS))
        return;                            // a new one begins anew
    ui->state = PEER_DIALOGS;
    tell(sup, ui, &envelope);
}

bool dialogs_take_failure(struct supervisor *sup, const char *text)
{
    struct peer *ui = peer_ui(sup);
    if (!sup->dialogs || sup->decided || (sup->phase != PHASE_FETCH && sup->phase != PHASE_TEST) || ui == NULL)
        return false;
    for (size_t i = 0; i < MAX_PEERS; i++)
        if (sup->peers[i].id != 0 && (sup->peers[i].program == RUN_TRANSPORT || sup->peers[i].program == RUN_FETCH))
            peer_end(sup, &sup->peers[i]);
    sup->fetching = false;
    sup->asking_id = 0;
    refuse_connection(sup, ui, "", text);
    return true;
}

void dialogs_connected(struct supervisor *sup)
{
    struct peer *ui = peer_ui(sup);
    P2v__UiConnected message = P2V__UI_CONNECTED__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_connected, UI_CONNECTED, &message);
    message.features = &sup->features.envelope->features;
    message.n_features = 1;
    message.fingerprint = sup->host_key;
    sup->phase = PHASE_ASK;
    sup->deadline = (struct timespec){ 0 };
    if (ui == NULL || ui->state != PEER_SHOWING)
        return;                            // a new one begins anew
    ui->state = PEER_DIALOGS;
    tell(sup, ui, &envelope);
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
        findings_add(&findings, "auth.identity.url", true, "%s", err.text);
    if (sup->config.server == NULL)
        findings_add(&findings, "remote.server", true, "the conversion server's name or address is needed");
    if (findings.count > 0) {
        refuse_connection(sup, ui, findings.all[0].name, findings.all[0].text);
        return;
    }
    ui->state = PEER_SHOWING;
    sup->tested = false;
    conversion_connect(sup);
}

// ---- the conversion ------------------------------------------------------------------------------------

static void tell_findings(struct supervisor *sup, struct peer *ui, struct findings *findings)
{
    P2v__UiFindings message = P2V__UI_FINDINGS__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_findings, UI_FINDINGS, &message);
    message.findings = findings->pointers;
    message.n_findings = findings->count;
    tell(sup, ui, &envelope);
}

// What there is to say of these settings, which are sup->config's from now on; false as take_all().
static bool find(struct supervisor *sup, struct peer *ui, P2v__Setting *const *settings, size_t count, struct findings *findings)
{
    if (!take_all(sup, ui, settings, count, of_conversion, findings))
        return false;
    findings_find(sup, findings);
    return true;
}

void on_ui_check(struct supervisor *sup, struct peer *ui, struct message *in)
{
    const P2v__UiCheck *check = in->envelope->ui_check;
    struct findings findings = { 0 };
    if (find(sup, ui, check->settings, check->n_settings, &findings))
        tell_findings(sup, ui, &findings);
}

void on_ui_convert(struct supervisor *sup, struct peer *ui, struct message *in)
{
    const P2v__UiConvert *convert = in->envelope->ui_convert;
    struct findings findings = { 0 };
    struct error err;
    if (!find(sup, ui, convert->settings, convert->n_settings, &findings))
        return;
    if (!sup->tested)
        findings_add(&findings, "remote.server", true, "the connection to the conversion server has not been tested");
    if (findings.errors == 0 && (findings.count == 0 || convert->overrule) && conversion_claim(sup, &err) < 0)
        findings_add(&findings, "", true, "%s", err.text);
    if (findings.errors > 0 || (findings.count > 0 && !convert->overrule)) {
        tell_findings(sup, ui, &findings);
        return;
    }
    ui->state = PEER_SHOWING;
    sup->decided = true;
    tell_phase(sup, ui);
    conversion_decided(sup);
}

// ---- p2v-ui dies ---------------------------------------------------------------------------------------

bool dialogs_ui_died(struct supervisor *sup, const char *how)
{
    struct timespec now;
    struct error err, note;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (sup->phase >= PHASE_VERDICT)
        return false;                      // the verdict is told on standard error
    if (sup->ui_deaths == 0 || now.tv_sec - sup->ui_died > DEATHS_SECONDS) {
        sup->ui_deaths = 0;
        sup->ui_died = now.tv_sec;
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
