// SPDX-License-Identifier: GPL-2.0-or-later
//
// The configuration for people and scripts to read, from the one table.  Touches: the stream it is given.
#include "proto/config-print.h"

#include <inttypes.h>
#include <string.h>

#define NONE "(none)"

// What is printed is one line, whatever was typed.
static void print_text(const char *text, size_t size, FILE *out)
{
    for (const char *end = text + size; text < end; text++)
        fputc((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text, out);
}

static void print_list(const struct config_list *list, const struct config_key *key, FILE *out)
{
    for (size_t i = 0; i < list->count; i++) {
        fputs(i > 0 ? " " : "", out);
        print_text(list->items[i], config_shows(key, list->items[i]), out);
        fputs(config_hides(key, list->items[i]) ? "(set)" : "", out);
    }
    fputs(list->count == 0 ? NONE : "", out);
}

static void print_value(const struct config *config, const struct config_key *key, FILE *out)
{
    const void *field = (const char *)config + key->offset;
    const char *text = key->type == CONFIG_TEXT || key->type == CONFIG_SECRET ? *(char *const *)field : NULL;
    if (key->type == CONFIG_SECRET || (text != NULL && config_hides(key, text)))
        fputs(config_given(config, field) ? "set" : "not set", out);
    else if (key->type == CONFIG_TEXT)
        print_text(text != NULL ? text : NONE, strlen(text != NULL ? text : NONE), out);
    else if (key->type == CONFIG_LIST)
        print_list(field, key, out);
    else if (!config_given(config, field))
        fputs(NONE, out);
    else if (key->type == CONFIG_BOOLEAN)
        fputs(*(const bool *)field ? "true" : "false", out);
    else if (key->type == CONFIG_OFFSET)
        fprintf(out, "%" PRId64, *(const int64_t *)field);
    else
        fprintf(out, "%" PRIu64, *(const uint64_t *)field);
}

void config_dump(const struct config *config, FILE *out)
{
    for (const struct config_key *key = config_keys; key->name != NULL; key++) {
        fprintf(out, "%s ", key->name);
        print_value(config, key, out);
        fputc('\n', out);
    }
}

static const char *kind_of(const struct config_key *key)
{
    static const char *const kinds[] = {
        [CONFIG_TEXT] = "text", [CONFIG_SECRET] = "text, never shown", [CONFIG_NUMBER] = "number", [CONFIG_OFFSET] = "number with a sign",
        [CONFIG_BYTES] = "number with K, M, G, T or P", [CONFIG_BOOLEAN] = "yes or no", [CONFIG_LIST] = "list with commas",
    };
    return kinds[key->type];
}

void config_help(FILE *out)
{
    for (const struct config_key *key = config_keys; key->name != NULL; key++) {
        const char *before = strcmp(key->name, "ip") == 0 ? "" : "p2v.";
        const char *value = key->preset != NULL ? key->preset : key->otherwise != NULL ? key->otherwise : "none";
        fprintf(out, "%s%s%s%s\n", before, key->name, key->alias != NULL ? ", p2v." : "", key->alias != NULL ? key->alias : "");
        fprintf(out, "    %s\n    kind: %s\n    allowed: %s\n    default: %s\n", key->help, kind_of(key), key->allowed, value);
    }
}
