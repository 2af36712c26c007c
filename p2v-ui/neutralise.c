// SPDX-License-Identifier: GPL-2.0-or-later
//
// Makes the conversion server's output harmless to a terminal.  Pure memory.
#include "p2v-ui/neutralise.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "proto/text.h"

#define REPLACEMENT "\xef\xbf\xbd"     // U+FFFD
#define SGR_RESET "\033[0m"
#define ESC 0x1b

// ---- lines ---------------------------------------------------------------------------------------------

static void show(struct neutraliser *n)
{
    if (n->line_size > 0)
        n->sink(n->line, n->line_size, n->context);
    n->line_size = 0;
}

static void append(struct neutraliser *n, const void *bytes, size_t size)
{
    // Room is kept for what end_line() adds.
    if (n->line_size + size > sizeof n->line - sizeof SGR_RESET) {
        show(n);
        n->part_shown = true;
    }
    memcpy(n->line + n->line_size, bytes, size);
    n->line_size += size;
}

static void end_line(struct neutraliser *n)
{
    if (n->coloured)
        append(n, SGR_RESET, sizeof SGR_RESET - 1);
    n->line[n->line_size++] = '\n';
    show(n);
    n->coloured = n->part_shown = false;
}

// The tenth (1 for 0-9 %, 11 for 100 %) of the first percentage in the line; 0 where there is none.
static unsigned tenth_of(const struct neutraliser *n)
{
    const char *percent = memchr(n->line, '%', n->line_size);
    if (percent == NULL)
        return 0;
    const char *start = percent;
    while (start > n->line && ((start[-1] >= '0' && start[-1] <= '9') || start[-1] == '.'))
        start--;
    unsigned number = 0;
    for (const char *p = start; p < percent && *p != '.' && number <= 100; p++)
        number = number * 10 + (unsigned)(*p - '0');
    return start == percent || number > 100 ? 0 : number / 10 + 1;
}

static void end_overwritten_line(struct neutraliser *n)
{
    unsigned tenth = tenth_of(n);
    if (n->part_shown || (n->line_size > 0 && (tenth == 0 || tenth != n->tenth))) {
        end_line(n);
    } else {
        n->line_size = 0;
        n->coloured = false;
    }
    if (tenth != 0)
        n->tenth = tenth;
}

static void line_character(struct neutraliser *n, char c)
{
    if (c == '\r') {                   // "\r\n" is a newline, and so is "\r\r\n"
        n->carriage_return = true;
        return;
    }
    if (c == '\n') {
        n->carriage_return = false;
        n->tenth = 0;
        end_line(n);
    }
}

static void text(struct neutraliser *n, const void *bytes, size_t size)
{
    if (n->carriage_return) {
        n->carriage_return = false;
        end_overwritten_line(n);
    }
    append(n, bytes, size);
}

// ---- characters and escape sequences -------------------------------------------------------------------

// Is the unit a character or sequence?  -1: not yet, more must come; 0: it never will be; else its size.
static int sequence_size(const struct neutraliser *n)
{
    const unsigned char *p = n->unit;
    if (n->unit_size > 1 && p[1] != '[')
        return 0;                      // others can take any amount of text along: only their ESC is taken off
    size_t i = 2;
    while (i < n->unit_size && p[i] >= 0x30 && p[i] <= 0x3f)
        i++;
    while (i < n->unit_size && p[i] >= 0x20 && p[i] <= 0x2f)
        i++;
    if (i >= n->unit_size)
        return n->unit_size == sizeof n->unit ? 0 : -1;
    return p[i] >= 0x40 && p[i] <= 0x7e ? (int)i + 1 : 0;
}

static int character_size(const struct neutraliser *n)
{
    const unsigned char *p = n->unit;
    size_t size = text_utf8_length(p, n->unit_size);
    if (size > 0)
        return (int)size;
    size_t wanted = p[0] >= 0xc2 && p[0] <= 0xdf ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4 : 0;
    for (size_t i = 1; i < n->unit_size; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return n->unit_size < wanted ? -1 : 0;
}

// Characters that can make a line look like another: controls, those that turn the direction of writing round, and those at which
// whoever draws a line may begin a new one.
static bool is_harmful(const unsigned char *p, int size)
{
    if (size == 1)
        return (p[0] < 0x20 && p[0] != '\t') || p[0] == 0x7f;
    bool c1 = size == 2 && p[0] == 0xc2 && p[1] < 0xa0;
    bool embedding = size == 3 && p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae;   // U+202A-202E
    bool isolate = size == 3 && p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9;     // U+2066-2069
    bool mark = (size == 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0x8e || p[2] == 0x8f)) ||
                (size == 2 && p[0] == 0xd8 && p[1] == 0x9c);                                      // U+200E, U+200F, U+061C
    bool separator = size == 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9);   // U+2028, U+2029
    return c1 || embedding || isolate || mark || separator;
}

static void sequence(struct neutraliser *n, int size)
{
    const char *p = (const char *)n->unit;
    bool sgr = p[size - 1] == 'm' && strspn(p + 2, "0123456789;") == (size_t)size - 3;
    if (!n->colours || !sgr)
        return;
    text(n, p, (size_t)size);
    n->coloured = strspn(p + 2, "0;") != (size_t)size - 3;
}

static void drop(struct neutraliser *n, size_t size)
{
    n->unit_size -= size;
    memmove(n->unit, n->unit + size, n->unit_size);
}

// Takes what the unit begins with; false where more must come.
static bool take_unit(struct neutraliser *n)
{
    bool escape = n->unit[0] == ESC;
    int size = escape ? sequence_size(n) : character_size(n);
    if (size < 0)
        return false;
    if (size == 0) {
        text(n, REPLACEMENT, 3);
        size = 1;
    } else if (escape) {
        sequence(n, size);
    } else if (n->unit[0] == '\n' || n->unit[0] == '\r') {
        line_character(n, (char)n->unit[0]);
    } else if (is_harmful(n->unit, size)) {
        text(n, REPLACEMENT, 3);
    } else {
        text(n, n->unit, (size_t)size);
    }
    drop(n, (size_t)size);
    return true;
}

// ---- the verbs -----------------------------------------------------------------------------------------

void neutralise(struct neutraliser *n, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        n->unit[n->unit_size++] = ((const unsigned char *)bytes)[i];
        while (n->unit_size > 0 && take_unit(n)) {}
    }
}

void neutralise_break(struct neutraliser *n)
{
    n->carriage_return = false;
    if (n->line_size > 0 || n->part_shown)
        end_line(n);
}

void neutralise_end(struct neutraliser *n)
{
    while (n->unit_size > 0)
        if (!take_unit(n)) {
            text(n, REPLACEMENT, 3);
            drop(n, 1);
        }
    neutralise_break(n);
}

void neutralise_line(char *line, size_t size, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t left = strlen(text), used = 0, whole = 0;
    while (left > 0) {
        size_t length = text_utf8_length(p, left);
        bool harmful = length == 0 || p[0] == '\t' || is_harmful(p, (int)length);
        size_t adds = harmful ? sizeof REPLACEMENT - 1 : length;
        if (used + adds >= size) {
            snprintf(line + whole, size - whole, "...");
            return;
        }
        memcpy(line + used, harmful ? (const void *)REPLACEMENT : p, adds);
        used += adds;
        if (used + 3 < size)
            whole = used;              // up to here there is room for what says that it is cut
        length += length == 0;
        p += length;
        left -= length;
    }
    line[used] = '\0';
}
