// SPDX-License-Identifier: GPL-2.0-or-later
//
// Errors and warnings before a conversion.  Pure memory.
#include "p2v-plan/findings.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/text.h"

#define VCPUS_MAX 255              // what a guest of qemu's usual machine types has at most without further settings
#define MEMORY_MIN (UINT64_C(256) << 20)
#define MEMORY_MAX (UINT64_C(4) << 40)

void findings_add(struct findings *findings, const char *name, enum finding kind, const char *format, ...)
{
    if (findings->count == MAX_FINDINGS)
        return;
    size_t n = findings->count++;
    va_list args;
    va_start(args, format);
    vsnprintf(findings->texts[n].text, sizeof findings->texts[n].text, format, args);
    va_end(args);
    text_clean_line(findings->texts[n].text);
    p2v__finding__init(&findings->all[n]);
    snprintf(findings->names[n], sizeof findings->names[n], "%s", name);
    findings->all[n].name = findings->names[n];
    findings->all[n].text = findings->texts[n].text;
    findings->all[n].error = kind == FINDING_ERROR;
    findings->all[n].advice = kind == FINDING_ADVICE;
    findings->pointers[n] = &findings->all[n];
    findings->errors += kind == FINDING_ERROR;
}

// What an operating system may lie on: a partition table, or a file system or a part of a set on the whole disk.
static bool may_hold_system(const P2v__Contents *contents)
{
    if (contents == NULL)
        return true;                       // it is not known
    for (size_t i = 0; i < contents->n_contents; i++)
        if (contents->contents[i]->type[0] != '\0')
            return true;
    return false;
}

static void find_disks(const struct facts *facts, const struct choice *choice, struct findings *findings)
{
    bool system = choice->verdict < 0;
    if (choice->verdict != 0)
        findings_add(findings, "disks", choice->verdict < 0 ? FINDING_ERROR : FINDING_WARNING, "%s", choice->why.text);
    for (size_t i = 0; i < choice->count; i++)
        system = system || may_hold_system(facts->contents[choice->disks[i]]);
    if (!system)
        findings_add(findings, "disks", FINDING_ADVICE,
                     "nothing is known to be on the chosen disks: the disk with the operating system must be one of them");
}

static bool offers(const P2v__Features *features, const char *mode)
{
    for (size_t i = 0; i < features->n_output_drivers; i++)
        if (strcmp(features->output_drivers[i], mode) == 0)
            return true;
    return false;
}

void findings_find(const struct facts *facts, const struct choice *choice, const struct machine_plan *plan, struct findings *findings)
{
    const P2v__Machine *machine = &plan->machine;
    struct error err;
    if (machine_check(facts, &err) < 0)
        findings_add(findings, "", FINDING_ERROR, "%s", err.text);
    find_disks(facts, choice, findings);
    if (machine->vcpus > VCPUS_MAX)
        findings_add(findings, "vcpu.cores", FINDING_ADVICE, "%u virtual CPUs are more than most hypervisors give a guest (%d)",
                     machine->vcpus, VCPUS_MAX);
    if (machine->memory_bytes < MEMORY_MIN || machine->memory_bytes > MEMORY_MAX)
        findings_add(findings, "memory", FINDING_ADVICE, "%" PRIu64 " MiB of memory are %s a guest usually has", machine->memory_bytes >> 20,
                     machine->memory_bytes < MEMORY_MIN ? "less than" : "more than");
    if (facts->features != NULL && facts->output_type[0] != '\0' && !offers(facts->features, facts->output_type))
        findings_add(findings, "output.type", FINDING_ERROR, "the virt-v2v on %s has no output mode %s",
                     facts->server[0] != '\0' ? facts->server : "the server", facts->output_type);
}
