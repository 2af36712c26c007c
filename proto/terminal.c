// SPDX-License-Identifier: GPL-2.0-or-later
//
// One line typed on a terminal.  Touches: standard input alone, and its terminal's settings.
#include "proto/terminal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool terminal_is_there(void)
{
    return isatty(STDIN_FILENO) == 1;
}

void terminal_begin(struct terminal *terminal, bool echo)
{
    *terminal = (struct terminal){ .size = 0 };
    if (tcgetattr(STDIN_FILENO, &terminal->before) < 0)
        return;
    struct termios now = terminal->before;
    now.c_lflag |= ICANON;
    if (!echo) {
        now.c_lflag &= ~(tcflag_t)ECHO;
        now.c_lflag |= ECHONL;
    }
    terminal->changed = tcsetattr(STDIN_FILENO, TCSAFLUSH, &now) == 0;
}

enum terminal_line terminal_read(struct terminal *terminal)
{
    ssize_t n = read(STDIN_FILENO, terminal->line + terminal->size, sizeof terminal->line - terminal->size);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return TERMINAL_MORE;
    if (n <= 0)
        return TERMINAL_END;
    terminal->size += (size_t)n;
    char *end = memchr(terminal->line, '\n', terminal->size);
    if (end != NULL) {
        *end = '\0';
        return TERMINAL_LINE;
    }
    if (terminal->size < sizeof terminal->line)
        return TERMINAL_MORE;
    explicit_bzero(terminal->line, sizeof terminal->line);
    terminal->size = 0;
    return TERMINAL_TOO_LONG;
}

void terminal_end(struct terminal *terminal)
{
    explicit_bzero(terminal->line, sizeof terminal->line);
    terminal->size = 0;
    if (terminal->changed)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal->before);
    terminal->changed = false;
}
