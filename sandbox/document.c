// SPDX-License-Identifier: GPL-2.0-or-later
//
// One walk, two outputs.
#include "sandbox/document.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "proto/text.h"

#define MAX_LABEL 64
#define MAX_VALUE 1024          // all capabilities' names, one after the other

static const char *key_of(const char *label, char key[MAX_LABEL])
{
    size_t i = 0;
    for (; i < MAX_LABEL - 1 && label[i] != '\0'; i++)
        key[i] = (char)(label[i] == ' ' ? '_' : tolower((unsigned char)label[i]));
    key[i] = '\0';
    return key;
}

void document_begin(struct document *doc, FILE *out, bool as_json, const char *program, const char *option)
{
    *doc = (struct document){ .as_json = as_json, .json = { .out = out } };
    if (as_json) {
        json_open(&doc->json, NULL, '{');
        json_text(&doc->json, "program", program);
        json_text(&doc->json, "option", option);
    } else {
        fprintf(out, "%s%s%s\n\n", program, option[0] != '\0' ? " " : "", option);
    }
}

void document_end(struct document *doc)
{
    if (doc->as_json)
        json_close(&doc->json, '{');
}

void document_section(struct document *doc, const char *title)
{
    char key[MAX_LABEL];
    if (doc->as_json)
        json_open(&doc->json, key_of(title, key), '{');
    else
        fprintf(doc->json.out, "%s\n", title);
}

void document_section_end(struct document *doc)
{
    if (doc->as_json)
        json_close(&doc->json, '{');
    else
        fputc('\n', doc->json.out);
}

void document_table(struct document *doc, const char *label)
{
    char key[MAX_LABEL];
    if (doc->as_json)
        json_open(&doc->json, key_of(label, key), '[');
}

void document_table_end(struct document *doc)
{
    if (doc->as_json)
        json_close(&doc->json, '[');
}

void document_row(struct document *doc)
{
    doc->in_row = doc->first = true;
    if (doc->as_json)
        json_open(&doc->json, NULL, '{');
}

void document_row_end(struct document *doc)
{
    doc->in_row = false;
    if (doc->as_json)
        json_close(&doc->json, '{');
    else
        fputc('\n', doc->json.out);
}

static void put(struct document *doc, const char *label, const char *text)
{
    if (!doc->in_row)
        fprintf(doc->json.out, "  %-20s %s\n", label, text);
    else if (doc->first)
        fprintf(doc->json.out, "  %-20s", text);
    else if (text[0] != '\0')
        fprintf(doc->json.out, "  %s", text);
    doc->first = false;
}

void document_text(struct document *doc, const char *label, const char *text)
{
    char key[MAX_LABEL], clean[MAX_VALUE];
    snprintf(clean, sizeof clean, "%s", text);
    text_clean_line(clean);                // a path may be called anything
    if (doc->as_json)
        json_text(&doc->json, key_of(label, key), clean);
    else
        put(doc, label, clean);
}

void document_number(struct document *doc, const char *label, uint64_t number)
{
    char key[MAX_LABEL], text[24];
    snprintf(text, sizeof text, "%" PRIu64, number);
    if (doc->as_json)
        json_number(&doc->json, key_of(label, key), number);
    else
        put(doc, label, text);
}

void document_bool(struct document *doc, const char *label, bool value, const char *word, const char *otherwise)
{
    char key[MAX_LABEL];
    if (doc->as_json)
        json_bool(&doc->json, key_of(label, key), value);
    else
        put(doc, label, value ? word : otherwise);
}

void document_list(struct document *doc, const char *label, const char *const *words, const char *between)
{
    char key[MAX_LABEL], line[MAX_VALUE] = "";
    size_t used = 0;
    if (doc->as_json)
        json_open(&doc->json, key_of(label, key), '[');
    for (size_t i = 0; words[i] != NULL; i++) {
        if (doc->as_json)
            json_text(&doc->json, NULL, words[i]);
        else if (used < sizeof line)
            used += (size_t)snprintf(line + used, sizeof line - used, "%s%s", i > 0 ? between : "", words[i]);
    }
    if (doc->as_json)
        json_close(&doc->json, '[');
    else
        put(doc, label, line[0] != '\0' || doc->in_row ? line : "none");
}
