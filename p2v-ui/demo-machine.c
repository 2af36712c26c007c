// SPDX-License-Identifier: GPL-2.0-or-later
//
// The demonstration's invented machine, and what is said against a choice of it.  Pure memory.
#include "p2v-ui/demo-machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/configuration.h"
#include "proto/helper.h"

#define GIB (UINT64_C(1) << 30)
#define TEXTS 64

const struct demo_disk demo_disks[DEMO_DISKS] = { { "sda", 16 * GIB }, { "sdb", 32 * GIB } };

const struct demo_line demo_lines[] = {
    { 0, "[   0.0] Setting up the source: -i libvirtxml physical.xml" },
    { 2, "[   1.2] Opening the source" },
    { 5, "[   8.4] Inspecting the source" },
    { 9, "[  15.7] Checking for sufficient free disk space in the guest" },
    { 10, "[  15.8] Converting Debian GNU/Linux 12 (bookworm) to run on KVM" },
    { 14, "virt-v2v: This guest has virtio drivers installed." },
    { 16, "\033[0;35mvirt-v2v: warning: the display of this machine was not recognised\033[0m" },
    { 18, "[  48.3] Mapping filesystem data to avoid copying unused and blank areas" },
    { 20, "[  49.6] Closing the overlay" },
    { 22, "[  49.9] Copying disk 1/2" },
    { 31, "[ 151.2] Copying disk 2/2" },
    { 39, "[ 290.5] Creating output metadata" },
    { 40, "[ 290.6] Finishing off" },
};
const size_t demo_line_count = sizeof demo_lines / sizeof demo_lines[0];

// ---- texts ---------------------------------------------------------------------------------------------

char *demo_text(bool hostile, const char *text, char buffer[DEMO_TEXT_MAX])
{
    static const char harm[] = "\033[31m\033[2J\033]0;title\007\302\233" "5m\342\200\256\342\201\246\377\rX\n\tY\b\033[6n\033P$q\033\\\016\033(0";
    int size = snprintf(buffer, DEMO_TEXT_MAX, "%s", text);
    if (!hostile)
        return buffer;
    size += snprintf(buffer + size, DEMO_TEXT_MAX - (size_t)size, "%s", harm);
    memset(buffer + size, 'x', DEMO_TEXT_MAX - (size_t)size - 1);
    buffer[DEMO_TEXT_MAX - 1] = '\0';
    return buffer;
}

// The texts of one message, as long as it is composed.
struct texts {
    bool hostile;
    char *owned[TEXTS];
    size_t count;
};

static char *outside(struct texts *texts, const char *text)
{
    char buffer[DEMO_TEXT_MAX];
    char *copy = texts->count < TEXTS ? strdup(demo_text(texts->hostile, text, buffer)) : NULL;
    if (copy == NULL)
        return (char *)(uintptr_t)protobuf_c_empty_string;
    return texts->owned[texts->count++] = copy;
}

static char *own(const char *text)
{
    return (char *)(uintptr_t)text;    // protobuf-c only reads it
}

static void forget(struct texts *texts)
{
    while (texts->count > 0)
        free(texts->owned[--texts->count]);
}

// ---- the machine ---------------------------------------------------------------------------------------

static P2v__Disk disk(struct texts *texts, const char *name, uint64_t size, const char *vendor, const char *model, const char *serial)
{
    P2v__Disk one = P2V__DISK__INIT;
    one.name = own(name);
    one.size_bytes = size;
    one.vendor = outside(texts, vendor);
    one.model = outside(texts, model);
    one.serial = outside(texts, serial);
    return one;
}

static P2v__Nic nic(struct texts *texts, const char *name, const char *mac, const char *product, P2v__Link link, uint32_t speed)
{
    P2v__Nic one = P2V__NIC__INIT;
    one.name = own(name);
    one.mac = own(mac);
    one.vendor = outside(texts, "Example Networks");
    one.product = outside(texts, product);
    one.link = link;
    one.speed_mbits = speed;
    return one;
}

static void say_inventory(struct texts *texts, void (*say)(void *, const P2v__Envelope *), void *context)
{
    P2v__Cpu cpu = P2V__CPU__INIT;
    P2v__Rtc rtc = P2V__RTC__INIT;
    P2v__Disk disks[] = { disk(texts, "sda", demo_disks[0].size_bytes, "Example", "SSD 16", "EX16-0123456"),
                          disk(texts, "sdb", demo_disks[1].size_bytes, "Example", "SSD 32", "EX32-0654321"),
                          disk(texts, "sdc", 15 * GIB, "Example", "USB stick", "EXU-000123") };
    P2v__Removable dvd = P2V__REMOVABLE__INIT;
    P2v__Nic nics[] = { nic(texts, "eno1", "52:54:00:12:34:56", "Gigabit Ethernet Adapter", P2V__LINK__LINK_UP, 1000),
                        nic(texts, "eno2", "52:54:00:12:34:57", "Gigabit Ethernet Adapter", P2V__LINK__LINK_DOWN, 0),
                        nic(texts, "ens1f0", "52:54:00:ab:cd:ef", "10-Gigabit SFP+ Adapter", P2V__LINK__LINK_UP, 10000) };
    P2v__Disk *disk_pointers[] = { &disks[0], &disks[1], &disks[2] };
    P2v__Nic *nic_pointers[] = { &nics[0], &nics[1], &nics[2] };
    P2v__Removable *removables[] = { &dvd };
    disks[0].in_use = outside(texts, "mounted on /srv");
    disks[2].carries_root = true;
    dvd.name = own("sr0");
    dvd.model = outside(texts, "Example DVD-ROM");
    P2v__Inventory inventory = P2V__INVENTORY__INIT;
    P2v__Envelope envelope = ENVELOPE(inventory, INVENTORY, &inventory);
    inventory.hostname = outside(texts, "web01");
    inventory.vendor = outside(texts, "Example Computers");
    inventory.product = outside(texts, "Rack 2000");
    inventory.architecture = own("x86_64");
    inventory.cpu = &cpu;
    inventory.rtc = &rtc;
    inventory.disks = disk_pointers;
    inventory.n_disks = 3;
    inventory.removables = removables;
    inventory.n_removables = 1;
    inventory.nics = nic_pointers;
    inventory.n_nics = 3;
    say(context, &envelope);
    forget(texts);
}

static P2v__Content content(struct texts *texts, unsigned partition, uint64_t size, const char *type, const char *label)
{
    P2v__Content one = P2V__CONTENT__INIT;
    one.partition = partition;
    one.size_bytes = size;
    one.type = outside(texts, type);
    one.label = outside(texts, label);
    return one;
}

static P2v__Content of_group(struct texts *texts, unsigned partition, uint64_t size)
{
    P2v__Content one = content(texts, partition, size, "LVM2_member", "");
    one.set = own("demo");
    one.set_kind = outside(texts, "volume group");
    one.set_name = outside(texts, "vg0");
    one.set_members = 2;
    return one;
}

// NOLINTBEGIN(clang-analyzer-unix.Malloc): forget() has all that content() has made
static void say_contents(struct texts *texts, void (*say)(void *, const P2v__Envelope *), void *context)
{
    P2v__Content first[] = { content(texts, 1, GIB / 2, "vfat", "EFI"), content(texts, 2, GIB, "ext4", "boot"), of_group(texts, 3, 14 * GIB) };
    P2v__Content second[] = { of_group(texts, 0, 32 * GIB) };
    P2v__Content *first_pointers[] = { &first[0], &first[1], &first[2] }, *second_pointers[] = { &second[0] };
    P2v__Contents contents = P2V__CONTENTS__INIT;
    P2v__Envelope envelope = ENVELOPE(contents, CONTENTS, &contents);
    contents.name = own("sda");
    contents.table = own("gpt");
    contents.contents = first_pointers;
    contents.n_contents = 3;
    say(context, &envelope);
    contents.name = own("sdb");
    contents.table = own("");
    contents.contents = second_pointers;
    contents.n_contents = 1;
    say(context, &envelope);
    forget(texts);
}
// NOLINTEND(clang-analyzer-unix.Malloc)

static void say_settings(void (*say)(void *, const P2v__Envelope *), void *context)
{
    static const char *const values[][2] = {
        { "remote.port", "22" }, { "auth.username", "root" }, { "auth.sudo", "false" }, { "guestname", "web01" }, { "vcpu.phys_topo", "false" },
        { "vcpu.cores", "8" }, { "memory", "32G" }, { "disks", "sda,sdb" }, { "removable", "sr0" }, { "interfaces", "eno1,eno2,ens1f0" },
        { "network_map", "default" }, { "output.type", "local" }, { "output.storage", "/var/tmp" }, { "output.allocation", "sparse" },
    };
    struct config config = { 0 };
    struct configuration messages;
    struct error err;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        config_set(&config, values[i][0], values[i][1], &err);
    configuration_make(&messages, &config);
    P2v__UiSettings message = P2V__UI_SETTINGS__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_settings, UI_SETTINGS, &message);
    message.connection = &messages.connection;
    message.guest = &messages.guest;
    message.output = &messages.output;
    say(context, &envelope);
    config_clear(&config);
}

void demo_machine(bool hostile, void (*say)(void *context, const P2v__Envelope *envelope), void *context)
{
    struct texts texts = { .hostile = hostile };
    say_inventory(&texts, say, context);
    say_contents(&texts, say, context);
    say_settings(say, context);
}

// ---- what is said against a choice ---------------------------------------------------------------------

size_t demo_judge(const P2v__Guest *guest, bool chosen[DEMO_DISKS], struct demo_finding findings[DEMO_FINDINGS_MAX])
{
    size_t found = 0;
    chosen[0] = chosen[1] = false;
    for (size_t i = 0; i < guest->n_disks; i++) {
        chosen[0] = chosen[0] || strcmp(guest->disks[i], "sda") == 0;
        chosen[1] = chosen[1] || strcmp(guest->disks[i], "sdb") == 0;
    }
    if (!chosen[0] && !chosen[1])
        findings[found++] = (struct demo_finding){ "disks", "no disk is chosen: there is nothing to convert", true };
    else if (chosen[0] != chosen[1])
        findings[found++] = (struct demo_finding){ "disks", "the volume group vg0 is on sda and sdb: choose both of them, or none", true };
    if (guest->memory >> 20 > 32768)
        findings[found++] = (struct demo_finding){ "memory", "this is more memory than the machine has", false };
    if (guest->vcpu_cores > 8)
        findings[found++] = (struct demo_finding){ "vcpu.cores", "these are more CPUs than the machine has", false };
    return found;
}
