// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the machine is and what the person asked for -> what is to be converted.  Pure memory.
#include "p2v-plan/machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "proto/text.h"

static bool contains(const struct config_list *list, const char *item)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], item) == 0)
            return true;
    return false;
}

// ---- drives and interfaces -----------------------------------------------------------------------------

int machine_check(const struct facts *facts, struct error *err)
{
    const P2v__Inventory *inventory = facts->inventory;
    if (facts->config.memory == 0 && inventory->memory_bytes < config_find("memory")->minimum)       // or says what cannot be
        return error_set(err, "the machine does not say how much memory it has: set p2v.memory, as in p2v.memory=4G");
    for (size_t i = 0; i < facts->config.removable.count; i++) {
        bool found = false;
        for (size_t j = 0; j < inventory->n_removables; j++)
            found = found || strcmp(inventory->removables[j]->name, facts->config.removable.items[i]) == 0;
        if (!found)
            return error_set(err, "the removable drive %s of p2v.removable is not there", facts->config.removable.items[i]);
    }
    for (size_t i = 0; i < facts->config.interfaces.count; i++) {
        bool found = false;
        for (size_t j = 0; j < inventory->n_nics; j++)
            found = found || strcmp(inventory->nics[j]->name, facts->config.interfaces.items[i]) == 0;
        if (!found)
            return error_set(err, "the network interface %s of p2v.interfaces is not there", facts->config.interfaces.items[i]);
    }
    return 0;
}

// "em1:target" for this interface, else the target that stands alone, else "default".
static char *network_of(const struct facts *facts, const char *interface)
{
    static char fallback[] = MACHINE_NETWORK;
    char *target = fallback;
    size_t length = strlen(interface);
    for (size_t i = 0; i < facts->config.network.count; i++) {
        char *item = facts->config.network.items[i];
        if (strncmp(item, interface, length) == 0 && item[length] == ':')
            return item + length + 1;
        if (strchr(item, ':') == NULL)
            target = item;
    }
    return target;
}

static void plan_nics(const struct facts *facts, struct machine_plan *plan)
{
    const P2v__Inventory *inventory = facts->inventory;
    size_t count = 0;
    for (size_t i = 0; i < inventory->n_nics && count < MAX_NICS; i++) {
        const P2v__Nic *nic = inventory->nics[i];
        if (facts->config.interfaces.given && !contains(&facts->config.interfaces, nic->name))
            continue;
        p2v__machine_nic__init(&plan->nics[count]);
        plan->nics[count].name = nic->name;
        plan->nics[count].mac = nic->mac;
        plan->nics[count].network = network_of(facts, nic->name);
        plan->nic_pointers[count] = &plan->nics[count];
        count++;
    }
    plan->machine.nics = plan->nic_pointers;
    plan->machine.n_nics = count;
}

static void plan_removables(const struct facts *facts, struct machine_plan *plan)
{
    const P2v__Inventory *inventory = facts->inventory;
    size_t count = 0;
    for (size_t i = 0; i < inventory->n_removables && count < MAX_REMOVABLES; i++) {
        char *name = inventory->removables[i]->name;
        if (!facts->config.removable.given || contains(&facts->config.removable, name))
            plan->removables[count++] = name;
    }
    plan->machine.removables = plan->removables;
    plan->machine.n_removables = count;
}

// ---- name, CPU -----------------------------------------------------------------------------------------

// The configured name; else the host's with what a guest's name cannot have replaced; else one made up.
static void plan_name(const struct facts *facts, struct machine_plan *plan)
{
    const char *source = facts->config.name != NULL ? facts->config.name : facts->inventory->hostname;
    snprintf(plan->name, sizeof plan->name, "%s", source);
    for (char *p = plan->name; *p != '\0'; p++) {
        const char one[] = { 'a', *p, '\0' };
        if (!text_is_guest_name(one) && *p != ' ')
            *p = '-';
    }
    if (!text_is_guest_name(plan->name)) {
        uint32_t random = 0;
        // Short of entropy at boot it may fail: then the name is p2v-00000000, still a valid one.
        (void)!getrandom(&random, sizeof random, GRND_NONBLOCK);
        snprintf(plan->name, sizeof plan->name, "p2v-%08x", random);
    }
    plan->machine.name = plan->name;
}

static void plan_cpu(const struct facts *facts, struct machine_plan *plan)
{
    const struct config *config = &facts->config;
    P2v__Cpu *cpu = &plan->cpu;
    *cpu = *facts->inventory->cpu;
    uint64_t vcpus = (uint64_t)cpu->sockets * cpu->cores * cpu->threads;
    if (!config->phys_topo) {                      // as the manual has it: cores of one socket
        vcpus = config->vcpus != 0 ? config->vcpus : vcpus;
        cpu->cores = (uint32_t)(vcpus <= 65536 ? vcpus : 65536);
        cpu->sockets = cpu->threads = 1;
    }
    plan->machine.vcpus = (uint32_t)(vcpus <= 65536 ? vcpus : 65536);
    if (config->cpu_vendor != NULL)
        cpu->vendor = config->cpu_vendor;
    if (config->cpu_model != NULL)
        cpu->model = config->cpu_model;
    cpu->acpi = config_given(config, &config->acpi) ? config->acpi : cpu->acpi;
    cpu->apic = config_given(config, &config->apic) ? config->apic : cpu->apic;
    cpu->pae = config_given(config, &config->pae) ? config->pae : cpu->pae;
    plan->machine.cpu = cpu;
}

static void plan_rtc(const struct facts *facts, struct machine_plan *plan)
{
    const struct config *config = &facts->config;
    plan->rtc = *facts->inventory->rtc;
    if (config->rtc_basis != NULL)
        plan->rtc.basis = config->rtc_basis[0] == 'l' ? P2V__RTC_BASIS__RTC_LOCALTIME :
                          strcmp(config->rtc_basis, "utc") == 0 ? P2V__RTC_BASIS__RTC_UTC : P2V__RTC_BASIS__RTC_UNKNOWN;
    int32_t offset = (int32_t)config->rtc_offset;
    if (config_given(config, &config->rtc_offset))     // no clock is a few seconds off, nor hundreds of hours
        plan->rtc.offset_seconds = offset >= -24 && offset <= 24 ? offset * 3600 : offset;
    plan->machine.rtc = &plan->rtc;
}

void machine_plan(const struct facts *facts, struct machine_plan *plan)
{
    const P2v__Inventory *inventory = facts->inventory;
    *plan = (struct machine_plan){ 0 };
    p2v__machine__init(&plan->machine);
    plan->machine.architecture = inventory->architecture;
    plan->machine.memory_bytes = facts->config.memory != 0 ? facts->config.memory : inventory->memory_bytes;
    plan_rtc(facts, plan);
    plan->machine.firmware = inventory->firmware;
    plan_name(facts, plan);
    plan_cpu(facts, plan);
    plan_removables(facts, plan);
    plan_nics(facts, plan);
}
