// SPDX-License-Identifier: GPL-2.0-or-later
//
// Findings as JSON: every field, by the names of proto/p2v.proto.  Pure memory.
#include "p2v-inspect/print.h"
#include "proto/message-json.h"

void print_json(FILE *out, const struct findings *findings)
{
    struct json json = { .out = out };
    json_open(&json, NULL, '{');
    if (findings->inventory != NULL)
        message_json_fields(&json, &findings->inventory->base);
    json_open(&json, "contents", '[');
    for (size_t i = 0; i < findings->contents_count; i++) {
        json_open(&json, NULL, '{');
        message_json_fields(&json, &findings->contents[i]->base);
        json_close(&json, '{');
    }
    json_close(&json, '[');
    json_close(&json, '{');
}
