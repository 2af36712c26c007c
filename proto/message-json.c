// SPDX-License-Identifier: GPL-2.0-or-later
//
// Messages as JSON.  protobuf-c's descriptors are what is walked here: so every field is there, and no field can be forgotten.
#include "proto/message-json.h"

#include <ctype.h>
#include <string.h>

#include "proto/check.h"
#include "proto/redact.h"

// FIRMWARE_UEFI -> "uefi", SECURE_BOOT_ON -> "on"
static void print_enum(struct json *json, const char *key, const ProtobufCEnumDescriptor *type, int value)
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(type, value);
    const char *name = found != NULL ? found->name : "UNKNOWN", *last = strrchr(name, '_');
    char word[32];
    size_t size = 0;
    for (last = last != NULL ? last + 1 : name; *last != '\0' && size < sizeof word - 1; last++)
        word[size++] = (char)tolower((unsigned char)*last);
    word[size] = '\0';
    json_text(json, key, word);
}

// text: NULL, in a message that is to be sent, is none.
static size_t print_text(struct json *json, const char *key, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                         const char *text)
{
    if (text == NULL)
        text = "";
    size_t size = strlen(text), shown = redact_shows(message, field, text);
    char cut[4096 + sizeof MESSAGE_JSON_SECRET];
    if (shown >= size) {
        json_text(json, key, text);
        return 0;
    }
    if (shown > 4096)
        shown = 4096;
    memcpy(cut, text, shown);
    memcpy(cut + shown, MESSAGE_JSON_SECRET, sizeof MESSAGE_JSON_SECRET);
    json_text(json, key, cut);
    return size - shown;
}

static size_t print_bytes(struct json *json, const char *key, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                          const ProtobufCBinaryData *bytes)
{
    if (!redact_hides_size(message, field)) {
        json_number(json, key, bytes->len);
        return 0;
    }
    json_text(json, key, bytes->len > 0 ? MESSAGE_JSON_SECRET : "");
    return bytes->len;
}

// NOLINTBEGIN(misc-no-recursion): as deep as the message types are in each other, and none is in itself
static size_t print_value(struct json *json, const char *key, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                          const void *value)
{
    size_t hidden = 0;
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return print_text(json, key, message, field, *(char *const *)value);
    case PROTOBUF_C_TYPE_BYTES:
        return print_bytes(json, key, message, field, value);
    case PROTOBUF_C_TYPE_MESSAGE:
        json_open(json, key, '{');
        if (*(ProtobufCMessage *const *)value != NULL)
            hidden = message_json_fields(json, *(ProtobufCMessage *const *)value);
        json_close(json, '{');
        break;
    case PROTOBUF_C_TYPE_BOOL:
        json_bool(json, key, *(const protobuf_c_boolean *)value);
        break;
    case PROTOBUF_C_TYPE_ENUM:
        print_enum(json, key, field->descriptor, *(const int *)value);
        break;
    case PROTOBUF_C_TYPE_UINT64:
        json_number(json, key, *(const uint64_t *)value);
        break;
    case PROTOBUF_C_TYPE_UINT32:
        json_number(json, key, *(const uint32_t *)value);
        break;
    case PROTOBUF_C_TYPE_SINT32:
        json_signed(json, key, *(const int32_t *)value);
        break;
    default:                           // check-walk.c lets no other type pass
        json_text(json, key, MESSAGE_JSON_SECRET);
    }
    return hidden;
}

static size_t print_list(struct json *json, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, const char *items, size_t count)
{
    size_t hidden = 0;
    json_open(json, field->name, '[');
    for (size_t i = 0; i < count; i++)
        hidden += print_value(json, NULL, message, field, items + i * check_item_size(field->type));
    json_close(json, '[');
    return hidden;
}

size_t message_json_fields(struct json *json, const ProtobufCMessage *message)
{
    size_t hidden = 0;
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        const char *value = (const char *)message + field->offset;
        if (field->label == PROTOBUF_C_LABEL_REPEATED)
            hidden += print_list(json, message, field, *(const char *const *)value, *(const size_t *)((const char *)message + field->quantifier_offset));
        else
            hidden += print_value(json, field->name, message, field, value);
    }
    return hidden;
}
// NOLINTEND(misc-no-recursion)
