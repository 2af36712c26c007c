// SPDX-License-Identifier: GPL-2.0-or-later
//
// The log of a model: notes, and what virt-v2v and the hooks print, made harmless.  Pure memory.
#ifndef P2V_UI_MODEL_LINES_H
#define P2V_UI_MODEL_LINES_H

#include "p2v-ui/model.h"

// Has the model's neutraliser write to its log, which is empty.
void model_lines_init(struct model *model);

// Frees the lines; the model is of no use any more.
void model_lines_clear(struct model *model);

// Adds a line, or what is whole of the output's.  Where memory is short they are not seen.
void model_lines_note(struct model *model, const P2v__Note *note);
void model_lines_output(struct model *model, const P2v__ConversionOutput *output);

#endif
