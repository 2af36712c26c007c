// SPDX-License-Identifier: GPL-2.0-or-later
//
// JSON, written piece by piece.
#include "proto/json.h"

#include <inttypes.h>
#include <string.h>

#include "proto/text.h"

static void quoted(FILE *out, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    fputc('"', out);
    for (size_t left = strlen(text), length; left > 0; p += length, left -= length) {
        length = text_utf8_length(p, left);
        bool c1 = length == 2 && p[0] == 0xc2 && p[1] < 0xa0;
        if (length == 0) {
            fputs("\\ufffd", out);
            length = 1;
        } else if (*p == '"' || *p == '\\') {
            fprintf(out, "\\%c", *p);
        } else if (*p < 0x20 || *p == 0x7f || c1) {
            fprintf(out, "\\u%04x", c1 ? p[1] : *p);
        } else {
            (void)fwrite(p, 1, length, out);
        }
    }
    fputc('"', out);
}

static void new_line(struct json *json)
{
    if (!json->one_line)
        fprintf(json->out, "\n%*s", json->depth * 2, "");
}

// What stands before every value: the comma after the last one, a line of its own, its name.
static void begin(struct json *json, const char *key)
{
    if (json->depth > 0) {
        fputs(!json->more ? "" : json->one_line ? ", " : ",", json->out);
        new_line(json);
    }
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
        new_line(json);
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

void json_micros(struct json *json, const char *key, uint64_t microseconds)
{
    begin(json, key);
    fprintf(json->out, "%" PRIu64 ".%06" PRIu64, microseconds / 1000000, microseconds % 1000000);
}

void json_bool(struct json *json, const char *key, bool value)
{
    begin(json, key);
    fputs(value ? "true" : "false", json->out);
}
