// SPDX-License-Identifier: GPL-2.0-or-later
//
// Text for people, in their language (gettext(3)).
#ifndef P2V_PROTO_TRANSLATE_H
#define P2V_PROTO_TRANSLATE_H

#include <libintl.h>
#include <stdbool.h>

#define TRANSLATE_DOMAIN "virt-p2v"

#define _(text) gettext(text)          // translated here; where no catalogue was loaded, as it is
#define N_(text) (text)                // translated later, by whoever shows it

// Sets the locale by the environment and reads the catalogue, all of it: before the lock.  True where the locale's text is UTF-8;
// elsewhere nothing is translated.
bool translate_begin(void);

#endif
