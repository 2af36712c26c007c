// SPDX-License-Identifier: GPL-2.0-or-later
//
// JSON, written piece by piece.
#include "proto/json.h"

#include <inttypes.h>

static void quoted(FILE *out, const char *text)
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

// What stands before every value: the comma after the last one, a line of its own, its name.
static void begin(struct json *json, const char *key)
{
    if (json->depth > 0)
        fprintf(json->out, "%s\n%*s", json->more ? "," : "", json->depth * 2, "");
    if (key != NULL) {
        quoted(json->out, key);
        fputs(": ", json->out);
    }
    json->more = true;
}

void json_open(struct json *json, const char *key, char bracket)
{
    begin(json, key);
    fputc(bracket, json->out);
    json->depth++;
    json->more = false;
}

void json_close(struct json *json, char bracket)
{
    json->depth--;
    if (json->more)
        fprintf(json->out, "\n%*s", json->depth * 2, "");
    fputc(bracket == '{' ? '}' : ']', json->out);
    if (json->depth == 0)
        fputc('\n', json->out);
    json->more = true;
}

void json_text(struct json *json, const char *key, const char *text)
{
    begin(json, key);
    quoted(json->out, text);
}

void json_number(struct json *json, const char *key, uint64_t number)
{
    begin(json, key);
    fprintf(json->out, "%" PRIu64, number);
}

void json_signed(struct json *json, const char *key, int64_t number)
{
    begin(json, key);
    fprintf(json->out, "%" PRId64, number);
}

void json_bool(struct json *json, const char *key, bool value)
{
    begin(json, key);
    fputs(value ? "true" : "false", json->out);
}
