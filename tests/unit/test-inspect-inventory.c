// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-inspect/inventory.h: its room is what the channel takes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "p2v-inspect/contents.h"
#include "p2v-inspect/inventory.h"
#include "proto/check.h"

static struct inventory inventory;

// Fills a field with the longest text it has room for.
#define FILL(POINTER, ROOM) (memset(ROOM, 'x', sizeof ROOM - 1), (POINTER) = ROOM)

// No two of a list have one name.
#define FILL_NAME(POINTER, ROOM, NUMBER) \
    (FILL(POINTER, ROOM), (ROOM)[0] = (char)('a' + (NUMBER) / 26), (ROOM)[1] = (char)('a' + (NUMBER) % 26))

static void fill_disk(size_t i)
{
    P2v__Disk *disk = &inventory.disks[i];
    struct disk_texts *texts = &inventory.disk_texts[i];
    *disk = (P2v__Disk)P2V__DISK__INIT;
    FILL_NAME(disk->name, texts->name, i);
    FILL(disk->vendor, texts->vendor);
    FILL(disk->model, texts->model);
    FILL(disk->serial, texts->serial);
    FILL(disk->wwn, texts->wwn);
    FILL(disk->transport, texts->transport);
    FILL(disk->in_use, texts->in_use);
    FILL(disk->same_as, texts->same_as);
    disk->size_bytes = INT64_MAX;
    disk->logical_sector_bytes = 65536;
    disk->physical_sector_bytes = 1 << 24;
    disk->rotational = disk->read_only = true;
    inventory.disk_list[i] = disk;
}

static void fill_nic(size_t i)
{
    P2v__Nic *nic = &inventory.nics[i];
    struct nic_texts *texts = &inventory.nic_texts[i];
    *nic = (P2v__Nic)P2V__NIC__INIT;
    FILL_NAME(nic->name, texts->name, i);
    FILL(nic->vendor, texts->vendor);
    FILL(nic->product, texts->product);
    FILL(nic->driver, texts->driver);
    memcpy(texts->mac, "52:54:00:12:34:56", sizeof texts->mac);
    nic->mac = texts->mac;
    inventory.nic_list[i] = nic;
}

static void fill_removable(size_t i)
{
    P2v__Removable *removable = &inventory.removables[i];
    *removable = (P2v__Removable)P2V__REMOVABLE__INIT;
    FILL_NAME(removable->name, inventory.removable_texts[i].name, i);
    FILL(removable->model, inventory.removable_texts[i].model);
    inventory.removable_list[i] = removable;
}

static void an_empty_inventory_passes_the_checks(void **state)
{
    (void)state;
    struct error err = { 0 };
    inventory_init(&inventory);
    P2v__Envelope envelope = ENVELOPE(inventory, INVENTORY, &inventory.message);
    if (check_envelope(&envelope, 0, &err) < 0)
        fail_msg("%s", err.text);
}

static void the_fullest_inventory_fits_a_datagram_and_passes_the_checks(void **state)
{
    (void)state;
    struct error err = { 0 };
    inventory_init(&inventory);
    P2v__Inventory *message = &inventory.message;
    for (size_t i = 0; i < MAX_DISKS; i++)
        fill_disk(i);
    for (size_t i = 0; i < MAX_NICS; i++)
        fill_nic(i);
    for (size_t i = 0; i < MAX_REMOVABLES; i++)
        fill_removable(i);
    message->n_disks = MAX_DISKS;
    message->n_nics = MAX_NICS;
    message->n_removables = MAX_REMOVABLES;
    memset(inventory.hostname, 'x', sizeof inventory.hostname - 1);
    message->hostname = inventory.hostname;
    memset(inventory.architecture, 'x', sizeof inventory.architecture - 1);
    memset(inventory.cpu_name, 'x', sizeof inventory.cpu_name - 1);
    memset(inventory.machine.vendor, 'x', sizeof inventory.machine.vendor - 1);
    memset(inventory.machine.product, 'x', sizeof inventory.machine.product - 1);
    memset(inventory.machine.serial, 'x', sizeof inventory.machine.serial - 1);
    memset(inventory.cpu_vendor, 'x', sizeof inventory.cpu_vendor - 1);
    message->memory_bytes = UINT64_C(1) << 50;
    P2v__Envelope envelope = ENVELOPE(inventory, INVENTORY, message);
    if (check_envelope(&envelope, 0, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(p2v__envelope__get_packed_size(&envelope) <= CHANNEL_MAX_BYTES);
    message->n_disks = 0;
    message->n_nics = message->n_removables = 0;
}

static void the_fullest_contents_fit_a_datagram_and_pass_the_checks(void **state)
{
    (void)state;
    static struct contents full;
    struct error err = { 0 };
    contents_init(&full, "sda");
    memset(full.table, 'x', sizeof full.table - 1);
    for (size_t i = 0; i < MAX_CONTENTS; i++) {
        P2v__Content *content = &full.contents[i];
        struct content_texts *texts = &full.texts[i];
        *content = (P2v__Content)P2V__CONTENT__INIT;
        FILL(content->partition_type, texts->partition_type);
        FILL(content->partition_name, texts->partition_name);
        FILL(content->type, texts->type);
        FILL(content->label, texts->label);
        FILL(content->uuid, texts->uuid);
        FILL(content->set, texts->set);
        FILL(content->set_name, texts->set_name);
        content->set_kind = (char *)"Intel RAID array";
        content->partition = content->set_members = 65536;
        content->offset_bytes = content->size_bytes = INT64_MAX;
        full.list[i] = content;
    }
    for (size_t i = 0; i < MAX_MEMBER_UUIDS; i++)
        FILL(full.member_list[i], full.member_uuids[i]);
    for (size_t i = 0; i < 4; i++) {
        full.contents[i].member_uuids = &full.member_list[i * MAX_MEMBER_UUIDS / 4];
        full.contents[i].n_member_uuids = MAX_MEMBER_UUIDS / 4;
    }
    full.message.n_contents = MAX_CONTENTS;
    P2v__Envelope envelope = ENVELOPE(contents, CONTENTS, &full.message);
    if (check_envelope(&envelope, 0, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(p2v__envelope__get_packed_size(&envelope) <= CHANNEL_MAX_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_inventory_passes_the_checks),
        cmocka_unit_test(the_fullest_inventory_fits_a_datagram_and_passes_the_checks),
        cmocka_unit_test(the_fullest_contents_fit_a_datagram_and_pass_the_checks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
