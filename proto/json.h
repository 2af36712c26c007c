// SPDX-License-Identifier: GPL-2.0-or-later
//
// Writes JSON (RFC 8259), piece by piece, indented for people or on one line.  Touches: the given stream.
#ifndef P2V_PROTO_JSON_H
#define P2V_PROTO_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
    FILE *out;                 // borrowed; whoever gave it looks for errors, once, when it is closed
    bool one_line;             // the whole text is
    int depth;                 // how many objects and lists are open
    bool more;                 // something precedes what comes next in the innermost of them
};

// One value each.  key: its name in an object; NULL in a list, and for the whole text.  bracket: '{' an object, '[' a list, with
// what follows in it until json_close() with the same bracket.  Texts are UTF-8; what JSON escapes is escaped, and so
// are the other control characters; a byte that is no UTF-8 becomes U+FFFD.  json_micros(): seconds, of microseconds.
void json_open(struct json *json, const char *key, char bracket);
void json_close(struct json *json, char bracket);
void json_text(struct json *json, const char *key, const char *text);
void json_number(struct json *json, const char *key, uint64_t number);
void json_signed(struct json *json, const char *key, int64_t number);
void json_micros(struct json *json, const char *key, uint64_t microseconds);
void json_bool(struct json *json, const char *key, bool value);

#endif
