// SPDX-License-Identifier: GPL-2.0-or-later
//
// The plain text front end.  Touches: standard output and standard error.
//
// Our own lines begin with "virt-p2v: ".  All goes to standard output but errors: a run that fails says why on standard
// error, in one line, and nothing else is there.
#include "p2v-ui/text.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define GREEN "\033[0;32m"
#define YELLOW "\033[0;33m"
#define RED "\033[0;31m"
#define RESET "\033[0m"

#define VERDICT_MAX 4096               // as proto/check.c

// Waits where the terminal is stopped (^S) or a pipe is full: the supervisor has room for what comes meanwhile, or waits
// as well.  But where the terminal was closed (EIO) or the reader ended (EPIPE), the conversion must not end with it.
static void put(struct text_output *output, const char *bytes, size_t size)
{
    while (size > 0 && !output->gone) {
        ssize_t n = write(output->fd, bytes, size);
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            struct pollfd wait = { .fd = output->fd, .events = POLLOUT };
            if (poll(&wait, 1, -1) < 0 && errno != EINTR)
                output->gone = true;
        } else if (n == 0 || errno != EINTR) {
            output->gone = true;
        }
    }
}

static void sink(const char *bytes, size_t size, void *context)
{
    put(context, bytes, size);
}

// One line by one write, so that it stays whole beside other programs' lines.
static void put_line(struct text_ui *ui, struct text_output *output, const char *colour, const char *kind, const char *text)
{
    char line[VERDICT_MAX + 64];
    char clean[VERDICT_MAX + 1];
    neutralise_break(&ui->neutraliser);
    neutralise_line(clean, sizeof clean, text);
    bool coloured = output->colours && colour != NULL;
    int n = snprintf(line, sizeof line, "%svirt-p2v: %s%s%s\n", coloured ? colour : "", kind, clean, coloured ? RESET : "");
    if (n > 0)
        put(output, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

void text_init(struct text_ui *ui)
{
    *ui = (struct text_ui){
        .out = { .fd = STDOUT_FILENO, .colours = isatty(STDOUT_FILENO) },
        .err = { .fd = STDERR_FILENO, .colours = isatty(STDERR_FILENO) },
    };
    ui->neutraliser.sink = sink;
    ui->neutraliser.context = &ui->out;
    ui->neutraliser.colours = ui->out.colours;
}

void text_force_colours(struct text_ui *ui)
{
    ui->out.colours = ui->err.colours = ui->neutraliser.colours = true;
}

void text_note(struct text_ui *ui, const P2v__Note *note)
{
    switch (note->level) {
    case P2V__LEVEL__DEBUG:
        put_line(ui, &ui->out, NULL, "debug: ", note->text);
        return;
    case P2V__LEVEL__WARNING:
        put_line(ui, &ui->out, YELLOW, "warning: ", note->text);
        return;
    case P2V__LEVEL__ERROR:
        put_line(ui, &ui->err, RED, "error: ", note->text);
        return;
    default:
        put_line(ui, &ui->out, NULL, "", note->text);
    }
}

void text_conversion_output(struct text_ui *ui, const P2v__ConversionOutput *output)
{
    neutralise(&ui->neutraliser, output->data.data, output->data.len);
}

void text_raw(struct text_ui *ui, const char *text)
{
    neutralise_break(&ui->neutraliser);
    put(&ui->out, text, strlen(text));
}

void text_end(struct text_ui *ui)
{
    neutralise_end(&ui->neutraliser);
}

void text_verdict(struct text_ui *ui, const P2v__UiVerdict *verdict)
{
    char text[VERDICT_MAX + 1];
    bool done = verdict->result == P2V__CONVERSION_RESULT__CONVERSION_DONE;
    text_end(ui);
    snprintf(text, sizeof text, "%s", verdict->text);
    if (!done) {                       // one line, so that whoever reads a log finds the whole cause in it
        for (char *p = text; (p = strchr(p, '\n')) != NULL;)
            *p = ' ';
        put_line(ui, &ui->err, RED, "error: ", text);
        return;
    }
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        put_line(ui, &ui->out, GREEN, "", line);
}
