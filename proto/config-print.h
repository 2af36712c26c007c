// SPDX-License-Identifier: GPL-2.0-or-later
//
// The configuration for people and scripts to read, from the one table.
#ifndef P2V_PROTO_CONFIG_PRINT_H
#define P2V_PROTO_CONFIG_PRINT_H

#include <stdio.h>

#include "proto/config-table.h"

// One line "name value" for each key, by its long name: lists with a blank between, sizes in bytes, true or false, secrets
// as "set" or "not set", "(none)" where there is no value.
void config_dump(const struct config *config, FILE *out);

// Every key: both names, kind, what is allowed, default, what it does.
void config_help(FILE *out);

#endif
