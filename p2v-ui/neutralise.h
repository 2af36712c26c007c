// SPDX-License-Identifier: GPL-2.0-or-later
//
// Makes the conversion server's output harmless to a terminal.  Pure memory; the result goes to the caller's function.
//
// What comes out is UTF-8 lines, and no control character but newline and tab; with colours, also SGR sequences
// (ESC [ digits and ';' m, ECMA-48 8.3.117), which end with their line.  Other escape sequences that are well formed
// (moving the cursor, clearing) vanish; whatever else is not printable text becomes U+FFFD and the rest stays to be seen.
//
// A line that a carriage return ends is one that a terminal would write over.  With a percentage in it, it is
// shown once a tenth; without, it is shown as a line of its own: nothing can be hidden by writing over it.
#ifndef P2V_UI_NEUTRALISE_H
#define P2V_UI_NEUTRALISE_H

#include <stdbool.h>
#include <stddef.h>

#define NEUTRALISE_LINE_MAX 4096       // a longer line is shown in parts
#define NEUTRALISE_UNIT_MAX 32         // the longest escape sequence taken for one

typedef void neutralise_sink(const char *bytes, size_t size, void *context);

struct neutraliser {
    neutralise_sink *sink;
    void *context;
    bool colours;                      // SGR sequences pass
    // State; zero at the start.
    bool coloured;                     // a colour is on in this line
    bool carriage_return;              // seen, and not yet known what follows
    bool part_shown;                   // the beginning of this line has been shown already
    unsigned tenth;                    // of the last percentage shown, from 1; 0: none
    size_t unit_size, line_size;
    unsigned char unit[NEUTRALISE_UNIT_MAX];   // the beginning of a character or escape sequence
    char line[NEUTRALISE_LINE_MAX];    // made harmless, not yet shown
};

// Takes the next bytes; characters and sequences may be cut anywhere between two calls.
void neutralise(struct neutraliser *n, const void *bytes, size_t size);

// Shows the unfinished line, if there is one, as a line: something else is to be shown now.
void neutralise_break(struct neutraliser *n);

// The same at the end, when nothing can follow.
void neutralise_end(struct neutraliser *n);

// One line for display: text without what could harm, cut where it has more than size - 1 bytes (then it ends with "...").
void neutralise_line(char *line, size_t size, const char *text);

#endif
