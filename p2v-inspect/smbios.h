// SPDX-License-Identifier: GPL-2.0-or-later
//
// Memory devices in an SMBIOS table.  Pure memory.
#ifndef P2V_INSPECT_SMBIOS_H
#define P2V_INSPECT_SMBIOS_H

#include <stddef.h>
#include <stdint.h>

#define SMBIOS_MAX_BYTES (128 * 1024)

// Bytes of system memory that is installed, by the structure table (DMI); 0 where it does not say.
uint64_t smbios_installed_memory(const unsigned char *table, size_t size);

#endif
