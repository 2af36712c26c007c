// SPDX-License-Identifier: GPL-2.0-or-later
//
// What was not given becomes what a conversion would take of the machine, by the same plan, and passes the same table as what was
// given.  Pure memory.
#include "p2v-plan/complete.h"

#include <inttypes.h>
#include <stdio.h>

// Whose configuration is filled in, and who is told of what cannot be.
struct filling {
    struct config *config;
    void (*warn)(void *context, const struct error *err);
    void *context;
};

static void put(const struct filling *filling, const char *key, const char *value)
{
    struct error err;
    if (value[0] != '\0' && config_set(filling->config, key, value, &err) < 0)
        filling->warn(filling->context, &err);
}

static void fill(const struct filling *filling, const char *key, const void *field, const char *value)
{
    if (!config_given(filling->config, field))
        put(filling, key, value);
}

static void fill_number(const struct filling *filling, const char *key, const void *field, int64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, number);
    fill(filling, key, field, text);
}

static const char *yes_or_no(bool value) { return value ? "true" : "false"; }

static void fill_hardware(const struct filling *filling, const struct machine_plan *plan)
{
    static const char *const basis[] = { "unknown", "utc", "localtime" };
    const struct config *config = filling->config;
    int32_t offset = plan->rtc.offset_seconds;
    fill(filling, "guestname", &config->name, plan->name);
    fill_number(filling, "vcpu.cores", &config->vcpus, plan->machine.vcpus);
    if (plan->machine.memory_bytes != 0)
        fill_number(filling, "memory", &config->memory, (int64_t)plan->machine.memory_bytes);
    fill(filling, "cpu.vendor", &config->cpu_vendor, plan->cpu.vendor);
    fill(filling, "cpu.model", &config->cpu_model, plan->cpu.model);
    fill(filling, "cpu.acpi", &config->acpi, yes_or_no(plan->cpu.acpi));
    fill(filling, "cpu.apic", &config->apic, yes_or_no(plan->cpu.apic));
    fill(filling, "cpu.pae", &config->pae, yes_or_no(plan->cpu.pae));
    fill(filling, "rtc.basis", &config->rtc_basis, basis[plan->rtc.basis]);
    fill_number(filling, "rtc.offset", &config->rtc_offset, offset % 3600 == 0 ? offset / 3600 : offset);    // hours where they are whole
}

static void fill_lists(const struct filling *filling, const struct facts *facts, const struct choice *choice, const struct machine_plan *plan)
{
    const struct config *config = filling->config;
    bool disks = config->disks.given, removable = config->removable.given, interfaces = config->interfaces.given;
    for (size_t i = 0; choice->verdict >= 0 && !disks && i < choice->count; i++)
        put(filling, "disks", facts->inventory->disks[choice->disks[i]]->name);
    for (size_t i = 0; !removable && i < plan->machine.n_removables; i++)
        put(filling, "removable", plan->machine.removables[i]);
    for (size_t i = 0; !interfaces && i < plan->machine.n_nics; i++)
        put(filling, "interfaces", plan->machine.nics[i]->name);
    fill(filling, "network_map", &config->network, MACHINE_NETWORK);
}

void complete_config(struct facts *facts, const struct choice *choice, const struct machine_plan *plan,
                     void (*warn)(void *context, const struct error *err), void *context)
{
    const struct filling filling = { &facts->config, warn, context };
    fill_hardware(&filling, plan);
    fill_lists(&filling, facts, choice, plan);
}
