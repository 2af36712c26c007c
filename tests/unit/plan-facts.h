// SPDX-License-Identifier: GPL-2.0-or-later
//
// What p2v-plan is told of a usual machine, for its unit tests: four disks, a drive, two interfaces, and no key given.  A test changes in it
// what it is about.  To be included after cmocka.h.
#ifndef P2V_TESTS_UNIT_PLAN_FACTS_H
#define P2V_TESTS_UNIT_PLAN_FACTS_H

#include "p2v-plan/facts.h"

static struct facts facts;
static P2v__Inventory inventory;
static P2v__Cpu cpu;
static P2v__Rtc rtc;
static P2v__Disk disks[4];
static P2v__Disk *disk_pointers[] = { &disks[0], &disks[1], &disks[2], &disks[3] };
static P2v__Removable drive;
static P2v__Removable *drive_pointers[] = { &drive };
static P2v__Nic nics[2];
static P2v__Nic *nic_pointers[] = { &nics[0], &nics[1] };

static void make_devices(void)
{
    static const char *const disk_names[] = { "sda", "sdb", "sdc", "sdd" };
    static const char *const nic_names[] = { "em1", "em2" }, *const macs[] = { "52:54:00:00:00:01", "52:54:00:00:00:02" };
    for (size_t i = 0; i < 4; i++) {
        p2v__disk__init(&disks[i]);
        disks[i].name = (char *)disk_names[i];
        disks[i].size_bytes = 1000;
    }
    for (size_t i = 0; i < 2; i++) {
        p2v__nic__init(&nics[i]);
        nics[i].name = (char *)nic_names[i];
        nics[i].mac = (char *)macs[i];
    }
    p2v__removable__init(&drive);
    drive.name = (char *)"sr0";
}

static int make_facts(void **state)
{
    (void)state;
    struct error err;
    make_devices();
    p2v__inventory__init(&inventory);
    p2v__cpu__init(&cpu);
    p2v__rtc__init(&rtc);
    cpu.sockets = 2;
    cpu.cores = 4;
    cpu.threads = 2;
    inventory.hostname = (char *)"web01";
    inventory.architecture = (char *)"x86_64";
    inventory.memory_bytes = UINT64_C(24) << 30;
    inventory.cpu = &cpu;
    inventory.rtc = &rtc;
    inventory.disks = disk_pointers;
    inventory.n_disks = 4;
    inventory.removables = drive_pointers;
    inventory.n_removables = 1;
    inventory.nics = nic_pointers;
    inventory.n_nics = 2;
    facts = (struct facts){ .inventory = &inventory, .server = "", .output_type = "" };
    return config_init(&facts.config, &err);
}

static int forget_facts(void **state)
{
    (void)state;
    config_clear(&facts.config);
    return 0;
}

static void configure(const char *key, const char *value)
{
    struct error err;
    assert_int_equal(config_set(&facts.config, key, value, &err), 0);
}

#endif
