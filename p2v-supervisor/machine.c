// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the machine is and what the person asked for -> what is to be converted.  Pure memory.
#include "p2v-supervisor/machine.h"

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

// ---- the other lists -----------------------------------------------------------------------------------

bool machine_zeroes_bad(const struct supervisor *sup)
{
    return sup->config.read_errors != NULL && strcmp(sup->config.read_errors, "zero") == 0;
}

int machine_check(const struct supervisor *sup, struct error *err)
{
    const P2v__Inventory *inventory = sup->inventory.envelope->inventory;
    if (machine_zeroes_bad(sup) && sup->nbd != NULL && sup->nbd->family != NBD_BUILTIN)
        return error_set(err, "p2v.read_errors=zero is not for --nbd=%s: the builtin server alone does it", sup->nbd->name);
    if (sup->config.memory == 0 && inventory->memory_bytes < config_find("memory")->minimum)       // or says what cannot be
        return error_set(err, "the machine does not say how much memory it has: set p2v.memory, as in p2v.memory=4G");
    for (size_t i = 0; i < sup->config.removable.count; i++) {
        bool found = false;
        for (size_t j = 0; j < inventory->n_removables; j++)
            found = found || strcmp(inventory->removables[j]->name, sup->config.removable.items[i]) == 0;
        if (!found)
            return error_set(err, "the removable drive %s of p2v.removable is not there", sup->config.removable.items[i]);
    }
    for (size_t i = 0; i < sup->config.interfaces.count; i++) {
        bool found = false;
        for (size_t j = 0; j < inventory->n_nics; j++)
            found = found || strcmp(inventory->nics[j]->name, sup->config.interfaces.items[i]) == 0;
        if (!found)
            return error_set(err, "the network interface %s of p2v.interfaces is not there", sup->config.interfaces.items[i]);
    }
    return 0;
}

// "em1:target" for this interface, else the target that stands alone, else "default".
static char *network_of(const struct supervisor *sup, const char *interface)
{
    static char fallback[] = MACHINE_NETWORK;
    char *target = fallback;
    size_t length = strlen(interface);
    for (size_t i = 0; i < sup->config.network.count; i++) {
        char *item = sup->config.network.items[i];
        if (strncmp(item, interface, length) == 0 && item[length] == ':')
            return item + length + 1;
        if (strchr(item, ':') == NULL)
            target = item;
    }
    return target;
}

static void plan_nics(const struct supervisor *sup, struct machine_plan *plan)
{
    const P2v__Inventory *inventory = sup->inventory.envelope->inventory;
    size_t count = 0;
    for (size_t i = 0; i < inventory->n_nics && count < MAX_NICS; i++) {
        const P2v__Nic *nic = inventory->nics[i];
        if (sup->config.interfaces.given && !contains(&sup->config.interfaces, nic->name))
            continue;
        p2v__machine_nic__init(&plan->nics[count]);
        plan->nics[count].name = nic->name;
        plan->nics[count].mac = nic->mac;
        plan->nics[count].network = network_of(sup, nic->name);
        plan->nic_pointers[count] = &plan->nics[count];
        count++;
    }
    plan->machine.nics = plan->nic_pointers;
    plan->machine.n_nics = count;
}

static void plan_removables(const struct supervisor *sup, struct machine_plan *plan)
{
    const P2v__Inventory *inventory = sup->inventory.envelope->inventory;
    size_t count = 0;
    for (size_t i = 0; i < inventory->n_removables && count < MAX_REMOVABLES; i++) {
        char *name = inventory->removables[i]->name;
        if (!sup->config.removable.given || contains(&sup->config.removable, name))
            plan->removables[count++] = name;
    }
    plan->machine.removables = plan->removables;
    plan->machine.n_removables = count;
}

// ---- name, CPU -----------------------------------------------------------------------------------------

// The configured name; else the host's with what a guest's name cannot have replaced; else one made up.
static void plan_name(const struct supervisor *sup, struct machine_plan *plan)
{
    const char *source = sup->config.name != NULL ? sup->config.name : sup->inventory.envelope->inventory->hostname;
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

static void plan_cpu(const struct supervisor *sup, struct machine_plan *plan)
{
    const struct config *config = &sup->config;
    P2v__Cpu *cpu = &plan->cpu;
    *cpu = *sup->inventory.envelope->inventory->cpu;
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

static void plan_rtc(const struct supervisor *sup, struct machine_plan *plan)
{
    const struct config *config = &sup->config;
    plan->rtc = *sup->inventory.envelope->inventory->rtc;
    if (config->rtc_basis != NULL)
        plan->rtc.basis = config->rtc_basis[0] == 'l' ? P2V__RTC_BASIS__RTC_LOCALTIME :
                          strcmp(config->rtc_basis, "utc") == 0 ? P2V__RTC_BASIS__RTC_UTC : P2V__RTC_BASIS__RTC_UNKNOWN;
    int32_t offset = (int32_t)config->rtc_offset;
    if (config_given(config, &config->rtc_offset))     // no clock is a few seconds off, nor hundreds of hours
        plan->rtc.offset_seconds = offset >= -24 && offset <= 24 ? offset * 3600 : offset;
    plan->machine.rtc = &plan->rtc;
}

void machine_plan(const struct supervisor *sup, struct machine_plan *plan)
{
    const P2v__Inventory *inventory = sup->inventory.envelope->inventory;
    *plan = (struct machine_plan){ 0 };
    p2v__machine__init(&plan->machine);
    plan->machine.architecture = inventory->architecture;
    plan->machine.memory_bytes = sup->config.memory != 0 ? sup->config.memory : inventory->memory_bytes;
    plan_rtc(sup, plan);
    plan->machine.firmware = inventory->firmware;
    plan_name(sup, plan);
    plan_cpu(sup, plan);
    for (size_t i = 0; i < sup->disk_count; i++) {
        p2v__machine_disk__init(&plan->disks[i]);
        plan->disks[i].name = (char *)sup->disks[i].name;
        plan->disks[i].port = sup->ports[i];
        plan->disk_pointers[i] = &plan->disks[i];
    }
    plan->machine.disks = plan->disk_pointers;
    plan->machine.n_disks = sup->disk_count;
    plan_removables(sup, plan);
    plan_nics(sup, plan);
}
