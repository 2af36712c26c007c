// SPDX-License-Identifier: GPL-2.0-or-later
//
// What an attempt asks of the process it is made in.
#ifndef P2V_TESTS_ATTACK_INSIDE_H
#define P2V_TESTS_ATTACK_INSIDE_H

#include <linux/aio_abi.h>

// The queue of background reads that this process made before its lock; 0: it has none.
aio_context_t inside_aio_context(void);

#endif
