// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is to be converted, by p2v-plan's word.  Touches: p2v-plan's channel; the disks, to open them read-only.

#include "p2v-supervisor/conversion.h"

#define PLAN_SECONDS 60

// ---- the question --------------------------------------------------------------------------------------

// p2v-plan sees no file: of a path it gets the name of the disk that it leads to.
static char *name_of(const struct supervisor *sup, char *word)
{
    for (size_t i = 0; i < sup->machine->n_disks && word[0] == '/' && sup->start->n_test_paths == 0; i++)
        if (disk_is_at(sup->machine->disks[i]->name, word))
            return sup->machine->disks[i]->name;
    return word;
}

static void ask(struct supervisor *sup, struct peer *peer)
{
    P2v__Guest guest = *sup->guest;
    char *disks[CONFIG_LIST_MAX];
    for (size_t i = 0; i < guest.n_disks; i++)
        disks[i] = name_of(sup, guest.disks[i]);
    guest.disks = disks;
    P2v__Envelope envelope = MESSAGE(plan_ask, PLAN_ASK, PlanAsk, .guest = &guest, .hardware = sup->start->configuration->hardware,
                                     .server = sup->connection->remote_server, .output_type = sup->output->type,
                                     .complete = sup->plan_use == PLAN_BEGIN);
    if (sup->features.envelope == NULL || conversion_send(sup, peer, sup->features.envelope, NULL, 0, peer->state))
        conversion_send(sup, peer, &envelope, NULL, 0, PEER_PLANNING);
}

void plan_ask(struct supervisor *sup, enum plan_use use)
{
    struct peer *peer = peer_of(sup, RUN_PLAN);
    if (peer != NULL && peer->state != PEER_PLANNED)
        return;                            // a p2v-ui that has died meanwhile had more to say
    sup->plan_use = use;
    ending_deadline(sup, PLAN_SECONDS);
    if (peer != NULL)
        ask(sup, peer);
    else
        conversion_start(sup, RUN_PLAN, -1);
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

const P2v__Finding *plan_error(const P2v__Plan *plan)
{
    for (size_t i = 0; i < plan->n_findings; i++)
        if (plan->findings[i]->error)
            return plan->findings[i];
    return NULL;
}

// What no plan may say, whatever the settings are.
static bool is_sound(const struct supervisor *sup, const P2v__Plan *plan)
{
    bool named[MAX_DISKS] = { false };
    if (sup->plan_use == PLAN_BEGIN && (plan->n_guest != 1 || plan->n_hardware != 1))
        return false;
    for (size_t i = 0; i < plan->n_disks; i++) {
        uint32_t place = plan->disks[i];
        if (place >= sup->machine->n_disks || named[place] || sup->machine->disks[place]->carries_root)
            return false;
        named[place] = true;
    }
    if (plan_error(plan) != NULL)
        return plan->n_machine == 0;
    return plan->n_disks > 0 && plan->n_machine == 1 && plan->machine[0]->n_disks == 0;
}

void on_plan(struct supervisor *sup, struct peer *peer, struct message *in)
{
    if (!is_sound(sup, in->envelope->plan)) {
        peer_end(sup, peer);
        conversion_fail(sup, "p2v-plan told a plan that cannot be: it has been ended, and the conversion with it");
        return;
    }
    message_keep(&sup->plan, in);
    ending_deadline(sup, 0);
    if (sup->plan_use == PLAN_BEGIN)
        conversion_planned(sup);
    else
        dialogs_planned(sup);
}

// ---- the disks -----------------------------------------------------------------------------------------

int plan_open_disk(const struct supervisor *sup, size_t place, struct disk *disk, struct error *err)
{
    return disk_open(disk, sup->machine->disks[place]->name, sup->start->n_test_paths > 0 ? sup->start->test_paths[place] : NULL, err);
}

int plan_open_disks(struct supervisor *sup, struct error *err)
{
    const P2v__Plan *plan = sup->plan.envelope->plan;
    for (size_t i = 0; i < plan->n_disks; i++, sup->disk_count++)
        if (plan_open_disk(sup, plan->disks[i], &sup->disks[i], err) < 0)
            return -1;
    return 0;
}
