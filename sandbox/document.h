// SPDX-License-Identifier: GPL-2.0-or-later
//
// One walk, two outputs: sections, rows and values are written as text for people or as JSON for tools, so that the two cannot
// differ.  Touches: the given stream.
#ifndef P2V_SANDBOX_DOCUMENT_H
#define P2V_SANDBOX_DOCUMENT_H

#include "proto/json.h"

struct document {
    bool as_json;
    struct json json;                  // its stream is the text's as well
    bool in_row;                       // of the text: values go into one line
    bool first;                        // the row's first value, which is padded
};

// title, label: as people read them; "System calls" is "system_calls" in JSON.  A section is an object; a table is a section's
// last thing, a list of rows, each an object in JSON and one line of text.
void document_begin(struct document *doc, FILE *out, bool as_json, const char *program, const char *option);
void document_end(struct document *doc);
void document_section(struct document *doc, const char *title);
void document_section_end(struct document *doc);
void document_table(struct document *doc, const char *label);
void document_table_end(struct document *doc);
void document_row(struct document *doc);
void document_row_end(struct document *doc);

// Values.  A text that is "" is left out of a line.  A list: words, NULL ends it; in text joined by `between`, or "none".
void document_text(struct document *doc, const char *label, const char *text);
void document_number(struct document *doc, const char *label, uint64_t number);
void document_bool(struct document *doc, const char *label, bool value, const char *word, const char *otherwise);
void document_list(struct document *doc, const char *label, const char *const *words, const char *between);

#endif
