// SPDX-License-Identifier: GPL-2.0-or-later
//
// A model's messages to the supervisor: each only where its button is live.  Pure memory.
#include "p2v-ui/model-send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p2v-ui/neutralise.h"
#include "proto/configuration.h"
#include "proto/helper.h"

// ---- what is sent --------------------------------------------------------------------------------------

void model_as_sent(const struct config_key *key, const char *value, char sent[MODEL_VALUE_MAX + 2])
{
    bool bare = key->type == CONFIG_BYTES && value[0] != '\0' && value[strspn(value, "0123456789")] == '\0';
    snprintf(sent, MODEL_VALUE_MAX + 2, "%s%s", value, bare ? "M" : "");
}

// Adds one item to a list with commas; false where it has become too long.
static bool add_item(char value[MODEL_VALUE_MAX + 2], const char *item, const char *more)
{
    size_t size = strlen(value);
    int n = snprintf(value + size, MODEL_VALUE_MAX + 1 - size, "%s%s%s%s", size > 0 ? "," : "", item, more[0] != '\0' ? ":" : "", more);
    return n >= 0 && (size_t)n < MODEL_VALUE_MAX + 1 - size;
}

// The machine's lists are always whole: empty means none.
static bool compose_list(const struct model *model, const char *name, char *value)
{
    bool fits = true;
    if (strcmp(name, "disks") == 0)
        for (size_t i = 0; i < model->disk_count; i++)
            fits = fits && (!model->disks[i].chosen || add_item(value, model->disks[i].name, ""));
    if (strcmp(name, "removable") == 0)
        for (size_t i = 0; i < model->removable_count; i++)
            fits = fits && (!model->removables[i].chosen || add_item(value, model->removables[i].name, ""));
    if (strcmp(name, "interfaces") == 0)
        for (size_t i = 0; i < model->nic_count; i++)
            fits = fits && (!model->nics[i].chosen || add_item(value, model->nics[i].name, ""));
    if (strcmp(name, "network_map") == 0)
        for (size_t i = 0; i < model->nic_count; i++)
            fits = fits && (!model->nics[i].chosen || model->nics[i].network[0] == '\0' ||
                            add_item(value, model->nics[i].name, model->nics[i].network));
    return fits;
}

static bool compose_field(struct model *model, struct model_field *field, struct config *config)
{
    char value[MODEL_VALUE_MAX + 2];
    struct error err;
    if (field->hidden) {
        config->hidden |= config_bit(field->key);
        return true;
    }
    model_as_sent(field->key, field->value, value);
    if (!compose_list(model, field->key->name, value)) {
        snprintf(field->wrong, sizeof field->wrong, "p2v.%s is too long: fewer of them must be chosen", field->key->name);
        return false;
    }
    if (value[0] == '\0' && field->key->optional && field->key->type != CONFIG_LIST)
        return true;
    if (config_set(config, field->key->name, value, &err) == 0)
        return true;
    neutralise_line(field->wrong, sizeof field->wrong, err.text);
    return false;
}

// A dialog's part of the configuration: what was typed, or what the lists come to.  False where it cannot be sent.
static bool compose(struct model *model, int dialog, struct config *config, struct configuration *messages)
{
    bool good = true;
    *config = (struct config){ 0 };
    for (size_t i = 0; i < model->field_count && good; i++)
        if (model->fields[i].key->dialog == dialog && model->fields[i].key->type != CONFIG_SECRET)
            good = compose_field(model, &model->fields[i], config);
    configuration_make(messages, config);
    return good;
}

// ---- the first dialog ----------------------------------------------------------------------------------

bool model_test(struct model *model)
{
    struct model_field *password = model_field(model, "auth.password");
    struct config config;
    struct configuration messages;
    P2v__UiConnect connect = P2V__UI_CONNECT__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_connect, UI_CONNECT, &connect);
    connect.connection = &messages.connection;
    connect.password_given = model->password_typed;
    if (model->password_typed)
        connect.password = (ProtobufCBinaryData){ strlen(password->value), (uint8_t *)password->value };
    if (!model_can(model, MODEL_TEST))
        return false;
    bool sent = compose(model, 1, &config, &messages) && model->send(model->context, &envelope);
    config_clear(&config);
    if (!sent)
        return false;
    model->testing = true;
    model->connected = model->outdated = false;
    model->not_connected[0] = '\0';
    return true;
}

bool model_next(struct model *model, uint64_t now_ms)
{
    if (!model_can(model, MODEL_NEXT))
        return false;
    model->step = MODEL_CHOICE;
    model->check_due_ms = now_ms + 1;  // what is there already may be wrong as well
    return true;
}

// ---- the second ----------------------------------------------------------------------------------------

bool model_back(struct model *model)
{
    if (!model_can(model, MODEL_BACK))
        return false;
    model->step = MODEL_CONNECTION;
    model->check_due_ms = 0;
    return true;
}

static bool send_choice(struct model *model, const P2v__Envelope *envelope, P2v__Guest **guest, P2v__Output **output)
{
    struct config config;
    struct configuration messages;
    *guest = &messages.guest;
    *output = &messages.output;
    bool sent = compose(model, 2, &config, &messages) && model->send(model->context, envelope);
    config_clear(&config);
    *guest = NULL;                     // what they were is gone
    *output = NULL;
    return sent;
}

static bool send_check(struct model *model)
{
    P2v__UiCheck check = P2V__UI_CHECK__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_check, UI_CHECK, &check);
    return model->checking = send_choice(model, &envelope, &check.guest, &check.output);
}

bool model_send_convert(struct model *model)
{
    P2v__UiConvert convert = P2V__UI_CONVERT__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_convert, UI_CONVERT, &convert);
    convert.overrule = model->overruling;
    model->convert_sent = send_choice(model, &envelope, &convert.guest, &convert.output);
    return model->starting = model->convert_sent;
}

bool model_start(struct model *model, bool overrule)
{
    if (!model_can(model, overrule ? MODEL_OVERRULE : MODEL_START))
        return false;
    model->starting = true;
    model->overruling = overrule;
    model->refused = false;
    model->check_due_ms = 0;
    return model->checking || model_send_convert(model);
}

void model_tick(struct model *model, uint64_t now_ms)
{
    if (model_due(model, now_ms) != 0)
        return;
    model->check_due_ms = 0;
    if (model_can(model, MODEL_START))
        send_check(model);
}

int model_due(const struct model *model, uint64_t now_ms)
{
    if (model->check_due_ms == 0 || model->checking || model->starting || model->step != MODEL_CHOICE)
        return -1;
    return model->check_due_ms <= now_ms ? 0 : (int)(model->check_due_ms - now_ms);
}

// ---- any dialog ----------------------------------------------------------------------------------------

static bool can_request(const struct model *model, P2v__UiRequestKind kind)
{
    static const enum model_deed deeds[MODEL_REQUESTS] = {
        [P2V__UI_REQUEST_KIND__UI_REQUEST_CANCEL] = MODEL_CANCEL,
        [P2V__UI_REQUEST_KIND__UI_REQUEST_SHELL] = MODEL_SHELL,
        [P2V__UI_REQUEST_KIND__UI_REQUEST_NETWORK] = MODEL_NETWORK,
        [P2V__UI_REQUEST_KIND__UI_REQUEST_IDENTIFY] = MODEL_IDENTIFY,
        [P2V__UI_REQUEST_KIND__UI_REQUEST_SHUTDOWN] = MODEL_SHUTDOWN,
        [P2V__UI_REQUEST_KIND__UI_REQUEST_REBOOT] = MODEL_REBOOT,
        [P2V__UI_REQUEST_KIND__UI_REQUEST_SAVE_LOG] = MODEL_SAVE_LOG,
    };
    return model_can(model, deeds[kind]);
}

bool model_request(struct model *model, P2v__UiRequestKind kind, const char *name)
{
    if (!can_request(model, kind))
        return false;
    P2v__UiRequest request = P2V__UI_REQUEST__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_request, UI_REQUEST, &request);
    request.kind = kind;
    request.name = (char *)(uintptr_t)name;        // protobuf-c's type; it is read only
    model->requested[kind] = true;
    return model->send(model->context, &envelope);
}

bool model_answer(struct model *model, P2v__Answer answer, const char *secret)
{
    enum model_asked asked = model->question.asked;
    P2v__HostKeyAnswer host_key = P2V__HOST_KEY_ANSWER__INIT;
    P2v__SecretAnswer about = P2V__SECRET_ANSWER__INIT;
    P2v__Envelope of_key = ENVELOPE(host_key_answer, HOST_KEY_ANSWER, &host_key);
    P2v__Envelope of_secret = ENVELOPE(secret_answer, SECRET_ANSWER, &about);
    bool secret_given = asked == MODEL_ASKED_SECRET && answer == P2V__ANSWER__ANSWER_YES;
    if (asked == MODEL_ASKED_NOTHING)
        return false;
    model->question.number++;
    model->question.too_long = secret_given && strlen(secret) > MODEL_SECRET_MAX;
    if (model->question.too_long)
        return false;
    host_key.answer = about.answer = answer;
    if (secret_given)
        about.secret = (ProtobufCBinaryData){ strlen(secret), (uint8_t *)(uintptr_t)secret };
    model->question.asked = MODEL_ASKED_NOTHING;
    return model->send(model->context, asked == MODEL_ASKED_HOST_KEY ? &of_key : &of_secret);
}

bool model_close(struct model *model)
{
    if (!model_can(model, MODEL_CLOSE))
        return false;
    P2v__UiFinished finished = P2V__UI_FINISHED__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_finished, UI_FINISHED, &finished);
    model->finished = true;
    return model->send(model->context, &envelope);
}
