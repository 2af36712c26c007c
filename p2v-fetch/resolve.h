// SPDX-License-Identifier: GPL-2.0-or-later
//
// A host's name made into its addresses, in the form of CURLOPT_RESOLVE.  libcurl would do this in a thread of its own, and
// no thread is permitted here.  Touches: the resolver.
#ifndef P2V_FETCH_RESOLVE_H
#define P2V_FETCH_RESOLVE_H

#include <stddef.h>

#include "p2v-fetch/place.h"

#define RESOLVE_ADDRESSES_MAX 16
#define RESOLVE_TEXT_MAX (RESOLVE_ADDRESSES_MAX * 49 + 16)     // an address with a zone, brackets and a comma; "*:65535:"

// "*:PORT:ADDRESS,ADDRESS...": these addresses, whatever name libcurl makes of the host.  0, or -1 with err.
int resolve(const struct place *place, char text[RESOLVE_TEXT_MAX], struct error *err);

#endif
