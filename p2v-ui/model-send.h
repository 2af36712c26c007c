// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the messages to the supervisor (model-send.c) share with those that come from it: UiConvert, that waited for the answer to an
// outstanding UiCheck.
#ifndef P2V_UI_MODEL_SEND_H
#define P2V_UI_MODEL_SEND_H

#include "p2v-ui/model.h"

// Sends it.  False where it cannot be sent, or nobody is there.
bool model_send_convert(struct model *model);

#endif
