// SPDX-License-Identifier: GPL-2.0-or-later
//
// One line typed on a terminal, seen or unseen.  Touches: standard input alone, and its terminal's settings.
#ifndef P2V_PROTO_TERMINAL_H
#define P2V_PROTO_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

struct terminal {
    struct termios before;         // what terminal_end() brings back
    bool changed;
    char line[1025];               // typed so far; SECRET where it is typed unseen
    size_t size;
};

enum terminal_line { TERMINAL_MORE, TERMINAL_LINE, TERMINAL_TOO_LONG, TERMINAL_END };

// Is standard input a terminal, so that somebody may be there?
bool terminal_is_there(void);

// Begins a line: what was typed before the question is no answer to it and is thrown away.  echo: it may be seen.
void terminal_begin(struct terminal *terminal, bool echo);

// Standard input is readable: takes what is there.  TERMINAL_LINE: terminal->line is whole, without its end;
// TERMINAL_TOO_LONG: it was longer than a secret may be, and has been wiped; TERMINAL_END: nothing more will come.
enum terminal_line terminal_read(struct terminal *terminal);

// Wipes the line and shows again what is typed.  To be called when the line has been used, or is not wanted any more.
void terminal_end(struct terminal *terminal);

#endif
