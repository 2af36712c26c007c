// SPDX-License-Identifier: GPL-2.0-or-later
//
// UiConvert, that waited for the answer to an outstanding UiCheck.
#ifndef P2V_UI_MODEL_SEND_H
#define P2V_UI_MODEL_SEND_H

#include "p2v-ui/model.h"

bool model_send_convert(struct model *model);

#endif
