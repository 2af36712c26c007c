// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-plan: what the machine is and what the person asked for -> what is to be converted, and what there is to say against it.  The
// supervisor sends it the inventory and what is on the disks, then as often as it likes PlanAsk with settings, each answered by a Plan.
// It only computes.  What it may do is in policy.c.
#include <stdio.h>

#include "p2v-plan/choice.h"
#include "p2v-plan/complete.h"
#include "p2v-plan/facts.h"
#include "p2v-plan/findings.h"
#include "p2v-plan/machine.h"
#include "p2v-plan/policy.h"
#include "proto/configuration.h"
#include "proto/helper.h"

static const char usage[] =
    "p2v-plan: which disks of this machine are converted, in which order, to what.\n"
    "\n"
    "p2v-supervisor runs it; by hand there is nothing to do for it.  See virt-p2v --help.\n"
    "\n"
    "  --print-sandbox[=json]\n"
    "                    lock this process, print what it may do and what the kernel enforces of it\n"
    "  -h, --help        this text\n"
    "  -V, --version     version\n";

// What has come, and stays.
struct received {
    struct message inventory, contents[MAX_DISKS], features;
};

static const P2v__Envelope *keep(struct message *place, struct message *in)
{
    message_keep(place, in);
    return place->envelope;
}

static int take_contents(struct helper *helper, struct facts *facts, struct received *received, struct message *in)
{
    size_t disk = choice_place(facts, in->envelope->contents->name);
    if (disk == MAX_DISKS)
        return helper_fail(helper, "p2v-plan was told what is on the disk %s, which is not in the inventory", in->envelope->contents->name);
    facts->contents[disk] = keep(&received->contents[disk], in)->contents;
    if (choice_is_medium(facts, disk))
        helper_note(helper, P2V__LEVEL__INFO, "the disk %s is a medium that virt-p2v boots from: it is converted only where it is chosen by name",
                    facts->inventory->disks[disk]->name);
    return 0;
}

static void warn(void *helper, const struct error *err)
{
    helper_note(helper, P2V__LEVEL__WARNING, "%s", err->text);
}

static int answer(struct helper *helper, struct facts *facts, const P2v__PlanAsk *ask)
{
    static struct machine_plan machine;            // these are too large for the stack
    static struct findings findings;
    struct configuration complete;
    struct choice choice;
    struct error err = { 0 };
    findings.count = findings.errors = 0;
    config_clear(&facts->config);
    if (configuration_take(&facts->config, &ask->guest->base, &err) < 0 || configuration_take(&facts->config, &ask->hardware->base, &err) < 0)
        return helper_fail(helper, "%s", err.text);
    facts->server = ask->server;
    facts->output_type = ask->output_type;
    choice_make(facts, &choice);
    machine_plan(facts, &machine);
    findings_find(facts, &choice, &machine, &findings);
    if (ask->complete)
        complete_config(facts, &choice, &machine, warn, helper);
    configuration_make(&complete, &facts->config);
    P2v__Plan plan = P2V__PLAN__INIT;
    P2v__Machine *machines[] = { &machine.machine };
    P2v__Guest *guests[] = { &complete.guest };
    P2v__Hardware *hardware[] = { &complete.hardware };
    bool good = findings.errors == 0;
    plan.disks = choice.disks;
    plan.n_disks = choice.count;
    plan.machine = machines;
    plan.n_machine = good ? 1 : 0;
    plan.guest = guests;
    plan.hardware = hardware;
    plan.n_guest = plan.n_hardware = ask->complete ? 1 : 0;
    plan.findings = findings.pointers;
    plan.n_findings = findings.count;
    P2v__Envelope envelope = ENVELOPE(plan, PLAN, &plan);
    return helper_send(helper, &envelope, NULL, 0) < 0 ? EXIT_FAILED : 0;
}

static int take(struct helper *helper, struct facts *facts, struct received *received, struct message *in)
{
    P2v__Envelope__BodyCase body = in->envelope->body_case;
    if (body == P2V__ENVELOPE__BODY_INVENTORY && facts->inventory == NULL)
        return facts->inventory = keep(&received->inventory, in)->inventory, 0;
    if (body == P2V__ENVELOPE__BODY_FEATURES)
        return facts->features = keep(&received->features, in)->features, 0;
    if (body == P2V__ENVELOPE__BODY_CONTENTS && facts->inventory != NULL)
        return take_contents(helper, facts, received, in);
    if (body == P2V__ENVELOPE__BODY_PLAN_ASK && facts->inventory != NULL)
        return answer(helper, facts, in->envelope->plan_ask);
    return helper_unexpected(helper, in);
}

static int serve(struct helper *helper)
{
    static struct facts facts;
    static struct received received;
    struct message in = { 0 };
    int status = 0, more;
    while (status == 0 && (more = helper_receive(helper, &in)) > 0) {
        status = take(helper, &facts, &received, &in);
        message_clear(&in);
    }
    return status != 0 || more < 0 ? EXIT_FAILED : EXIT_OK;
}

int main(int argc, char *argv[])
{
    struct helper helper = { .policy = &plan_policy };
    int status, operand = helper_options(&helper, argc, argv, usage, NULL, NULL, NULL, &status);
    if (operand < 0)
        return status;
    if (helper.by_hand || operand < argc)
        return fputs("p2v-plan: there is nothing to do for it by hand: p2v-supervisor uses it.  Try 'p2v-plan --help'.\n", stderr), EXIT_USAGE;
    return helper_lock(&helper) < 0 ? EXIT_FAILED : serve(&helper);
}
