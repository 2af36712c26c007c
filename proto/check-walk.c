// SPDX-License-Identifier: GPL-2.0-or-later
//
// Messages, held against the tables of check.c.  protobuf-c's descriptors are asked what a message holds, so that no field can be
// forgotten.  Pure memory.
#include "proto/check.h"

#include <inttypes.h>
#include <string.h>

#include "proto/check-table.h"
#include "proto/config-table.h"

// Takes the limits of the rule's key; false where there is no such key.
static bool take_key(struct check_rule *rule)
{
    const struct config_key *key = config_find(rule->key);
    if (key == NULL)
        return false;
    rule->min = key->minimum;
    rule->max = key->type == CONFIG_BOOLEAN ? 1 : key->maximum;
    rule->text = key->check;
    if (key->type == CONFIG_LIST && rule->count == 0)
        rule->count = CONFIG_LIST_MAX;
    return true;
}

static bool rule_of(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field, struct check_rule *rule)
{
    size_t n = strlen(type->short_name);
    for (const struct check_rule *row = check_rules; row->field != NULL; row++)
        if (strncmp(row->field, type->short_name, n) == 0 && row->field[n] == '.' && strcmp(row->field + n + 1, field->name) == 0) {
            *rule = *row;
            return rule->key == NULL || take_key(rule);
        }
    return false;
}

static int refuse(struct error *err, const struct check_rule *rule, const char *why)
{
    return error_set(err, "field %s is refused: %s", rule->field, why);
}

static int check_number(const struct check_rule *rule, uint64_t value, struct error *err)
{
    if ((value >= rule->min && value <= rule->max) || (value == 0 && rule->optional))
        return 0;
    return error_set(err, "field %s is refused: %" PRIu64 " is not between %" PRIu64 " and %" PRIu64, rule->field, value,
                     rule->min, rule->max);
}

static int check_size(const struct check_rule *rule, size_t size, struct error *err)
{
    if ((size >= rule->min && size <= rule->max) || (size == 0 && rule->optional))
        return 0;
    return error_set(err, "field %s is refused: %zu bytes are not between %" PRIu64 " and %" PRIu64, rule->field, size,
                     rule->min, rule->max);
}

static int check_text(const struct check_rule *rule, const char *text, struct error *err)
{
    size_t size = text == NULL ? 0 : strlen(text);
    if (check_size(rule, size, err) < 0)
        return -1;
    if (size == 0)                                                 // text may be NULL
        return 0;
    bool fits = rule->text != NULL ? rule->text(text) : rule->key != NULL;     // a key without a check of its own may be any text
    return fits ? 0 : refuse(err, rule, "it has characters that do not belong there");
}

static int check_message(const ProtobufCMessage *message, struct error *err);

// NOLINTBEGIN(misc-no-recursion): as deep as the message types are in each other, and none is in itself; not as deep as bytes say

static int check_value(const struct check_rule *rule, const ProtobufCFieldDescriptor *field, const void *value, struct error *err)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return check_text(rule, *(char *const *)value, err);
    case PROTOBUF_C_TYPE_BYTES:
        return check_size(rule, ((const ProtobufCBinaryData *)value)->len, err);
    case PROTOBUF_C_TYPE_UINT64:
        return check_number(rule, *(const uint64_t *)value, err);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_ENUM:             // a negative enum is a large number here, and refused
        return check_number(rule, *(const uint32_t *)value, err);
    case PROTOBUF_C_TYPE_SINT32: {
        int64_t number = *(const int32_t *)value;
        return check_number(rule, (uint64_t)(number < 0 ? -number : number), err);
    }
    case PROTOBUF_C_TYPE_BOOL:
        return check_number(rule, (uint64_t)*(const protobuf_c_boolean *)value, err);
    case PROTOBUF_C_TYPE_MESSAGE: {
        const ProtobufCMessage *inner = *(ProtobufCMessage *const *)value;
        return inner == NULL ? refuse(err, rule, "it is missing") : check_message(inner, err);
    }
    default:
        return refuse(err, rule, "its type has no check");
    }
}

// Items that have been checked.
static int check_distinct(const struct check_rule *rule, ProtobufCMessage *const *items, size_t count, struct error *err)
{
    if (rule->distinct == NULL || count == 0)
        return 0;
    size_t offset = protobuf_c_message_descriptor_get_field_by_name(items[0]->descriptor, rule->distinct)->offset;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++) {
            const char *name = *(char *const *)((const char *)items[i] + offset);
            if (strcmp(name, *(char *const *)((const char *)items[j] + offset)) == 0)
                return error_set(err, "field %s is refused: %s is there twice", rule->field, name);
        }
    return 0;
}

size_t check_item_size(ProtobufCType type)
{
    return type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) :
           type == PROTOBUF_C_TYPE_UINT64 ? 8 :
           type == PROTOBUF_C_TYPE_UINT32 || type == PROTOBUF_C_TYPE_SINT32 || type == PROTOBUF_C_TYPE_ENUM ? 4 :
           type == PROTOBUF_C_TYPE_BOOL ? sizeof(protobuf_c_boolean) : sizeof(void *);
}

static int check_field(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, struct error *err)
{
    struct check_rule rule;
    if (!rule_of(message->descriptor, field, &rule))
        return error_set(err, "field %s.%s is refused: it has no rule", message->descriptor->short_name, field->name);
    const char *value = (const char *)message + field->offset;
    if (field->label != PROTOBUF_C_LABEL_REPEATED)
        return check_value(&rule, field, value, err);
    size_t count = *(const size_t *)((const char *)message + field->quantifier_offset);
    if (count > rule.count)
        return refuse(err, &rule, "there are too many");
    const char *values = *(const char *const *)value;
    for (size_t i = 0; i < count; i++)
        if (check_value(&rule, field, values + i * check_item_size(field->type), err) < 0)
            return -1;
    return check_distinct(&rule, (ProtobufCMessage *const *)values, count, err);
}

static int check_message(const ProtobufCMessage *message, struct error *err)
{
    if (message->n_unknown_fields > 0)
        return error_set(err, "%s has a field that is not known", message->descriptor->short_name);
    for (unsigned i = 0; i < message->descriptor->n_fields; i++)
        if (check_field(message, &message->descriptor->fields[i], err) < 0)
            return -1;
    return 0;
}
// NOLINTEND(misc-no-recursion)

int check_envelope(const P2v__Envelope *envelope, size_t fd_count, struct error *err)
{
    const ProtobufCFieldDescriptor *body = envelope->body_case == P2V__ENVELOPE__BODY__NOT_SET ? NULL :
        protobuf_c_message_descriptor_get_field(&p2v__envelope__descriptor, (unsigned)envelope->body_case);
    if (body == NULL || envelope->base.n_unknown_fields > 0)
        return error_set(err, "a message is of no known type");
    const ProtobufCMessage *message = *(ProtobufCMessage *const *)((const char *)envelope + body->offset);
    if (message == NULL)
        return error_set(err, "a message is empty");
    const struct check_carried *carried = check_carried;
    while (carried->body != P2V__ENVELOPE__BODY__NOT_SET && carried->body != envelope->body_case)
        carried++;
    if (fd_count < carried->least || fd_count > carried->most)
        return error_set(err, "%s carries %zu descriptors in place of %zu", message->descriptor->short_name, fd_count, carried->most);
    return check_message(message, err);
}

// ---- for the unit test ---------------------------------------------------------------------------------

static bool covers(const ProtobufCMessageDescriptor *type, struct error *err)       // NOLINT(misc-no-recursion): likewise
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        bool top = type == &p2v__envelope__descriptor;
        struct check_rule rule;
        if (!top && !rule_of(type, field, &rule)) {
            error_set(err, "%s.%s has no rule", type->short_name, field->name);
            return false;
        }
        if (field->type == PROTOBUF_C_TYPE_MESSAGE && !covers(field->descriptor, err))
            return false;
    }
    return true;
}

bool check_covers_every_field(struct error *err)
{
    return covers(&p2v__envelope__descriptor, err);
}
