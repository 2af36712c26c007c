// SPDX-License-Identifier: GPL-2.0-or-later
//
// The terminal as libnewt and S-Lang have it.  Touches: standard input and output, the terminal's settings; before the lock also
// the terminal's description (terminfo).
#ifndef P2V_UI_SCREEN_H
#define P2V_UI_SCREEN_H

#include <newt.h>
#include <stdbool.h>
#include <stddef.h>

#include "proto/error.h"

#define SCREEN_TEXT_MAX 1024           // bytes of one line, its end included

// Reads the terminal's description and takes the terminal over: before the lock.  utf8: the locale's text.  0, or -1 with err:
// there is no terminal, or it is of no known kind.
int screen_begin(bool utf8, struct error *err);

// Gives the terminal back as it was.
void screen_end(void);

// The terminal is another program's for a while, and then ours again.
void screen_lend(void);
void screen_take_back(void);

// Has the terminal another size than the one it was measured with?
bool screen_is_resized(void);

// Measures the terminal again.  All windows must have been closed; they are to be made anew.
void screen_resize(void);

// text as it can be shown: at most so many columns (it ends with "..." where it is cut), tabs as blanks, and in ASCII where the
// locale has no UTF-8.  out has SCREEN_TEXT_MAX bytes.  Returns out.
char *screen_fit(char *out, int columns, const char *text);

// The same for a text of several lines that a textbox breaks itself.
char *screen_paragraph(char *out, size_t size, const char *text);

// How many bytes at the beginning of text fill at most so many columns; at least one character's.
size_t screen_columns(const char *text, int columns, int *used);

// A window in the middle, with its title; not larger than the screen.
void screen_window(int width, int height, const char *title);

// A label with such a text.
newtComponent screen_label(newtComponent form, int left, int top, int columns, const char *text);
void screen_set_label(newtComponent label, int columns, const char *text);

// A button of one row; *left is moved behind it.
newtComponent screen_button(newtComponent form, int *left, int top, const char *text);

#endif
