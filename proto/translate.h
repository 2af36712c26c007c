// SPDX-License-Identifier: GPL-2.0-or-later
//
// Text for people, in their language (gettext(3)).
#ifndef P2V_PROTO_TRANSLATE_H
#define P2V_PROTO_TRANSLATE_H

#include <libintl.h>

#define TRANSLATE_DOMAIN "virt-p2v"

#define _(text) gettext(text)          // translated here; where no catalogue was loaded, as it is
#define N_(text) (text)                // translated later, by whoever shows it

#endif
