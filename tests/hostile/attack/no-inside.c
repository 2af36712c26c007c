// SPDX-License-Identifier: GPL-2.0-or-later
//
// In place of inside.c in the driver, which makes no attempt itself.
#include "tests/hostile/attack/inside.h"

aio_context_t inside_aio_context(void)
{
    return 0;
}
