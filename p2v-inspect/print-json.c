// SPDX-License-Identifier: GPL-2.0-or-later
//
// Findings as JSON: the names are those of proto/p2v.proto, because its descriptors are what is walked here; so every field is
// there, and no field can be forgotten.  Every text has passed text_is_line(), yet what JSON escapes is escaped.  Pure memory.
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "p2v-inspect/print.h"

static void print_message(FILE *out, const ProtobufCMessage *message, int indent);

static void print_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            fprintf(out, "\\%c", *p);
        else if (*p < 0x20)
            fprintf(out, "\\u%04x", *p);
        else
            fputc(*p, out);
    }
    fputc('"', out);
}

// FIRMWARE_UEFI -> "uefi", SECURE_BOOT_ON -> "on"
static void print_enum(FILE *out, const ProtobufCEnumDescriptor *type, int value)
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(type, value);
    const char *name = found != NULL ? found->name : "UNKNOWN", *word = strrchr(name, '_');
    fputc('"', out);
    for (word = word != NULL ? word + 1 : name; *word != '\0'; word++)
        fputc(tolower((unsigned char)*word), out);
    fputc('"', out);
}

static void print_value(FILE *out, const ProtobufCFieldDescriptor *field, const void *value, int indent)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        print_text(out, *(char *const *)value);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        fputs(*(const protobuf_c_boolean *)value ? "true" : "false", out);
        break;
    case PROTOBUF_C_TYPE_ENUM:
        print_enum(out, field->descriptor, *(const int *)value);
        break;
    case PROTOBUF_C_TYPE_UINT64:
        fprintf(out, "%" PRIu64, *(const uint64_t *)value);
        break;
    case PROTOBUF_C_TYPE_UINT32:
        fprintf(out, "%" PRIu32, *(const uint32_t *)value);
        break;
    case PROTOBUF_C_TYPE_SINT32:
        fprintf(out, "%" PRId32, *(const int32_t *)value);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        print_message(out, *(ProtobufCMessage *const *)value, indent);
        break;
    default:
        fputs("null", out);
        break;
    }
}

// Lists of what is printed here hold pointers: messages and texts.
static void print_list(FILE *out, const ProtobufCFieldDescriptor *field, void *const *items, size_t count, int indent)
{
    fputc('[', out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "%s\n%*s", i > 0 ? "," : "", indent + 2, "");
        print_value(out, field, &items[i], indent + 2);
    }
    if (count > 0)
        fprintf(out, "\n%*s", indent, "");
    fputc(']', out);
}

static void print_fields(FILE *out, const ProtobufCMessage *message, int indent)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        const char *value = (const char *)message + field->offset;
        fprintf(out, "%s\n%*s\"%s\": ", i > 0 ? "," : "", indent, "", field->name);
        if (field->label == PROTOBUF_C_LABEL_REPEATED)
            print_list(out, field, *(void *const *const *)value, *(const size_t *)((const char *)message + field->quantifier_offset), indent);
        else
            print_value(out, field, value, indent);
    }
}

static void print_message(FILE *out, const ProtobufCMessage *message, int indent)
{
    fputc('{', out);
    print_fields(out, message, indent + 2);
    fprintf(out, "\n%*s}", indent, "");
}

void print_json(FILE *out, const struct findings *findings)
{
    fputc('{', out);
    if (findings->inventory != NULL) {
        print_fields(out, &findings->inventory->base, 2);
        fputc(',', out);
    }
    fprintf(out, "\n  \"contents\": [");
    for (size_t i = 0; i < findings->contents_count; i++) {
        fprintf(out, "%s\n    ", i > 0 ? "," : "");
        print_message(out, &findings->contents[i]->base, 4);
    }
    fprintf(out, "%s]\n}\n", findings->contents_count > 0 ? "\n  " : "");
}
