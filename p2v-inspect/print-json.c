// SPDX-License-Identifier: GPL-2.0-or-later
//
// Findings as JSON: the names are those of proto/p2v.proto, because its descriptors are what is walked here; so every field is
// there, and no field can be forgotten.  Every text has passed text_is_line().  Pure memory.
#include <ctype.h>
#include <string.h>

#include "p2v-inspect/print.h"
#include "proto/json.h"

static void print_fields(struct json *json, const ProtobufCMessage *message);

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

static void print_message(struct json *json, const char *key, const ProtobufCMessage *message)
{
    json_open(json, key, '{');
    print_fields(json, message);
    json_close(json, '{');
}

static void print_value(struct json *json, const char *key, const ProtobufCFieldDescriptor *field, const void *value)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        json_text(json, key, *(char *const *)value);
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
    case PROTOBUF_C_TYPE_MESSAGE:
        print_message(json, key, *(ProtobufCMessage *const *)value);
        break;
    default:                           // no other type is in what is printed here
        break;
    }
}

// Lists of what is printed here hold pointers: messages and texts.
static void print_list(struct json *json, const ProtobufCFieldDescriptor *field, void *const *items, size_t count)
{
    json_open(json, field->name, '[');
    for (size_t i = 0; i < count; i++)
        print_value(json, NULL, field, &items[i]);
    json_close(json, '[');
}

static void print_fields(struct json *json, const ProtobufCMessage *message)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        const char *value = (const char *)message + field->offset;
        if (field->label == PROTOBUF_C_LABEL_REPEATED)
            print_list(json, field, *(void *const *const *)value, *(const size_t *)((const char *)message + field->quantifier_offset));
        else
            print_value(json, field->name, field, value);
    }
}

void print_json(FILE *out, const struct findings *findings)
{
    struct json json = { .out = out };
    json_open(&json, NULL, '{');
    if (findings->inventory != NULL)
        print_fields(&json, &findings->inventory->base);
    json_open(&json, "contents", '[');
    for (size_t i = 0; i < findings->contents_count; i++)
        print_message(&json, NULL, &findings->contents[i]->base);
    json_close(&json, '[');
    json_close(&json, '{');
}
