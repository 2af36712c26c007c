// SPDX-License-Identifier: GPL-2.0-or-later
//
// What this run is to do.
#ifndef P2V_RUNNER_CONFIGURE_H
#define P2V_RUNNER_CONFIGURE_H

#include "p2v-runner/options.h"
#include "proto/config-table.h"
#include "proto/nbd-servers.h"

// Fills config from --cmdline's text (which is wiped) or /proc/cmdline, and by the defaults that depend on how virt-p2v was
// started; unknown keys are warned of on standard error.  0, or -1 with err: the first that is wrong.  The rest is set all the same.
int configure(struct options *options, struct config *config, struct error *err);

// Who serves the disks.  Where none of --nbd is installed that is err, and builtin stands in; where it cannot do what p2v.read_errors
// wants, that is err too: nothing is converted then.
const struct nbd_server *configure_nbd(const struct options *options, const struct config *config, struct error *err);

// How the person is spoken to: by dialogs where the kernel command line does not name the server, on a display if there is one, else
// on the terminal.  Not UI_AUTO.
enum ui configure_ui(const struct options *options, const struct config *config);

#endif
