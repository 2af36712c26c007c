// SPDX-License-Identifier: GPL-2.0-or-later
//
// The supervisor's messages into a model.  The switch at the end says which may come when.  Pure memory.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p2v-ui/model-lines.h"
#include "p2v-ui/model-send.h"
#include "p2v-ui/model.h"
#include "proto/configuration.h"

#define SHOW(FIELD, TEXT) neutralise_line((FIELD), sizeof (FIELD), (TEXT))

// Two texts of which either may be empty, with a blank between.
static void show_both(char shown[MODEL_SHOWN_MAX], const char *first, const char *second)
{
    char both[2 * MODEL_SHOWN_MAX];
    snprintf(both, sizeof both, "%s%s%s", first, first[0] != '\0' && second[0] != '\0' ? " " : "", second);
    neutralise_line(shown, MODEL_SHOWN_MAX, both);
}

// ---- the machine ---------------------------------------------------------------------------------------

static bool take_start(struct model *model, const P2v__Envelope *envelope)
{
    const P2v__UiStart *start = envelope->ui_start;
    model->started = true;
    model->verbose = start->verbose;
    model->dialogs = start->dialogs;
    model->neutraliser.colours = model->neutraliser.colours || start->colours;
    model->granted[P2V__UI_REQUEST_KIND__UI_REQUEST_CANCEL] = model->granted[P2V__UI_REQUEST_KIND__UI_REQUEST_IDENTIFY] =
        model->granted[P2V__UI_REQUEST_KIND__UI_REQUEST_SAVE_LOG] = start->dialogs;
    model->granted[P2V__UI_REQUEST_KIND__UI_REQUEST_SHELL] = start->shell;
    model->granted[P2V__UI_REQUEST_KIND__UI_REQUEST_NETWORK] = start->network;
    model->granted[P2V__UI_REQUEST_KIND__UI_REQUEST_SHUTDOWN] = model->granted[P2V__UI_REQUEST_KIND__UI_REQUEST_REBOOT] = start->power;
    model->step = start->dialogs ? MODEL_INSPECTING : MODEL_RUNNING;
    return true;
}

static void take_disk(struct model *model, const P2v__Disk *from)
{
    struct model_disk *disk = &model->disks[model->disk_count++];
    SHOW(disk->name, from->name);
    SHOW(disk->same_as, from->same_as);
    SHOW(disk->serial, from->serial);
    SHOW(disk->in_use, from->in_use);
    show_both(disk->model, from->vendor, from->model);
    disk->size_bytes = from->size_bytes;
    disk->carries_root = from->carries_root;
    disk->chosen = model_disk_offered(disk);
}

static void take_nic(struct model *model, const P2v__Nic *from)
{
    struct model_nic *nic = &model->nics[model->nic_count++];
    snprintf(nic->name, sizeof nic->name, "%s", from->name);
    SHOW(nic->shown, from->name);
    SHOW(nic->mac, from->mac);
    show_both(nic->product, from->vendor, from->product);
    nic->speed_mbits = from->speed_mbits;
    nic->link = from->link;
    nic->chosen = true;
}

static bool take_inventory(struct model *model, const P2v__Envelope *envelope)
{
    const P2v__Inventory *inventory = envelope->inventory;
    if (model->inventory_known)
        return false;
    model->inventory_known = true;
    SHOW(model->hostname, inventory->hostname);
    show_both(model->machine, inventory->vendor, inventory->product);
    for (size_t i = 0; i < inventory->n_disks && i < MAX_DISKS; i++)
        take_disk(model, inventory->disks[i]);
    for (size_t i = 0; i < inventory->n_removables && i < MAX_REMOVABLES; i++) {
        struct model_removable *removable = &model->removables[model->removable_count++];
        SHOW(removable->name, inventory->removables[i]->name);
        SHOW(removable->model, inventory->removables[i]->model);
        removable->chosen = true;
    }
    for (size_t i = 0; i < inventory->n_nics && i < MAX_NICS; i++)
        take_nic(model, inventory->nics[i]);
    return true;
}

static struct model_disk *disk_named(struct model *model, const char *name)
{
    for (size_t i = 0; i < model->disk_count; i++)
        if (strcmp(model->disks[i].name, name) == 0)
            return &model->disks[i];
    return NULL;
}

static bool take_contents(struct model *model, const P2v__Envelope *envelope)
{
    const P2v__Contents *contents = envelope->contents;
    struct model_disk *disk = disk_named(model, contents->name);
    if (disk == NULL || disk->contents_known)
        return disk != NULL;
    disk->contents_known = true;
    disk->contents = calloc(contents->n_contents + 1, sizeof *disk->contents);
    for (size_t i = 0; i < contents->n_contents && disk->contents != NULL; i++) {
        const P2v__Content *from = contents->contents[i];
        struct model_content *content = &disk->contents[disk->content_count++];
        SHOW(content->type, from->type);
        SHOW(content->label, from->label);
        SHOW(content->set_kind, from->set_kind);
        SHOW(content->set_name, from->set_name);
    }
    return true;
}

// ---- settings ------------------------------------------------------------------------------------------

// Is name, or /dev/ and name, in a list with commas?
static bool is_listed(const char *list, const char *name)
{
    size_t size = strlen(name);
    for (const char *item = list; item != NULL; item = strchr(item, ',')) {
        item += item[0] == ',';
        const char *bare = strncmp(item, "/dev/", 5) == 0 ? item + 5 : item;
        if (strncmp(bare, name, size) == 0 && (bare[size] == ',' || bare[size] == '\0'))
            return true;
    }
    return false;
}

// The disks that are named come first, in that order: a virtual machine starts from its first disk.
static void take_disks(struct model *model, const char *list)
{
    char *copy = strdup(list), *rest = copy, *item;
    size_t place = 0;
    for (size_t i = 0; i < model->disk_count; i++)
        model->disks[i].chosen = false;
    while (copy != NULL && (item = strsep(&rest, ",")) != NULL) {
        struct model_disk *disk = disk_named(model, strncmp(item, "/dev/", 5) == 0 ? item + 5 : item);
        if (disk == NULL || !model_disk_offered(disk) || disk->chosen)
            continue;
        struct model_disk named = *disk;
        named.chosen = true;
        memmove(&model->disks[place + 1], &model->disks[place], (size_t)(disk - &model->disks[place]) * sizeof named);
        model->disks[place++] = named;
    }
    free(copy);
}

// "em1:lan" is of that interface; "lan" of those that have none of their own.
static void take_networks(struct model *model, const char *list)
{
    char *copy = strdup(list), *rest = copy, *item;
    while (copy != NULL && (item = strsep(&rest, ",")) != NULL)
        for (size_t i = 0; i < model->nic_count && item[0] != '\0'; i++) {
            struct model_nic *nic = &model->nics[i];
            size_t size = strlen(nic->name);
            bool own = strncmp(item, nic->name, size) == 0 && item[size] == ':';
            if (own || (strchr(item, ':') == NULL && nic->network[0] == '\0'))
                snprintf(nic->network, sizeof nic->network, "%s", own ? item + size + 1 : item);
        }
    free(copy);
}

static void take_value(struct model_field *field, const char *value)
{
    struct config scratch = { 0 };
    struct error err;
    snprintf(field->value, sizeof field->value, "%s", value);
    if (config_set(&scratch, field->key->name, value, &err) == 0) {
        const void *at = (const char *)&scratch + field->key->offset;
        if (field->key->type == CONFIG_BYTES)
            snprintf(field->value, sizeof field->value, "%" PRIu64, *(const uint64_t *)at >> 20);
        if (field->key->type == CONFIG_BOOLEAN)
            snprintf(field->value, sizeof field->value, "%s", *(const bool *)at ? "true" : "false");
    }
    config_clear(&scratch);
}

static void take_setting(struct model *model, const char *name, const char *value)
{
    struct model_field *field = model_field(model, name);
    if (strcmp(name, "disks") == 0)
        take_disks(model, value);
    else if (strcmp(name, "removable") == 0)
        for (size_t i = 0; i < model->removable_count; i++)
            model->removables[i].chosen = is_listed(value, model->removables[i].name);
    else if (strcmp(name, "interfaces") == 0)
        for (size_t i = 0; i < model->nic_count; i++)
            model->nics[i].chosen = is_listed(value, model->nics[i].name);
    else if (strcmp(name, "network_map") == 0)
        take_networks(model, value);
    else if (field != NULL)
        take_value(field, value);
}

// Whether a key has a value or not: what has none is empty, or false.
static void take_values(struct model *model, const struct config *config)
{
    char value[MODEL_VALUE_MAX + 1];
    for (const struct config_key *key = config_keys; key->name != NULL; key++)
        if (key->dialog != 0 && key->type != CONFIG_SECRET && config_value(config, key, value, sizeof value))
            take_setting(model, key->name, key->type == CONFIG_BOOLEAN && value[0] == '\0' ? "false" : value);
    for (size_t i = 0; i < model->field_count; i++)
        model->fields[i].hidden = (config->hidden & config_bit(model->fields[i].key)) != 0;
}

static bool take_settings(struct model *model, const P2v__Envelope *envelope)
{
    struct config config = { 0 };
    struct error err;
    const P2v__UiSettings *settings = envelope->ui_settings;
    if (!model->inventory_known || model->settings_known)
        return false;
    if (configuration_take(&config, &settings->connection->base, &err) == 0 && configuration_take(&config, &settings->guest->base, &err) == 0 &&
        configuration_take(&config, &settings->output->base, &err) == 0)
        take_values(model, &config);
    config_clear(&config);
    model_field(model, "auth.password")->hidden = settings->password_set;
    model->settings_known = true;
    if (model->step == MODEL_INSPECTING)
        model->step = MODEL_CONNECTION;
    return true;
}

// ---- the connection ------------------------------------------------------------------------------------

static void ask(struct model *model, struct model_question question)
{
    question.number = model->question.number + 1;
    model->question = question;
}

static bool take_host_key(struct model *model, const P2v__Envelope *envelope)
{
    struct model_question question = { .asked = MODEL_ASKED_HOST_KEY };
    SHOW(question.server, envelope->host_key_ask->server);
    SHOW(question.type, envelope->host_key_ask->type);
    SHOW(question.fingerprint, envelope->host_key_ask->fingerprint);
    ask(model, question);
    return true;
}

static bool take_secret(struct model *model, const P2v__Envelope *envelope)
{
    const P2v__SecretAsk *from = envelope->secret_ask;
    struct model_question question = { .asked = MODEL_ASKED_SECRET, .passphrase = from->kind == P2V__SECRET_KIND__SECRET_PASSPHRASE,
                                       .echo = from->echo, .again = from->again };
    SHOW(question.prompt, from->prompt);
    ask(model, question);
    return true;
}

static void end_question(struct model *model)
{
    ask(model, (struct model_question){ .asked = MODEL_ASKED_NOTHING });
}

static void take_features(struct model *model, const P2v__Features *features)
{
    SHOW(model->virt_v2v, features->version);
    model->driver_count = 0;
    for (size_t i = 0; i < features->n_output_drivers && i < MODEL_DRIVERS_MAX; i++, model->driver_count++)
        SHOW(model->drivers[i], features->output_drivers[i]);
}

// The supervisor has it, and it works.
static void forget_password(struct model *model)
{
    struct model_field *password = model_field(model, "auth.password");
    password->hidden = password->hidden || password->value[0] != '\0';
    explicit_bzero(password->value, sizeof password->value);
    model->password_typed = false;
}

static bool take_connected(struct model *model, const P2v__Envelope *envelope)
{
    const P2v__UiConnected *from = envelope->ui_connected;
    if (!model->testing)
        return false;
    model->testing = false;
    end_question(model);
    model->connected = from->n_features > 0 && !model->outdated;
    model->not_connected[0] = '\0';
    if (from->n_features > 0 && model->outdated)
        return true;                   // of settings that are no longer these: to be tested again
    if (model->connected) {
        SHOW(model->fingerprint, from->fingerprint);
        take_features(model, from->features[0]);
        forget_password(model);
        return true;
    }
    SHOW(model->not_connected, from->text);
    SHOW(model->not_connected_key, from->name);
    return true;
}

// ---- the choice ----------------------------------------------------------------------------------------

static bool take_findings(struct model *model, const P2v__Envelope *envelope)
{
    const P2v__UiFindings *from = envelope->ui_findings;
    if (!model->checking && !model->convert_sent)
        return false;
    model->finding_count = 0;
    for (size_t i = 0; i < from->n_findings && i < MAX_FINDINGS; i++) {
        struct model_finding *finding = &model->findings[model->finding_count++];
        SHOW(finding->name, from->findings[i]->name);
        SHOW(finding->text, from->findings[i]->text);
        finding->error = from->findings[i]->error;
    }
    bool check_answered = model->checking;             // the first that was sent is answered first
    model->checking = false;
    if (check_answered) {
        if (model->starting)
            model_send_convert(model);             // where it cannot be sent, its field says why, and it is not started
        return true;
    }
    model->starting = model->convert_sent = false;
    model->refused = true;
    return true;
}

// ---- the conversion ------------------------------------------------------------------------------------

static bool take_phase(struct model *model, const P2v__Envelope *envelope)
{
    const P2v__UiPhase *phase = envelope->ui_phase;
    model->phase = phase->phase;
    SHOW(model->server, phase->server);
    SHOW(model->remote_directory, phase->remote_directory);
    if (phase->phase != P2V__PHASE__PHASE_ASKING) {
        model->step = MODEL_RUNNING;
        model->starting = model->convert_sent = model->testing = model->checking = false;
        model->check_due_ms = 0;
    } else if (model->step == MODEL_RUNNING && model->dialogs && model->settings_known) {
        model->step = model->connected ? MODEL_CHOICE : MODEL_CONNECTION;
    }
    return true;
}

static bool take_progress(struct model *model, const P2v__Envelope *envelope, uint64_t now_ms)
{
    const P2v__Progress *progress = envelope->progress;
    struct model_disk *disk = disk_named(model, progress->name);
    if (disk == NULL && model->disk_count < MAX_DISKS) {     // without an inventory: a file of --test-disk, say
        disk = &model->disks[model->disk_count++];
        SHOW(disk->name, progress->name);
    }
    if (disk == NULL)
        return true;
    disk->converting = true;
    disk->size_bytes = progress->size_bytes;
    disk->sent_bytes = progress->sent_bytes < progress->size_bytes ? progress->sent_bytes : progress->size_bytes;
    uint64_t rest = progress->size_bytes - disk->sent_bytes;
    disk->zero_bytes = progress->zero_bytes < rest ? progress->zero_bytes : rest;
    rate_take(&disk->rate, disk->sent_bytes, disk->sent_bytes + disk->zero_bytes, now_ms);
    return true;
}

static bool take_verdict(struct model *model, const P2v__Envelope *envelope)
{
    char text[sizeof model->verdict], *rest = text, *line;
    size_t used = 0;
    snprintf(text, sizeof text, "%s", envelope->ui_verdict->text);
    model->verdict[0] = '\0';
    while ((line = strsep(&rest, "\n")) != NULL && used + 8 < sizeof model->verdict) {
        used += used > 0 ? (size_t)snprintf(model->verdict + used, 2, "\n") : 0;
        neutralise_line(model->verdict + used, sizeof model->verdict - used, line);
        used += strlen(model->verdict + used);
    }
    neutralise_end(&model->neutraliser);
    end_question(model);
    model->result = envelope->ui_verdict->result;
    model->step = MODEL_RUNNING;
    model->testing = model->checking = model->starting = model->convert_sent = false;
    model->check_due_ms = 0;
    return true;
}

static bool take_done(struct model *model, const P2v__Envelope *envelope)
{
    const P2v__UiRequestDone *done = envelope->ui_request_done;
    if (!model->requested[done->kind])
        return false;
    struct model_answer *answer = &model->answers[done->kind];
    model->requested[done->kind] = false;
    answer->number++;
    answer->done = done->done;
    SHOW(answer->text, done->text);
    return true;
}

// ---- which may come ------------------------------------------------------------------------------------

static bool take_for_dialogs(struct model *model, const P2v__Envelope *envelope)
{
    switch (envelope->body_case) {
    case P2V__ENVELOPE__BODY_INVENTORY:
        return take_inventory(model, envelope);
    case P2V__ENVELOPE__BODY_CONTENTS:
        return take_contents(model, envelope);
    case P2V__ENVELOPE__BODY_UI_SETTINGS:
        return take_settings(model, envelope);
    default:
        return false;
    }
}

bool model_take(struct model *model, const P2v__Envelope *envelope, uint64_t now_ms)
{
    bool over = model->result != P2V__CONVERSION_RESULT__CONVERSION_UNKNOWN;
    if (envelope->body_case == P2V__ENVELOPE__BODY_UI_START)
        return !model->started && take_start(model, envelope);
    if (!model->started || model->finished)
        return false;
    switch (envelope->body_case) {
    case P2V__ENVELOPE__BODY_NOTE:
        model_lines_note(model, envelope->note);
        return true;
    case P2V__ENVELOPE__BODY_CONVERSION_OUTPUT:
        model_lines_output(model, envelope->conversion_output);
        return true;
    case P2V__ENVELOPE__BODY_HOST_KEY_ASK:
        return !over && take_host_key(model, envelope);
    case P2V__ENVELOPE__BODY_SECRET_ASK:
        return !over && take_secret(model, envelope);
    case P2V__ENVELOPE__BODY_UI_CONNECTED:
        return take_connected(model, envelope);
    case P2V__ENVELOPE__BODY_UI_FINDINGS:
        return take_findings(model, envelope);
    case P2V__ENVELOPE__BODY_UI_PHASE:
        return !over && take_phase(model, envelope);
    case P2V__ENVELOPE__BODY_PROGRESS:
        return take_progress(model, envelope, now_ms);
    case P2V__ENVELOPE__BODY_UI_REQUEST_DONE:
        return take_done(model, envelope);
    case P2V__ENVELOPE__BODY_UI_VERDICT:
        return !over && take_verdict(model, envelope);
    default:
        return model->dialogs && take_for_dialogs(model, envelope);
    }
}
