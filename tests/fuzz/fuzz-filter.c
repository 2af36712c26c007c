// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-ui/neutralise.c: virt-v2v's output made harmless.  However the bytes are cut into calls, the same comes out, and it has no
// control character but newline, tab and, with colours, SGR sequences.
#include "tests/fuzz/fuzz.h"

#include "p2v-ui/neutralise.h"
#include "proto/text.h"

struct shown {
    char *bytes;
    size_t size;
    FILE *stream;
};

static void sink(const char *bytes, size_t size, void *context)
{
    struct shown *shown = context;
    fwrite(bytes, 1, size, shown->stream);
}

// The whole input in calls of so many bytes.
static struct shown filter(struct input input, size_t step, bool colours)
{
    struct shown shown = { 0 };
    MUST((shown.stream = open_memstream(&shown.bytes, &shown.size)) != NULL);
    struct neutraliser n = { .sink = sink, .context = &shown, .colours = colours };
    while (input.size > 0) {
        struct input part = input_take(&input, step);
        neutralise(&n, part.data, part.size);
    }
    neutralise_end(&n);
    MUST(n.unit_size == 0 && n.line_size == 0);
    fclose(shown.stream);
    return shown;
}

// U+202A to U+202E and U+2066 to U+2069; the marks U+200E, U+200F and U+061C; and what breaks a line, U+2028 and U+2029.
static bool breaks_or_turns(const unsigned char *p, size_t length)
{
    if (length == 2)
        return p[0] == 0xd8 && p[1] == 0x9c;
    bool general = length == 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xa8 && p[2] <= 0xae));
    return general || (length == 3 && p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9);
}

// Lines of printable text, and between their parts, with colours, ESC [ digits and ';' m.
static void must_be_harmless(const struct shown *shown, bool colours)
{
    MUST(shown->size == 0 || shown->bytes[shown->size - 1] == '\n');
    for (size_t i = 0; i < shown->size;) {
        const unsigned char *p = (const unsigned char *)shown->bytes + i;
        size_t length = text_utf8_length(p, shown->size - i);
        if (p[0] == 0x1b) {
            MUST(colours && i + 2 < shown->size && p[1] == '[');
            length = 2 + strspn((const char *)p + 2, "0123456789;");
            MUST(p[length++] == 'm');
        } else {
            MUST(length > 0 && (p[0] >= 0x20 || p[0] == '\t' || p[0] == '\n') && p[0] != 0x7f && !(p[0] == 0xc2 && p[1] < 0xa0));
            MUST(!breaks_or_turns(p, length));
        }
        i += length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = { data, size };
    uint64_t how = input_number(&input, 1);
    bool colours = how & 1;
    struct shown whole = filter(input, input.size, colours), parts = filter(input, 1 + (how >> 1), colours);
    MUST(whole.size == parts.size && memcmp(whole.bytes, parts.bytes, whole.size) == 0);
    must_be_harmless(&whole, colours);
    char line[256], *text = input_text(input);
    size_t room = 4 + (how >> 1);
    neutralise_line(line, room, text);
    MUST(strlen(line) < room && text_is_line(line));
    free(text);
    free(whole.bytes);
    free(parts.bytes);
    return 0;
}
