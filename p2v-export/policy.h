// SPDX-License-Identifier: GPL-2.0-or-later
//
// What p2v-export may do, by itself and with another program as the NBD server.
#ifndef P2V_EXPORT_POLICY_H
#define P2V_EXPORT_POLICY_H

#include "sandbox/sandbox.h"

extern const struct sandbox_policy export_policy;

// Without what depends on the server and the disk: its program, the disk, the socket's directory (external.c adds them).
extern const struct sandbox_policy external_policy;

#endif
