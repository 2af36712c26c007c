// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the kernel says of another process, a locked one.  Touches: /proc, reading.
#ifndef P2V_SANDBOX_OBSERVE_H
#define P2V_SANDBOX_OBSERVE_H

#include <sys/types.h>

#include "sandbox/document.h"

// Writes the sections Identity, Capabilities, Namespaces, Visible file systems and Resource limits of the process; of what the
// kernel does not tell this user (namespaces, where not root) nothing.
void observe_process(struct document *doc, pid_t pid);

#endif
