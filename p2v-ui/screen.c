// SPDX-License-Identifier: GPL-2.0-or-later
//
// The terminal as libnewt and S-Lang have it.  Touches: standard input and output, the terminal's settings; before the lock also
// the terminal's description (terminfo).
#include "p2v-ui/screen.h"

#include <signal.h>
#include <slang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "proto/text.h"

static bool utf8_locale;

// ---- the terminal --------------------------------------------------------------------------------------

int screen_begin(bool utf8, struct error *err)
{
    const char *term = getenv("TERM");
    utf8_locale = utf8;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return error_set(err, "there is no terminal for dialogs: use --front-end=text");
    if (term == NULL || SLtt_initialize(NULL) < 0)     // libnewt itself would end this process
        return error_set(err, "terminals of the type \"%s\" are not known here, or cannot show dialogs: use --front-end=text, or set TERM",
                         term != NULL ? term : "");
    SLang_TT_Read_FD = STDIN_FILENO;   // else it opens /dev/tty
    if (newtInit() != 0)
        return error_set(err, "the terminal cannot be set up for dialogs: use --front-end=text");
    signal(SIGWINCH, SIG_IGN);         // it comes to the foreground's processes alone: screen_is_resized() asks
    setenv("TERM", "xterm", 1);        // known by now; libnewt itself asks on others for a mouse, at a socket of gpm's
    if (!utf8) {
        SLtt_Has_Alt_Charset = 0;      // lines of + - |
        SLsmg_reinit_smg();
    }
    newtDrawRootText(0, 0, " ");       // with the first text libnewt loads fribidi, where it is installed
    newtCls();
    return 0;
}

void screen_end(void)
{
    newtFinished();
}

void screen_lend(void)
{
    newtSuspend();
}

void screen_take_back(void)
{
    newtResume();
    screen_resize();
}

bool screen_is_resized(void)
{
    struct winsize size;
    return ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0 &&
           (size.ws_row != SLtt_Screen_Rows || size.ws_col != SLtt_Screen_Cols);
}

void screen_resize(void)
{
    SLtt_get_screen_size();
    SLsmg_reinit_smg();
    newtCls();
}

// ---- text ----------------------------------------------------------------------------------------------

// The character at p as it is shown, into out (4 bytes are enough); its columns.  *taken: its bytes at p.
static int character(const char *p, char out[5], size_t *taken)
{
    wchar_t wide;
    size_t length = text_utf8_length((const unsigned char *)p, strlen(p));
    *taken = length > 0 ? length : 1;
    snprintf(out, 5, "?");
    if (length == 1 && (unsigned char)p[0] >= ' ' && p[0] != 0x7f)
        snprintf(out, 5, "%c", p[0]);
    if (length <= 1 || !utf8_locale)
        return 1;
    mbstate_t state = { 0 };
    int columns = mbrtowc(&wide, p, length, &state) == length ? wcwidth(wide) : -1;
    if (columns < 1)
        return 1;                      // what would join with, or hide behind, its neighbour
    memcpy(out, p, length);
    out[length] = '\0';
    return columns;
}

size_t screen_columns(const char *text, int columns, int *used)
{
    const char *p = text;
    *used = 0;
    while (*p != '\0') {
        char shown[5];
        size_t taken = 1;
        int wide = *p == '\t' ? 8 - *used % 8 : character(p, shown, &taken);
        if (p > text && *used + wide > columns)
            break;
        *used += wide;
        p += taken;
    }
    return (size_t)(p - text);
}

// As much of the text as so many bytes are, as it is shown.
static void convert(char *out, size_t size, const char *text, size_t bytes)
{
    size_t written = 0;
    int column = 0;
    for (const char *p = text; p < text + bytes && written + 9 < size;) {
        char shown[5];
        size_t taken = 1;
        if (*p == '\t')
            do
                out[written++] = ' ';
            while (++column % 8 != 0);
        else if (*p == '\n')
            out[written++] = '\n';
        else {
            column += character(p, shown, &taken);
            written += (size_t)snprintf(out + written, size - written, "%s", shown);
        }
        p += taken;
    }
    out[written] = '\0';
}

char *screen_fit(char *out, int columns, const char *text)
{
    int used;
    size_t bytes = screen_columns(text, columns, &used);
    if (text[bytes] == '\0') {
        convert(out, SCREEN_TEXT_MAX, text, bytes);
        return out;
    }
    bytes = columns > 3 ? screen_columns(text, columns - 3, &used) : 0;
    convert(out, SCREEN_TEXT_MAX - 4, text, bytes);
    size_t size = strlen(out);
    snprintf(out + size, SCREEN_TEXT_MAX - size, "%s", columns > 3 ? "..." : "");
    return out;
}

char *screen_paragraph(char *out, size_t size, const char *text)
{
    convert(out, size, text, strlen(text));
    return out;
}

// ---- parts ---------------------------------------------------------------------------------------------

void screen_window(int width, int height, const char *title)
{
    char fitted[SCREEN_TEXT_MAX];
    int columns, rows;
    newtGetScreenSize(&columns, &rows);
    width = width > columns - 4 ? columns - 4 : width;
    height = height > rows - 4 ? rows - 4 : height;
    newtOpenWindow((columns - width) / 2, (rows - height) / 2, (unsigned)(width > 1 ? width : 1), (unsigned)(height > 1 ? height : 1),
                   screen_fit(fitted, width - 4, title));
}

newtComponent screen_label(newtComponent form, int left, int top, int columns, const char *text)
{
    char fitted[SCREEN_TEXT_MAX];
    newtComponent label = newtLabel(left, top, screen_fit(fitted, columns, text));
    newtFormAddComponent(form, label);
    return label;
}

void screen_set_label(newtComponent label, int columns, const char *text)
{
    char fitted[SCREEN_TEXT_MAX];
    newtLabelSetText(label, screen_fit(fitted, columns, text));
}

newtComponent screen_button(newtComponent form, int *left, int top, const char *text)
{
    char fitted[SCREEN_TEXT_MAX];
    int used;
    screen_fit(fitted, 40, text);
    screen_columns(fitted, 40, &used);
    newtComponent button = newtCompactButton(*left, top, fitted);
    newtFormAddComponent(form, button);
    *left += used + 5;
    return button;
}
