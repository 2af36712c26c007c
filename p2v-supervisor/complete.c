// SPDX-License-Identifier: GPL-2.0-or-later
//
// What was not given becomes what a conversion would take of the machine, by the same plan, and passes the same table as what was
// given.  What cannot be taken is told as a note.  Touches: standard output, to print it.
#include "p2v-supervisor/complete.h"

#include <inttypes.h>
#include <stdio.h>

#include "p2v-supervisor/choice.h"
#include "p2v-supervisor/conversion.h"
#include "p2v-supervisor/machine.h"
#include "proto/config-print.h"

static void warn(struct supervisor *sup, const struct error *err)
{
    conversion_note(sup, P2V__LEVEL__WARNING, "%s", err->text);
}

static void put(struct supervisor *sup, const char *key, const char *value)
{
    struct error err;
    if (value[0] != '\0' && config_set(&sup->config, key, value, &err) < 0)
        warn(sup, &err);
}

static void fill(struct supervisor *sup, const char *key, const void *field, const char *value)
{
    if (!config_given(&sup->config, field))
        put(sup, key, value);
}

static void fill_number(struct supervisor *sup, const char *key, const void *field, int64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, number);
    fill(sup, key, field, text);
}

static const char *yes_or_no(bool value) { return value ? "true" : "false"; }

static void fill_hardware(struct supervisor *sup, const struct machine_plan *plan)
{
    static const char *const basis[] = { "unknown", "utc", "localtime" };
    struct config *config = &sup->config;
    int32_t offset = plan->rtc.offset_seconds;
    fill(sup, "guestname", &config->name, plan->name);
    fill_number(sup, "vcpu.cores", &config->vcpus, plan->machine.vcpus);
    if (plan->machine.memory_bytes != 0)
        fill_number(sup, "memory", &config->memory, (int64_t)plan->machine.memory_bytes);
    fill(sup, "cpu.vendor", &config->cpu_vendor, plan->cpu.vendor);
    fill(sup, "cpu.model", &config->cpu_model, plan->cpu.model);
    fill(sup, "cpu.acpi", &config->acpi, yes_or_no(plan->cpu.acpi));
    fill(sup, "cpu.apic", &config->apic, yes_or_no(plan->cpu.apic));
    fill(sup, "cpu.pae", &config->pae, yes_or_no(plan->cpu.pae));
    fill(sup, "rtc.basis", &config->rtc_basis, basis[plan->rtc.basis]);
    fill_number(sup, "rtc.offset", &config->rtc_offset, offset % 3600 == 0 ? offset / 3600 : offset);    // hours where they are whole
}

static void fill_lists(struct supervisor *sup, const struct machine_plan *plan)
{
    const struct config *config = &sup->config;
    bool disks = config->disks.given, removable = config->removable.given, interfaces = config->interfaces.given;
    struct error err;
    size_t order[MAX_DISKS], count = 0;
    int chosen = choice_disks(sup, order, &count, &err);
    if (chosen != 0)
        warn(sup, &err);
    for (size_t i = 0; chosen >= 0 && !disks && i < count; i++)
        put(sup, "disks", choice_name(sup, order[i]));
    for (size_t i = 0; !removable && i < plan->machine.n_removables; i++)
        put(sup, "removable", plan->machine.removables[i]);
    for (size_t i = 0; !interfaces && i < plan->machine.n_nics; i++)
        put(sup, "interfaces", plan->machine.nics[i]->name);
    fill(sup, "network_map", &config->network, MACHINE_NETWORK);
}

void complete_config(struct supervisor *sup)
{
    static struct machine_plan plan;               // too large for the stack
    struct error err;
    if (machine_check(sup, &err) < 0)
        warn(sup, &err);
    machine_plan(sup, &plan);
    fill_hardware(sup, &plan);
    fill_lists(sup, &plan);
}

// ---- p2v.dump_config_and_exit --------------------------------------------------------------------------

void dump_prepare(void)
{
    static char buffer[BUFSIZ];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
}

void dump_config(struct supervisor *sup)
{
    complete_config(sup);
    config_dump(&sup->config, stdout);
    sup->outcome = fflush(stdout) != 0 || ferror(stdout) ? OUTCOME_FAILED : OUTCOME_DONE;
    sup->phase = PHASE_OVER;
}
