// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the messages to the supervisor (model-send.c) share with those that come from it: UiConvert, that waited for the answer to an
// outstanding UiCheck; and with the fields: what is sent of what was typed.
#ifndef P2V_UI_MODEL_SEND_H
#define P2V_UI_MODEL_SEND_H

#include "p2v-ui/model.h"

// What was typed, as it is sent: a number of bytes that stands alone is one of MiB.
void model_as_sent(const struct config_key *key, const char *value, char sent[MODEL_VALUE_MAX + 2]);

// Sends UiConvert.  False where it cannot be sent, or nobody is there.
bool model_send_convert(struct model *model);

#endif
