// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the firmware is, and what it says of the machine.  Touches: sys/firmware/efi and sys/devices/virtual/dmi of the tree, the
// SMBIOS table, opened before the lock.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "p2v-inspect/inventory.h"

// UEFI 3.3, "Globally Defined Variables": four bytes of attributes, then one byte, 1 where it is on.
#define SECURE_BOOT "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

static bool is_pc(const char *architecture)
{
    return strcmp(architecture, "x86_64") == 0 ||
           (strlen(architecture) == 4 && architecture[0] == 'i' && strcmp(architecture + 2, "86") == 0);     // i386 .. i686
}

static void read_smbios(struct inspection *in)
{
    ssize_t n = 1;
    while (in->smbios >= 0 && in->smbios_size < sizeof in->smbios_table && n > 0) {
        n = read(in->smbios, in->smbios_table + in->smbios_size, sizeof in->smbios_table - in->smbios_size);
        if (n > 0)
            in->smbios_size += (size_t)n;
        else if (n < 0 && errno == EINTR)
            n = 1;
    }
}

static void read_secure_boot(struct inspection *in)
{
    unsigned char value[5];
    ssize_t n = tree_read_bytes(in->root, SECURE_BOOT, value, sizeof value);
    if (n == (ssize_t)sizeof value && value[4] <= 1)
        in->inventory->message.secure_boot = value[4] == 1 ? P2V__SECURE_BOOT__SECURE_BOOT_ON : P2V__SECURE_BOOT__SECURE_BOOT_OFF;
    else if (n >= 0)
        inspect_note(in, "whether Secure Boot is on is left out: its variable is not of five bytes with 0 or 1 in the last");
}

void inspect_firmware(struct inspection *in)
{
    struct smbios_machine *machine = &in->inventory->machine;
    read_smbios(in);
    smbios_machine(in->smbios_table, in->smbios_size, machine);
    // What root alone may read in the table the kernel shows to everybody, but for the serial number.
    if (machine->vendor[0] == '\0')
        inspect_text(in, in->root, "sys/devices/virtual/dmi/id/sys_vendor", "this machine", machine->vendor, sizeof machine->vendor);
    if (machine->product[0] == '\0')
        inspect_text(in, in->root, "sys/devices/virtual/dmi/id/product_name", "this machine", machine->product, sizeof machine->product);
    // The kernel makes this directory exactly when it was started through UEFI.
    if (tree_exists(in->root, "sys/firmware/efi")) {
        in->inventory->message.firmware = P2V__FIRMWARE__FIRMWARE_UEFI;
        read_secure_boot(in);
    } else if (is_pc(in->inventory->architecture)) {
        in->inventory->message.firmware = P2V__FIRMWARE__FIRMWARE_BIOS;
    }
}
