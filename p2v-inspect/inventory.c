// SPDX-License-Identifier: GPL-2.0-or-later
//
// What all parts of the inspection share: the order, the notes, and reading one field.  Touches: the tree, the channel.
#include "p2v-inspect/inventory.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define MAX_NOTES 100

void inventory_init(struct inventory *inventory)
{
    *inventory = (struct inventory){
        .message = P2V__INVENTORY__INIT, .cpu = P2V__CPU__INIT, .rtc = P2V__RTC__INIT,
    };
    P2v__Inventory *message = &inventory->message;
    message->hostname = inventory->hostname;
    message->architecture = inventory->architecture;
    message->cpu = &inventory->cpu;
    message->rtc = &inventory->rtc;
    message->disks = inventory->disk_list;
    message->removables = inventory->removable_list;
    message->nics = inventory->nic_list;
    snprintf(inventory->architecture, sizeof inventory->architecture, "unknown");
    inventory->cpu.vendor = inventory->cpu_vendor;
    inventory->cpu.name = inventory->cpu_name;
    message->vendor = inventory->machine.vendor;
    message->product = inventory->machine.product;
    message->serial = inventory->machine.serial;
    inventory->cpu.sockets = inventory->cpu.cores = inventory->cpu.threads = 1;
}

void inspect_machine(struct inspection *in)
{
    inspect_identity(in);
    inspect_firmware(in);
    inspect_cpu(in);
    inspect_memory(in);
    inspect_clock(in);
    in_use_find(in);
    inspect_disks(in);
    inspect_removables(in);
    inspect_nics(in);
}

void inspect_note(struct inspection *in, const char *format, ...)
{
    in->notes++;
    if (in->notes > MAX_NOTES)
        return;
    if (in->notes == MAX_NOTES) {
        helper_note(in->helper, P2V__LEVEL__WARNING, "this machine says so many odd things of itself that the rest is passed over");
        return;
    }
    char text[ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    helper_note(in->helper, P2V__LEVEL__WARNING, "%s", text);
}

bool inspect_text(struct inspection *in, int dir, const char *path, const char *owner, char *text, size_t size)
{
    enum tree_result result = tree_read_line(dir, path, text, size);
    if (result == TREE_BAD)
        inspect_note(in, "%s: %s is left out: it is too long or no printable text", owner, path);
    return result == TREE_READ;
}

uint64_t inspect_number(struct inspection *in, int dir, const char *path, const char *owner, uint64_t min, uint64_t max)
{
    uint64_t number;
    enum tree_result result = tree_read_number(dir, path, &number);
    if (result == TREE_READ && number >= min && number <= max)
        return number;
    if (result != TREE_MISSING)
        inspect_note(in, "%s: %s is left out: it is no number between %" PRIu64 " and %" PRIu64, owner, path, min, max);
    return 0;
}
