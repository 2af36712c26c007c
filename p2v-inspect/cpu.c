// SPDX-License-Identifier: GPL-2.0-or-later
//
// The processor: vendor, topology, features.  Touches: sys/devices/system/cpu and proc/cpuinfo of the tree.
#include <stdio.h>
#include <string.h>

#include "p2v-inspect/inventory.h"
#include "p2v-inspect/names.h"
#include "proto/text.h"

#define MAX_CORES 4096             // of the whole machine

struct core {
    int package, die, id;
};

// What is known of all processors that are online.
struct topology {
    struct inspection *in;
    size_t logical;                // processors, threads counted
    size_t count;                  // distinct cores, sorted
    struct core cores[MAX_CORES];
};

// ---- topology ------------------------------------------------------------------------------------------

static int compare(const struct core *a, const struct core *b)
{
    int order = (a->package > b->package) - (a->package < b->package);
    if (order == 0)
        order = (a->die > b->die) - (a->die < b->die);
    return order != 0 ? order : (a->id > b->id) - (a->id < b->id);
}

static void add_core(struct topology *topology, const struct core *core)
{
    size_t low = 0, high = topology->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare(core, &topology->cores[middle]) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    topology->logical++;
    bool known = low < topology->count && compare(core, &topology->cores[low]) == 0;
    if (known || topology->count == MAX_CORES)
        return;
    memmove(&topology->cores[low + 1], &topology->cores[low], (topology->count - low) * sizeof *core);
    topology->cores[low] = *core;
    topology->count++;
}

// Small numbers; some architectures say -1 for "there is no such thing".
static bool read_id(struct topology *topology, const char *cpu, const char *file, int *id)
{
    char path[TREE_PATH_MAX], text[16];
    uint64_t number;
    if (snprintf(path, sizeof path, "sys/devices/system/cpu/%s/topology/%s", cpu, file) >= (int)sizeof path ||
        tree_read_line(topology->in->root, path, text, sizeof text) != TREE_READ)
        return false;
    if (strcmp(text, "-1") == 0)
        *id = -1;
    else if (tree_number(text, &number) && number < 1 << 30)
        *id = (int)number;
    else
        return false;
    return true;
}

static bool visit_cpu(const char *name, void *context)
{
    struct topology *topology = context;
    struct core core = { 0 };
    // A processor that is not online has no topology.
    if (name_is_cpu(name) && read_id(topology, name, "physical_package_id", &core.package) &&
        read_id(topology, name, "core_id", &core.id)) {
        if (!read_id(topology, name, "die_id", &core.die))
            core.die = 0;                      // kernels before 5.2
        add_core(topology, &core);
    }
    return true;
}

static size_t packages_of(const struct topology *topology)
{
    size_t packages = 0;
    for (size_t i = 0; i < topology->count; i++)
        packages += i == 0 || topology->cores[i].package != topology->cores[i - 1].package;
    return packages;
}

// sockets x cores x threads must be the number of processors, because the guest gets that many.  A machine that is not
// that regular (processors of two kinds, some offline) is told as cores alone.
static void set_topology(P2v__Cpu *cpu, size_t logical, size_t cores, size_t sockets)
{
    if (logical == 0 || logical > 65536)
        return;
    bool regular = sockets > 0 && cores > 0 && sockets <= 4096 && cores % sockets == 0 && logical % cores == 0 && logical / cores <= 64;
    if (!regular && (sockets == 0 || sockets > 4096 || logical % sockets != 0))
        sockets = 1;
    cpu->sockets = (uint32_t)sockets;
    cpu->cores = (uint32_t)((regular ? cores : logical) / sockets);
    cpu->threads = (uint32_t)(regular ? logical / cores : 1);
}

// ---- /proc/cpuinfo -------------------------------------------------------------------------------------

static const struct { const char *said, *libvirt; } vendors[] = {
    { "GenuineIntel", "Intel" }, { "AuthenticAMD", "AMD" }, { "HygonGenuine", "Hygon" },
};

static bool has_word(char *words, const char *word)
{
    char *rest = NULL;
    for (char *w = strtok_r(words, " \t", &rest); w != NULL; w = strtok_r(NULL, " \t", &rest))
        if (strcmp(w, word) == 0)
            return true;
    return false;
}

static void take_flags(P2v__Cpu *cpu, const char *flags)
{
    char copy[8192];
    snprintf(copy, sizeof copy, "%s", flags);
    cpu->apic = has_word(copy, "apic");
    snprintf(copy, sizeof copy, "%s", flags);
    cpu->pae = has_word(copy, "pae");
}

static void take_vendor(struct inventory *inventory, const char *said)
{
    for (size_t i = 0; i < sizeof vendors / sizeof vendors[0]; i++)
        if (strcmp(said, vendors[i].said) == 0)
            snprintf(inventory->cpu_vendor, sizeof inventory->cpu_vendor, "%s", vendors[i].libvirt);
}

// One "key : value" line.  All processors say the same of vendor and flags: the first counts.  The ids are the fallback
// where sysfs has no topology.
static void take_line(struct topology *topology, struct core *core, bool *first, char *line)
{
    char *colon = strchr(line, ':');
    uint64_t number;
    if (colon == NULL)
        return;
    *colon = '\0';
    char *key = tree_trim(line), *value = tree_trim(colon + 1);
    if (strcmp(key, "processor") == 0) {
        *first = topology->logical == 0;
        topology->logical++;
    } else if (strcmp(key, "vendor_id") == 0 && *first) {
        take_vendor(topology->in->inventory, value);
    } else if (strcmp(key, "model name") == 0 && *first) {
        snprintf(topology->in->inventory->cpu_name, sizeof topology->in->inventory->cpu_name, "%s", value);
        text_clean_line(topology->in->inventory->cpu_name);
    } else if (strcmp(key, "flags") == 0 && *first) {
        take_flags(&topology->in->inventory->cpu, value);
    } else if (strcmp(key, "physical id") == 0 && tree_number(value, &number) && number < 1 << 30) {
        core->package = (int)number;
    } else if (strcmp(key, "core id") == 0 && tree_number(value, &number) && number < 1 << 30) {
        core->id = (int)number;
        add_core(topology, core);
        topology->logical--;               // "processor" has counted it
    }
}

static void read_cpuinfo(struct topology *topology)
{
    struct tree_lines lines;
    if (!tree_lines_open(&lines, topology->in->root, "proc/cpuinfo"))
        return;
    struct core core = { 0 };
    bool first = true;
    for (char *line; (line = tree_next_line(&lines)) != NULL;)
        take_line(topology, &core, &first, line);
    tree_lines_close(&lines);
}

// ---- all of it -----------------------------------------------------------------------------------------

void inspect_cpu(struct inspection *in)
{
    P2v__Cpu *cpu = &in->inventory->cpu;
    struct topology told = { .in = in };
    read_cpuinfo(&told);
    struct topology topology = { .in = in };
    tree_each(in->root, "sys/devices/system/cpu", visit_cpu, &topology);
    const struct topology *best = topology.logical > 0 ? &topology : &told;
    if (best->logical == 0)
        inspect_note(in, "the number of processors is unknown: one is assumed");
    set_topology(cpu, best->logical, best->count, packages_of(best));
    cpu->acpi = tree_exists(in->root, "sys/firmware/acpi");
}
