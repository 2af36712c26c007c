// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-inspect/smbios.c: the table that the firmware wrote.
#include "tests/fuzz/fuzz.h"

#include "p2v-inspect/smbios.h"
#include "proto/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct smbios_machine machine;
    if (size > SMBIOS_MAX_BYTES)
        return 0;
    MUST(smbios_installed_memory(data, size) <= UINT64_C(1) << 50);
    smbios_machine(data, size, &machine);
    MUST(text_is_line(machine.vendor) && text_is_line(machine.product) && text_is_line(machine.serial));
    return 0;
}
