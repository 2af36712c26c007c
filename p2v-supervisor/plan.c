// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is to be converted, by p2v-plan's word.  Touches: p2v-plan's channel; the disks, to open them read-only.
#include "p2v-supervisor/plan.h"

#include <stdio.h>
#include <string.h>

#include "p2v-supervisor/conversion.h"
#include "p2v-supervisor/dialogs.h"
#include "p2v-supervisor/ending.h"
#include "p2v-supervisor/peers.h"
#include "proto/helper.h"
#include "proto/settings.h"

#define PLAN_SECONDS 60

// What p2v-plan is told of the configuration, and may fill in; and what it is told besides.
#define MACHINE_KEYS "guestname", "vcpu.phys_topo", "vcpu.cores", "memory", "cpu.vendor", "cpu.model", "cpu.acpi", "cpu.apic", "cpu.pae", \
    "rtc.basis", "rtc.offset", "disks", "force", "removable", "interfaces", "network_map"
static const char *const machine_keys[] = { MACHINE_KEYS, NULL };
static const char *const told_keys[] = { MACHINE_KEYS, "remote.server", "output.type", NULL };

// ---- the question --------------------------------------------------------------------------------------

// p2v-plan sees no file: of a path it gets the name of the disk that it leads to.
static void name_paths(const struct supervisor *sup, struct settings *settings)
{
    for (size_t i = 0; i < settings->count && sup->start->n_test_disks == 0; i++)
        for (size_t j = 0; j < sup->machine->n_disks && strcmp(settings->all[i].name, "disks") == 0; j++)
            if (settings->all[i].value[0] == '/' && disk_is_at(sup->machine->disks[j]->name, settings->all[i].value))
                settings->all[i].value = sup->machine->disks[j]->name;
}

static void ask(struct supervisor *sup, struct peer *peer)
{
    static struct settings settings;               // too large for the stack
    struct error err;
    P2v__PlanAsk message = P2V__PLAN_ASK__INIT;
    P2v__Envelope envelope = ENVELOPE(plan_ask, PLAN_ASK, &message);
    int rc = sup->features.envelope != NULL ? peer_send(peer, sup->features.envelope, NULL, 0, &err) : 0;
    rc = rc < 0 ? rc : settings_make(&settings, &sup->config, settings_keys(told_keys), &err);
    name_paths(sup, &settings);
    message.settings = settings.pointers;
    message.n_settings = settings.count;
    message.complete = sup->plan_use == PLAN_BEGIN;
    if (rc < 0)
        conversion_fail(sup, "%s", err.text);
    else
        conversion_send(sup, peer, &envelope, NULL, 0, PEER_PLANNING);
}

void plan_ask(struct supervisor *sup, enum plan_use use)
{
    struct peer *peer = peer_of(sup, RUN_PLAN);
    struct error err;
    if (peer != NULL && peer->state != PEER_PLANNED)
        return;                            // a p2v-ui that has died meanwhile had more to say
    sup->plan_use = use;
    ending_deadline(sup, PLAN_SECONDS);
    if (peer != NULL)
        ask(sup, peer);
    else if (peer_start(sup, RUN_PLAN, -1, &err) == NULL)
        conversion_fail(sup, "%s", err.text);
}

void plan_begin(struct supervisor *sup, struct peer *peer)
{
    bool told = conversion_send(sup, peer, sup->inventory.envelope, NULL, 0, peer->state);
    for (size_t i = 0; i < sup->machine->n_disks && told; i++)
        if (sup->contents[i].envelope != NULL)
            told = conversion_send(sup, peer, sup->contents[i].envelope, NULL, 0, peer->state);
    if (told)
        ask(sup, peer);
}

// ---- the answer ----------------------------------------------------------------------------------------

// What no plan may say, whatever the settings are.
static bool is_sound(const struct supervisor *sup, const P2v__Plan *plan)
{
    bool named[MAX_DISKS] = { false }, good = plan->n_machine == 1;
    for (size_t i = 0; i < plan->n_findings; i++)
        good = good && !plan->findings[i]->error;
    for (size_t i = 0; i < plan->n_disks; i++) {
        uint32_t place = plan->disks[i];
        if (place >= sup->machine->n_disks || named[place] || sup->machine->disks[place]->carries_root)
            return false;
        named[place] = true;
    }
    return good ? plan->n_disks > 0 && plan->machine[0]->n_disks == 0 : plan->n_machine == 0;
}

void on_plan(struct supervisor *sup, struct peer *peer, struct message *in)
{
    if (!is_sound(sup, in->envelope->plan)) {
        peer_end(sup, peer);
        conversion_fail(sup, "p2v-plan told a plan that cannot be: it has been ended, and the conversion with it");
        return;
    }
    message_keep(&sup->plan, in);
    peer->state = PEER_PLANNED;
    ending_deadline(sup, 0);
    if (sup->plan_use == PLAN_BEGIN)
        conversion_planned(sup);
    else
        dialogs_planned(sup);
}

void plan_complete(struct supervisor *sup)
{
    const P2v__Plan *plan = sup->plan.envelope->plan;
    uint64_t missing = settings_keys(machine_keys) & ~sup->config.set;
    struct error err;
    if (settings_take(&sup->config, plan->settings, plan->n_settings, missing, &err) < 0)
        conversion_note(sup, P2V__LEVEL__WARNING, "p2v-plan: %s", err.text);
}

// ---- the disks -----------------------------------------------------------------------------------------

int plan_open_disk(const struct supervisor *sup, size_t place, struct disk *disk, struct error *err)
{
    const char *name = sup->machine->disks[place]->name;
    return sup->start->n_test_disks > 0 ? disk_open_test(disk, name, sup->start->test_disks[place], err) : disk_open(disk, name, err);
}

int plan_open_disks(struct supervisor *sup, struct error *err)
{
    const P2v__Plan *plan = sup->plan.envelope->plan;
    for (size_t i = 0; i < plan->n_disks; i++, sup->disk_count++)
        if (plan_open_disk(sup, plan->disks[i], &sup->disks[i], err) < 0)
            return -1;
    return 0;
}

// The inventory is kept to the end, and so are these.
void plan_put_test_disks(struct supervisor *sup)
{
    static P2v__Disk disks[MAX_TEST_DISKS], *pointers[MAX_TEST_DISKS];
    static char names[MAX_TEST_DISKS][4];
    P2v__Inventory *inventory = sup->inventory.envelope->inventory;
    for (size_t i = 0; i < sup->start->n_test_disks; i++) {
        struct disk disk;
        struct error err;              // told when it is to be converted
        snprintf(names[i], sizeof names[i], "sd%c", (char)('a' + i));
        p2v__disk__init(&disks[i]);
        disks[i].name = names[i];
        pointers[i] = &disks[i];
        if (disk_open_test(&disk, names[i], sup->start->test_disks[i], &err) == 0) {
            disks[i].size_bytes = disk.size_bytes;
            disk_close(&disk);
        }
    }
    inventory->disks = pointers;
    inventory->n_disks = sup->start->n_test_disks;
}
