// SPDX-License-Identifier: GPL-2.0-or-later
//
// The fields, what the person does to them, and what can be done now.  Pure memory.
#include "p2v-ui/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p2v-ui/model-lines.h"
#include "p2v-ui/model-send.h"

// ---- life ----------------------------------------------------------------------------------------------

void model_init(struct model *model, model_send *send, void *context, bool colours)
{
    *model = (struct model){ .send = send, .context = context };
    for (const struct config_key *key = config_keys; key->name != NULL; key++)
        if (key->label != NULL && model->field_count < MODEL_FIELDS_MAX)
            model->fields[model->field_count++].key = key;
    model->neutraliser.colours = colours;
    model_lines_init(model);
}

void model_clear(struct model *model)
{
    for (size_t i = 0; i < model->disk_count; i++)
        free(model->disks[i].contents);
    model_lines_clear(model);
    explicit_bzero(model, sizeof *model);
}

// ---- fields --------------------------------------------------------------------------------------------

struct model_field *model_field(struct model *model, const char *name)
{
    for (size_t i = 0; i < model->field_count; i++)
        if (strcmp(model->fields[i].key->name, name) == 0)
            return &model->fields[i];
    return NULL;
}

bool model_is_set(const struct model_field *field)
{
    return strcmp(field->value, "true") == 0;
}

// Something was changed: what was said of it holds no longer.
static void changed(struct model *model, int dialog, uint64_t now_ms)
{
    if (dialog == 1) {
        model->connected = false;
        model->outdated = true;
        model->not_connected[0] = model->not_connected_key[0] = '\0';
    } else {
        model->check_due_ms = now_ms + MODEL_SETTLE_MS;
        model->refused = false;
    }
}

static bool check(const struct config_key *key, const char *value, char wrong[ERROR_TEXT_MAX])
{
    struct config scratch = { 0 };
    char sent[MODEL_VALUE_MAX + 2];
    struct error err = { 0 };
    wrong[0] = '\0';
    if (value[0] == '\0' && key->optional)
        return true;
    model_as_sent(key, value, sent);
    bool good = config_set(&scratch, key->name, sent, &err) == 0;
    config_clear(&scratch);
    if (!good)
        neutralise_line(wrong, ERROR_TEXT_MAX, err.text);
    return good;
}

// What is started is what was there when "Start" was pressed, though a check may have to be answered before it is sent.
static bool is_fixed(const struct model *model, int dialog)
{
    return dialog == 2 && model->starting;
}

bool model_set(struct model *model, struct model_field *field, const char *value, uint64_t now_ms)
{
    size_t size = strlen(value);
    if (is_fixed(model, field->key->dialog))
        return false;
    if (size > MODEL_VALUE_MAX) {
        struct error err;
        error_set(&err, "p2v.%s is refused: it must have at most %d bytes", field->key->name, MODEL_VALUE_MAX);
        snprintf(field->wrong, sizeof field->wrong, "%s", err.text);
        return false;
    }
    if (strcmp(field->value, value) != 0) {
        explicit_bzero(field->value, sizeof field->value);
        memcpy(field->value, value, size + 1);
        changed(model, field->key->dialog, now_ms);
        model->password_typed = model->password_typed || field->key->type == CONFIG_SECRET;
        field->hidden = false;
    }
    return check(field->key, value, field->wrong);
}

// ---- the machine's lists -------------------------------------------------------------------------------

bool model_disk_offered(const struct model_disk *disk)
{
    return !disk->carries_root && disk->same_as[0] == '\0';
}

static void choose(struct model *model, bool *field, bool chosen, uint64_t now_ms)
{
    if (is_fixed(model, 2))
        return;
    if (*field != chosen)
        changed(model, 2, now_ms);
    *field = chosen;
}

void model_choose_disk(struct model *model, size_t disk, bool chosen, uint64_t now_ms)
{
    if (disk < model->disk_count && model_disk_offered(&model->disks[disk]))
        choose(model, &model->disks[disk].chosen, chosen, now_ms);
}

void model_choose_removable(struct model *model, size_t removable, bool chosen, uint64_t now_ms)
{
    if (removable < model->removable_count)
        choose(model, &model->removables[removable].chosen, chosen, now_ms);
}

void model_choose_nic(struct model *model, size_t nic, bool chosen, uint64_t now_ms)
{
    if (nic < model->nic_count)
        choose(model, &model->nics[nic].chosen, chosen, now_ms);
}

bool model_set_network(struct model *model, size_t number, const char *network, uint64_t now_ms)
{
    struct model_nic *nic = &model->nics[number];
    char pair[sizeof nic->name + MODEL_SHOWN_MAX + 1];
    struct error err = { 0 };
    bool known = strcmp(nic->network, network) == 0;
    if (is_fixed(model, 2))
        return false;
    snprintf(nic->network, sizeof nic->network, "%s", network);
    if (!known)
        changed(model, 2, now_ms);
    nic->wrong[0] = '\0';
    if (network[0] == '\0')
        return true;
    snprintf(pair, sizeof pair, "%s:%s", nic->name, network);
    if (strchr(network, ',') == NULL && strlen(network) < MODEL_SHOWN_MAX)
        return check(config_find("network_map"), pair, nic->wrong);
    error_set(&err, "the target network of %s is refused: it must be a name without commas", nic->name);
    neutralise_line(nic->wrong, sizeof nic->wrong, err.text);
    return false;
}

// ---- what is said of a field ---------------------------------------------------------------------------

const char *model_said_of(const struct model *model, const char *name, bool *error)
{
    const char *warning = NULL;
    *error = true;
    for (size_t i = 0; i < model->field_count; i++)
        if (strcmp(model->fields[i].key->name, name) == 0 && model->fields[i].wrong[0] != '\0')
            return model->fields[i].wrong;
    if (model->not_connected[0] != '\0' && strcmp(model->not_connected_key, name) == 0)
        return model->not_connected;
    for (size_t i = 0; i < model->finding_count; i++)
        if (strcmp(model->findings[i].name, name) == 0) {
            if (model->findings[i].error)
                return model->findings[i].text;
            if (warning == NULL)
                warning = model->findings[i].text;
        }
    *error = false;
    return warning;
}

bool model_finding_is_general(struct model *model, const struct model_finding *finding)
{
    return finding->name[0] == '\0' || model_field(model, finding->name) == NULL;
}

// ---- what can be done ----------------------------------------------------------------------------------

static bool can_send(const struct model *model, int dialog)
{
    for (size_t i = 0; i < model->field_count; i++)
        if (model->fields[i].key->dialog == dialog && model->fields[i].wrong[0] != '\0')
            return false;
    for (size_t i = 0; dialog == 2 && i < model->nic_count; i++)
        if (model->nics[i].wrong[0] != '\0')
            return false;
    return true;
}

static bool has_error(const struct model *model)
{
    for (size_t i = 0; i < model->finding_count; i++)
        if (model->findings[i].error)
            return true;
    return false;
}

static bool can_request(const struct model *model, P2v__UiRequestKind kind)
{
    return model->granted[kind] && !model->requested[kind];
}

bool model_can(const struct model *model, enum model_deed deed)
{
    bool connection = model->step == MODEL_CONNECTION && !model->testing;
    bool choice = model->step == MODEL_CHOICE && !model->starting;
    bool over = model->result != P2V__CONVERSION_RESULT__CONVERSION_UNKNOWN && !model->finished;
    bool away = model->requested[P2V__UI_REQUEST_KIND__UI_REQUEST_SHELL] || model->requested[P2V__UI_REQUEST_KIND__UI_REQUEST_NETWORK];
    switch (deed) {
    case MODEL_EDIT:
        return connection || choice;
    case MODEL_TEST:
        return connection && can_send(model, 1);
    case MODEL_NEXT:
        return connection && model->connected;
    case MODEL_SHELL:
        return connection && !away && can_request(model, P2V__UI_REQUEST_KIND__UI_REQUEST_SHELL);
    case MODEL_NETWORK:
        return connection && !away && can_request(model, P2V__UI_REQUEST_KIND__UI_REQUEST_NETWORK);
    case MODEL_IDENTIFY:
        return choice && can_request(model, P2V__UI_REQUEST_KIND__UI_REQUEST_IDENTIFY);
    case MODEL_BACK:
        return choice;
    case MODEL_START:
        return choice && can_send(model, 2);
    case MODEL_OVERRULE:
        return choice && can_send(model, 2) && model->refused && model->finding_count > 0 && !has_error(model);
    case MODEL_CANCEL:
        return !over && !model->finished && model->phase != P2V__PHASE__PHASE_CANCELLING &&
               can_request(model, P2V__UI_REQUEST_KIND__UI_REQUEST_CANCEL);
    case MODEL_SAVE_LOG:
        return over && can_request(model, P2V__UI_REQUEST_KIND__UI_REQUEST_SAVE_LOG);
    case MODEL_SHUTDOWN:
        return over && can_request(model, P2V__UI_REQUEST_KIND__UI_REQUEST_SHUTDOWN);
    case MODEL_REBOOT:
        return over && can_request(model, P2V__UI_REQUEST_KIND__UI_REQUEST_REBOOT);
    default:
        return over;
    }
}
