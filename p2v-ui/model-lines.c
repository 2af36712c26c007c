// SPDX-License-Identifier: GPL-2.0-or-later
//
// The log of a model: notes, and what virt-v2v and the hooks print, made harmless.  Pure memory.
#include "p2v-ui/model-lines.h"

#include <stdlib.h>
#include <string.h>

// Takes over the text; the oldest line goes where there are too many.
static void add(struct model *model, bool output, P2v__Level level, char *text)
{
    if (text == NULL)
        return;                        // memory is short: this line is not seen
    struct model_line *line = &model->lines[model->line_count++ % MODEL_LINES_MAX];
    free(line->text);
    *line = (struct model_line){ .output = output, .level = level, .text = text };
}

static void sink(const char *bytes, size_t size, void *context)
{
    size_t end = size > 0 && bytes[size - 1] == '\n' ? size - 1 : size;
    add(context, true, P2V__LEVEL__INFO, strndup(bytes, end));
}

void model_lines_init(struct model *model)
{
    model->neutraliser.sink = sink;
    model->neutraliser.context = model;
}

void model_lines_clear(struct model *model)
{
    for (size_t i = 0; i < MODEL_LINES_MAX; i++)
        free(model->lines[i].text);
}

void model_lines_note(struct model *model, const P2v__Note *note)
{
    char text[ERROR_TEXT_MAX];
    if (note->level == P2V__LEVEL__DEBUG && !model->verbose)
        return;
    neutralise_break(&model->neutraliser);
    neutralise_line(text, sizeof text, note->text);
    add(model, false, note->level, strdup(text));
}

void model_lines_output(struct model *model, const P2v__ConversionOutput *output)
{
    neutralise(&model->neutraliser, output->data.data, output->data.len);
}
