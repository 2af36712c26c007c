// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-ui's model: whatever texts come in the supervisor's messages, and whenever the person does what, all that is shown is harmless,
// and all that is sent the supervisor would take.
//
// The input is records, envelopes.  Those that the supervisor sends are taken; what p2v-ui sends stands for the person's deed.
#include "tests/fuzz/fuzz.h"

#include "p2v-ui/model.h"
#include "p2v-ui/words.h"
#include "proto/check.h"
#include "proto/configuration.h"
#include "proto/helper.h"
#include "proto/text.h"

static bool send_it(void *context, const P2v__Envelope *envelope)
{
    struct error err = { 0 };
    (void)context;
    if (check_envelope(envelope, 0, &err) == 0)
        return true;
    fprintf(stderr, "the supervisor would refuse it: %s\n", err.text);
    MUST(false);
    return false;
}

// ---- what is shown -------------------------------------------------------------------------------------

static void must_be_shown(const char *text)
{
    static const char *const turns[] = { "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xad", "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa7" };
    MUST(text_is_line(text));
    for (size_t i = 0; i < sizeof turns / sizeof turns[0]; i++)
        MUST(strstr(text, turns[i]) == NULL);
}

// A line of virt-v2v's: with tabs, and with colours where the terminal has them.
static void must_be_shown_of_output(const char *line, bool colours)
{
    char *text = strdup(line), *out = text;
    MUST(text != NULL);
    for (const char *p = line; *p != '\0';) {
        size_t sgr = p[0] == 0x1b && p[1] == '[' ? 2 + strspn(p + 2, "0123456789;") : 0;
        if (colours && sgr > 0 && p[sgr] == 'm')
            p += sgr + 1;
        else
            *out++ = (char)(*p == '\t' ? ' ' : *p), p++;
    }
    *out = '\0';
    must_be_shown(text);
    free(text);
}

static void look_at_disk(const struct model *model, const struct model_disk *disk)
{
    char text[1024];
    words_contents(text, sizeof text, disk);
    must_be_shown(text);
    words_disk(text, sizeof text, disk);
    must_be_shown(text);
    words_progress(text, sizeof text, model, disk, 0);
    must_be_shown(text);
    must_be_shown(disk->name);
    must_be_shown(disk->model);
    must_be_shown(disk->serial);
    must_be_shown(disk->in_use);
}

static void look(struct model *model)
{
    char text[2048];
    bool error;
    for (size_t i = 0; i < model->disk_count; i++)
        look_at_disk(model, &model->disks[i]);
    for (size_t i = 0; i < model->nic_count; i++) {
        words_nic(text, sizeof text, &model->nics[i]);
        must_be_shown(text);
        must_be_shown(model->nics[i].shown);
    }
    words_phase(text, sizeof text, model);
    must_be_shown(text);
    words_question(text, sizeof text, &model->question);
    for (size_t i = 0; i < model->finding_count; i++) {
        must_be_shown(model->findings[i].text);
        model_finding_is_general(model, &model->findings[i]);
    }
    for (size_t i = 0; i < model->field_count; i++)
        model_said_of(model, model->fields[i].key->name, &error);
    for (size_t i = model->line_count > MODEL_LINES_MAX ? model->line_count - MODEL_LINES_MAX : 0; i < model->line_count; i++)
        must_be_shown_of_output(model->lines[i % MODEL_LINES_MAX].text, model->neutraliser.colours);
    for (size_t i = 0; i < model->driver_count; i++)
        MUST(text_is_word(model->drivers[i]));
    must_be_shown(model->hostname);
    must_be_shown(model->machine);
    must_be_shown(model->not_connected);
}

// ---- the person ----------------------------------------------------------------------------------------

static void type(struct model *model, const ProtobufCMessage *part, uint64_t now_ms)
{
    static char value[MODEL_VALUE_MAX + 1];
    struct config config = { 0 };
    struct error err;
    MUST(configuration_take(&config, part, &err) == 0);
    for (const struct config_key *key = config_keys; key->name != NULL; key++) {
        struct model_field *field = model_field(model, key->name);
        if (field != NULL && config_given(&config, (const char *)&config + key->offset) && config_value(&config, key, value, sizeof value))
            model_set(model, field, value, now_ms);
    }
    config_clear(&config);
}

// What virt-v2v is to be told chooses, for nothing of it is checked: after "c" and a digit that disk, drive and interface is chosen, after
// another letter it is not; the text is the first interface's network.
static void choose(struct model *model, const P2v__Output *output, uint64_t now_ms)
{
    for (size_t i = 0; i < output->n_misc; i++) {
        const char *text = output->misc[i];
        size_t at = (size_t)(unsigned char)text[1] - '0';
        if (at < model->disk_count)
            model_choose_disk(model, at, text[0] == 'c', now_ms);
        if (at < model->removable_count)
            model_choose_removable(model, at, text[0] == 'c', now_ms);
        if (at < model->nic_count)
            model_choose_nic(model, at, text[0] == 'c', now_ms);
        if (model->nic_count > 0)
            model_set_network(model, 0, text, now_ms);
    }
}

// The password, and the port as text, which a message cannot have as a person may type it.
static void type_text(struct model *model, const P2v__UiConnect *connect, uint64_t now_ms)
{
    char *text = input_text((struct input){ connect->password.data, connect->password.len });
    model_set(model, model_field(model, connect->password_given ? "auth.password" : "remote.port"), text, now_ms);
    free(text);
}

static char *secret_of(const P2v__SecretAnswer *answer)
{
    return input_text((struct input){ answer->secret.data, answer->secret.len });
}

// False where the message ends the session.
static bool take(struct model *model, const P2v__Envelope *e, uint64_t now_ms)
{
    char *secret;
    switch (e->body_case) {
    case P2V__ENVELOPE__BODY_UI_CONNECT:
        type(model, &e->ui_connect->connection->base, now_ms);
        if (e->ui_connect->password.len > 0)
            type_text(model, e->ui_connect, now_ms);
        model_test(model);
        return true;
    case P2V__ENVELOPE__BODY_UI_CHECK:
        type(model, &e->ui_check->guest->base, now_ms);
        type(model, &e->ui_check->output->base, now_ms);
        choose(model, e->ui_check->output, now_ms);
        return true;
    case P2V__ENVELOPE__BODY_UI_CONVERT:
        if (!model_next(model, now_ms) && !model_start(model, e->ui_convert->overrule))
            model_back(model);
        return true;
    case P2V__ENVELOPE__BODY_UI_REQUEST:
        model_request(model, e->ui_request->kind, e->ui_request->name);
        return true;
    case P2V__ENVELOPE__BODY_HOST_KEY_ANSWER:
        model_answer(model, e->host_key_answer->answer, "");
        return true;
    case P2V__ENVELOPE__BODY_SECRET_ANSWER:
        secret = secret_of(e->secret_answer);
        model_answer(model, e->secret_answer->answer, secret);
        free(secret);
        return true;
    case P2V__ENVELOPE__BODY_UI_FINISHED:
        model_close(model);
        return true;
    default:
        return model_take(model, e, now_ms);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct model model;
    struct input input = { data, size };
    bool goes_on = true;
    memset(&model, 0, sizeof model);
    model_init(&model, send_it, NULL, false);
    for (uint64_t now_ms = 1000; goes_on && input.size > 0; now_ms += 300) {
        struct input record = input_record(&input);
        struct error err;
        P2v__Envelope *envelope = p2v__envelope__unpack(NULL, record.size, record.data);
        if (envelope != NULL && check_envelope(envelope, 0, &err) == 0) {
            goes_on = take(&model, envelope, now_ms);
            MUST(model_due(&model, now_ms) >= -1);
            model_tick(&model, now_ms + 200);
        }
        if (envelope != NULL)
            p2v__envelope__free_unpacked(envelope, NULL);
    }
    look(&model);
    model_clear(&model);
    return 0;
}
