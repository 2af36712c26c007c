// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v.dump_config_and_exit.  Touches: standard output.
#include "p2v-supervisor/dump.h"

#include <stdio.h>

#include "p2v-supervisor/complete.h"
#include "proto/config-print.h"

void dump_prepare(void)
{
    static char buffer[BUFSIZ];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
}

void dump_config(struct supervisor *sup)
{
    complete_config(sup);
    config_dump(&sup->config, stdout);
    sup->outcome = fflush(stdout) != 0 || ferror(stdout) ? OUTCOME_FAILED : OUTCOME_DONE;
    sup->phase = PHASE_OVER;
}
