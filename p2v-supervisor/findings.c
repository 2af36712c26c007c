// SPDX-License-Identifier: GPL-2.0-or-later
//
// Errors and warnings before a conversion.  Pure memory.
#include "p2v-supervisor/findings.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "p2v-supervisor/choice.h"
#include "p2v-supervisor/machine.h"

#define VCPUS_MAX 255              // what a guest of qemu's usual machine types has at most without further settings
#define MEMORY_MIN (UINT64_C(256) << 20)
#define MEMORY_MAX (UINT64_C(4) << 40)

void findings_add(struct findings *findings, const char *name, bool error, const char *format, ...)
{
    if (findings->count == MAX_FINDINGS)
        return;
    size_t n = findings->count++;
    va_list args;
    va_start(args, format);
    vsnprintf(findings->texts[n].text, sizeof findings->texts[n].text, format, args);
    va_end(args);
    p2v__finding__init(&findings->all[n]);
    findings->all[n].name = (char *)name;
    findings->all[n].text = findings->texts[n].text;
    findings->all[n].error = error;
    findings->pointers[n] = &findings->all[n];
    findings->errors += error;
}

// What an operating system may lie on: a partition table, or a file system or a part of a set on the whole disk.
static bool may_hold_system(const struct supervisor *sup, size_t candidate)
{
    const P2v__Envelope *envelope = sup->contents[candidate].envelope;
    if (envelope == NULL)
        return true;                       // it is not known
    for (size_t i = 0; i < envelope->contents->n_contents; i++)
        if (envelope->contents->contents[i]->type[0] != '\0')
            return true;
    return false;
}

static void find_disks(struct supervisor *sup, struct findings *findings)
{
    size_t order[MAX_DISKS], count = 0;
    struct error err;
    bool system = false;
    int chosen = choice_disks(sup, order, &count, &err);
    if (chosen != 0)
        findings_add(findings, "disks", chosen < 0, "%s", err.text);
    for (size_t i = 0; chosen >= 0 && i < count; i++)
        system = system || may_hold_system(sup, order[i]);
    if (chosen >= 0 && !system)
        findings_add(findings, "disks", false, "nothing is known to be on the chosen disks: the disk with the operating system must be one of them");
}

static bool offers(const P2v__Features *features, const char *mode)
{
    for (size_t i = 0; i < features->n_output_drivers; i++)
        if (strcmp(features->output_drivers[i], mode) == 0)
            return true;
    return false;
}

void findings_find(struct supervisor *sup, struct findings *findings)
{
    static struct machine_plan plan;       // too large for the stack
    struct error err;
    if (machine_check(sup, &err) < 0)
        findings_add(findings, "", true, "%s", err.text);
    find_disks(sup, findings);
    machine_plan(sup, &plan);
    if (plan.machine.vcpus > VCPUS_MAX)
        findings_add(findings, "vcpu.cores", false, "%u virtual CPUs are more than most hypervisors give a guest (%d)", plan.machine.vcpus, VCPUS_MAX);
    if (plan.machine.memory_bytes < MEMORY_MIN || plan.machine.memory_bytes > MEMORY_MAX)
        findings_add(findings, "memory", false, "%" PRIu64 " MiB of memory are %s a guest usually has", plan.machine.memory_bytes >> 20,
                     plan.machine.memory_bytes < MEMORY_MIN ? "less than" : "more than");
    if (sup->features.envelope != NULL && !offers(sup->features.envelope->features, sup->config.output_mode))
        findings_add(findings, "output.type", true, "the virt-v2v on %s has no output mode %s", sup->config.server, sup->config.output_mode);
}
