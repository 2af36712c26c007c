// SPDX-License-Identifier: GPL-2.0-or-later
//
// The NBD servers that can be chosen by --nbd: their names, and where their programs are looked for.  virt-p2v
// chooses; p2v-export, told by name, runs it.  Touches: the programs' files, to see whether they are there.
#ifndef P2V_PROTO_NBD_SERVERS_H
#define P2V_PROTO_NBD_SERVERS_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/error.h"

enum nbd_family { NBD_BUILTIN, NBD_QEMU, NBD_NBDKIT };

struct nbd_server {
    const char *name;              // as --nbd has it; NULL ends the table
    enum nbd_family family;
    bool activated;                // it is given its listening socket; else it makes one itself ("-no-sa")
    const char *programs[3];       // absolute, whatever PATH says; NULL ends them; builtin has none
};

extern const struct nbd_server nbd_servers[];      // the first is builtin, the default

// NULL where no server has this name.
const struct nbd_server *nbd_server_by_name(const char *name, size_t size);

// The first of the server's programs that is an executable file; NULL: none is.
const char *nbd_server_program(const struct nbd_server *server);

// True where every name of the list ("qemu-nbd,builtin") is a server's; else err names it and what is allowed.
bool nbd_list_check(const char *list, struct error *err);

// The first server of a checked list that is installed, NULL with err naming where its programs were looked for.
const struct nbd_server *nbd_list_choose(const char *list, struct error *err);

#endif
