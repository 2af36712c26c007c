// SPDX-License-Identifier: GPL-2.0-or-later
//
// What an SMBIOS table says of the machine and its memory.  Pure memory.
#ifndef P2V_INSPECT_SMBIOS_H
#define P2V_INSPECT_SMBIOS_H

#include <stddef.h>
#include <stdint.h>

#define SMBIOS_MAX_BYTES (128 * 1024)

// Bytes of system memory that is installed, by the structure table (DMI); 0 where it does not say.
uint64_t smbios_installed_memory(const unsigned char *table, size_t size);

// What the System Information structure says, "" where it does not: printable lines.
struct smbios_machine {
    char vendor[65];
    char product[65];
    char serial[65];
};
void smbios_machine(const unsigned char *table, size_t size, struct smbios_machine *machine);

#endif
