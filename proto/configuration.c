// SPDX-License-Identifier: GPL-2.0-or-later
//
// The configuration, or a part of it, as typed messages, and back: a field's name is its key's.  Pure memory.
#include "proto/configuration.h"

#include <stdlib.h>
#include <string.h>

// "remote_server" is remote.server; Output's "storage" output.storage.
static bool is_named(const char *field, const char *key)
{
    while (*field != '\0' && (*field == *key || (*field == '_' && *key == '.'))) {
        field++;
        key++;
    }
    return *field == *key;
}

// The key's field in this message; NULL: it has none.
static const ProtobufCFieldDescriptor *field_of(const ProtobufCMessageDescriptor *type, const struct config_key *key)
{
    const char *prefix = type == &p2v__output__descriptor ? "output." : "";
    if (strncmp(key->name, prefix, strlen(prefix)) != 0)
        return NULL;
    for (unsigned i = 0; i < type->n_fields; i++)
        if (is_named(type->fields[i].name, key->name + strlen(prefix)))
            return &type->fields[i];
    return NULL;
}

static bool is_set(const struct config *config, const struct config_key *key)
{
    return (config->set & config_bit(key)) != 0;
}

// Is this name in the part's list of them: `given`, or `hidden`, which not every part has?
static bool is_in(const ProtobufCMessage *part, const char *list, const char *name)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(part->descriptor, list);
    size_t count = field != NULL ? *(const size_t *)((const char *)part + field->quantifier_offset) : 0;
    for (size_t i = 0; i < count; i++)
        if (strcmp((*(char *const *const *)((const char *)part + field->offset))[i], name) == 0)
            return true;
    return false;
}

// ---- into messages -------------------------------------------------------------------------------------

// False where a field that says nothing has the same value.
static bool put_value(ProtobufCMessage *part, const ProtobufCFieldDescriptor *field, enum config_type type, const void *value)
{
    void *place = (char *)part + field->offset;
    const struct config_list *list = value;
    switch (type) {
    case CONFIG_LIST:
        *(size_t *)((char *)part + field->quantifier_offset) = list->count;
        *(char ***)place = list->items;
        return list->count > 0;
    case CONFIG_BOOLEAN:
        return (*(protobuf_c_boolean *)place = *(const bool *)value) != 0;
    case CONFIG_OFFSET:
        return (*(int32_t *)place = (int32_t)*(const int64_t *)value) != 0;
    case CONFIG_NUMBER:
    case CONFIG_BYTES:
        return (*(uint64_t *)place = *(const uint64_t *)value) != 0;
    default:
        *(char **)place = *(char *const *)value;
        return **(char *const *)value != '\0';
    }
}

static bool must_hide(const struct config *config, const struct config_key *key)
{
    const void *value = (const char *)config + key->offset;
    const struct config_list *list = value;
    bool hidden = key->type == CONFIG_TEXT && is_set(config, key) && config_hides(key, *(char *const *)value);
    for (size_t i = 0; key->type == CONFIG_LIST && i < list->count; i++)
        hidden = hidden || config_hides(key, list->items[i]);
    return hidden;
}

static void put_name(ProtobufCMessage *part, const char *list, char **names, const struct config_key *key)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(part->descriptor, list);
    if (field == NULL)
        return;
    *(char ***)((char *)part + field->offset) = names;
    names[(*(size_t *)((char *)part + field->quantifier_offset))++] = (char *)key->name;
}

// A secret has no field of its own, and is named by Settings.
static void put_part(ProtobufCMessage *part, const struct config *config, bool whole, char **given, char **hidden)
{
    for (const struct config_key *key = config_keys; key->name != NULL; key++) {
        const ProtobufCFieldDescriptor *field = field_of(part->descriptor, key);
        bool secret = key->type == CONFIG_SECRET && part->descriptor == &p2v__settings__descriptor;
        if (field == NULL && !secret)
            continue;
        if ((config->hidden & config_bit(key)) != 0 || (!whole && must_hide(config, key)))
            put_name(part, "hidden", hidden, key);
        else if (is_set(config, key) && (secret || !put_value(part, field, key->type, (const char *)config + key->offset)))
            put_name(part, "given", given, key);
    }
}

static void make(struct configuration *messages, const struct config *config, bool whole)
{
    struct configuration *m = messages;
    p2v__configuration__init(&m->all);
    p2v__connection__init(&m->connection);
    p2v__guest__init(&m->guest);
    p2v__hardware__init(&m->hardware);
    p2v__output__init(&m->output);
    p2v__settings__init(&m->settings);
    put_part(&m->connection.base, config, whole, m->given[0], m->hidden[0]);
    put_part(&m->guest.base, config, whole, m->given[1], m->hidden[1]);
    put_part(&m->hardware.base, config, whole, m->given[2], m->hidden[2]);
    put_part(&m->output.base, config, whole, m->given[3], m->hidden[3]);
    put_part(&m->settings.base, config, whole, m->given[4], m->hidden[4]);
    m->all.connection = &m->connection;
    m->all.guest = &m->guest;
    m->all.hardware = &m->hardware;
    m->all.output = &m->output;
    m->all.settings = &m->settings;
}

void configuration_make(struct configuration *messages, const struct config *config)
{
    make(messages, config, true);
}

void configuration_make_shown(struct configuration *messages, const struct config *config)
{
    make(messages, config, false);
}

// ---- out of them: 1; 0 where it is what a field has that says nothing; -1 where memory is short ---------

static int take_text(char **text, const char *from)
{
    if (from == NULL || from[0] == '\0')
        return 0;
    config_wipe(text);
    *text = strdup(from);
    return *text != NULL ? 1 : -1;
}

static int take_list(struct config_list *list, char *const *items, size_t count)
{
    *list = (struct config_list){ .items = calloc(count + 1, sizeof *list->items) };
    while (list->items != NULL && list->count < count && (list->items[list->count] = strdup(items[list->count])) != NULL)
        list->count++;
    return list->items == NULL || list->count < count ? -1 : count > 0;
}

static int take_value(void *value, enum config_type type, const ProtobufCMessage *part, const ProtobufCFieldDescriptor *field)
{
    const void *place = (const char *)part + field->offset;
    switch (type) {
    case CONFIG_LIST:
        return take_list(value, *(char *const *const *)place, *(const size_t *)((const char *)part + field->quantifier_offset));
    case CONFIG_BOOLEAN:
        return (*(bool *)value = *(const protobuf_c_boolean *)place) != 0;
    case CONFIG_OFFSET:
        return (*(int64_t *)value = *(const int32_t *)place) != 0;
    case CONFIG_NUMBER:
    case CONFIG_BYTES:
        return (*(uint64_t *)value = *(const uint64_t *)place) != 0;
    default:
        return take_text(value, *(char *const *)place);
    }
}

// A text that is there is never empty.
static bool may_be_given(const ProtobufCMessageDescriptor *type, const struct config_key *key)
{
    return key->type == CONFIG_SECRET ? type == &p2v__settings__descriptor : key->type != CONFIG_TEXT && field_of(type, key) != NULL;
}

int configuration_take(struct config *config, const ProtobufCMessage *part, struct error *err)
{
    for (const struct config_key *key = config_keys; key->name != NULL; key++) {
        const ProtobufCFieldDescriptor *field = field_of(part->descriptor, key);
        void *value = (char *)config + key->offset;
        int taken = field != NULL ? take_value(value, key->type, part, field) : 0;
        if (taken < 0)
            return error_set(err, "out of memory");
        if (taken == 0 && field != NULL && is_in(part, "hidden", key->name))
            config->hidden |= config_bit(key);
        if (taken == 0 && !(may_be_given(part->descriptor, key) && is_in(part, "given", key->name)))
            continue;
        config->set |= config_bit(key);
        if (key->type == CONFIG_LIST)
            ((struct config_list *)value)->given = true;
    }
    return 0;
}

// ---- what a dialog has left alone ----------------------------------------------------------------------

static void restore(ProtobufCMessage *part, const ProtobufCMessage *configured)
{
    for (const struct config_key *key = config_keys; key->name != NULL; key++) {
        const ProtobufCFieldDescriptor *field = field_of(part->descriptor, key);
        if (field == NULL || !is_in(part, "hidden", key->name))
            continue;
        char *place = (char *)part + field->offset, *count = (char *)part + field->quantifier_offset;
        const char *from = (const char *)configured + field->offset, *from_count = (const char *)configured + field->quantifier_offset;
        if (key->type == CONFIG_TEXT && **(char **)place == '\0')
            *(char **)place = *(char *const *)from;
        if (key->type == CONFIG_LIST && *(size_t *)count == 0) {
            *(char ***)place = *(char **const *)from;
            *(size_t *)count = *(const size_t *)from_count;
        }
    }
}

const char *configuration_identity(const P2v__Connection *sent, const P2v__Configuration *configured)
{
    P2v__Connection whole = *sent;
    restore(&whole.base, &configured->connection->base);
    return whole.auth_identity_url;
}

P2v__Output configuration_output(const P2v__Output *sent, const P2v__Configuration *configured)
{
    P2v__Output whole = *sent;
    restore(&whole.base, &configured->output->base);
    return whole;
}
