// SPDX-License-Identifier: GPL-2.0-or-later
//
// The inventory as a table for people.  Touches: standard output.
#include "p2v-inspect/print.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *or_unknown(const char *text) { return text[0] != '\0' ? text : "unknown"; }

// "500.1 GB" as disks are sold, "24 GiB" as memory is.
static void print_size(FILE *out, uint64_t bytes, unsigned unit, const char *const names[7])
{
    double size = (double)bytes;
    unsigned i = 0;
    for (; size >= unit && i < 6; i++)
        size /= unit;
    fprintf(out, i == 0 || size == (double)(uint64_t)size ? "%.0f %s" : "%.1f %s", size, names[i]);
}

static const char *const decimal[7] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
static const char *const binary[7] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };

static void print_machine(FILE *out, const P2v__Inventory *inventory)
{
    static const char *const firmware[] = { "unknown", "BIOS", "UEFI" };
    static const char *const secure_boot[] = { "", ", Secure Boot off", ", Secure Boot on" };
    static const char *const basis[] = { "unknown", "UTC", "local time" };
    const P2v__Cpu *cpu = inventory->cpu;
    fprintf(out, "Machine\n  host name     %s\n  architecture  %s\n  firmware      %s%s\n", or_unknown(inventory->hostname),
            inventory->architecture, firmware[inventory->firmware], secure_boot[inventory->secure_boot]);
    if (inventory->vendor[0] != '\0' || inventory->product[0] != '\0')
        fprintf(out, "  made by       %s %s\n", inventory->vendor, inventory->product);
    if (inventory->serial[0] != '\0')
        fprintf(out, "  serial number %s\n", inventory->serial);
    fprintf(out, "  CPU           %s, %u socket%s x %u core%s x %u thread%s = %u%s%s%s\n", or_unknown(cpu->vendor), cpu->sockets,
            cpu->sockets == 1 ? "" : "s", cpu->cores, cpu->cores == 1 ? "" : "s", cpu->threads, cpu->threads == 1 ? "" : "s",
            cpu->sockets * cpu->cores * cpu->threads, cpu->acpi ? ", acpi" : "", cpu->apic ? ", apic" : "", cpu->pae ? ", pae" : "");
    fprintf(out, "  memory        ");
    if (inventory->memory_bytes == 0)
        fprintf(out, "unknown");
    else
        print_size(out, inventory->memory_bytes, 1024, binary);
    fprintf(out, "\n  clock         %s", basis[inventory->rtc->basis]);
    if (inventory->rtc->offset_seconds != 0)
        fprintf(out, " and %d s", inventory->rtc->offset_seconds);
    fprintf(out, "\n");
}

// "2  ext4 "root", 10.5 GB": a partition; the whole disk has no number.
static void print_content(FILE *out, const P2v__Content *content)
{
    fprintf(out, "  %12s  ", "");
    if (content->partition > 0)
        fprintf(out, "%u: ", content->partition);
    print_size(out, content->size_bytes, 1000, decimal);
    fprintf(out, " %s", content->type[0] != '\0' ? content->type : content->partition_type);
    if (content->label[0] != '\0')
        fprintf(out, " \"%s\"", content->label);
    if (content->set[0] != '\0')
        fprintf(out, ", of %s %s", content->set_kind, content->set_name[0] != '\0' ? content->set_name : content->set);
    fprintf(out, "\n");
}

static void print_contents(FILE *out, const P2v__Contents *contents)
{
    if (contents->table[0] != '\0')
        fprintf(out, "  %12s  partition table %s%s\n", "", contents->table, contents->boots ? ", to start a machine from" : "");
    for (size_t i = 0; i < contents->n_contents; i++)
        print_content(out, contents->contents[i]);
}

static void print_disk(FILE *out, const struct findings *findings, const P2v__Disk *disk)
{
    fprintf(out, "  %-12s  ", disk->name);
    print_size(out, disk->size_bytes, 1000, decimal);
    fprintf(out, " (%" PRIu64 " bytes", disk->size_bytes);
    if (disk->logical_sector_bytes > 0 && disk->physical_sector_bytes > 0)
        fprintf(out, ", sectors of %u/%u", disk->logical_sector_bytes, disk->physical_sector_bytes);
    fprintf(out, ")%s%s%s%s", disk->transport[0] != '\0' ? ", " : "", disk->transport, disk->rotational ? ", rotating" : "",
            disk->read_only ? ", read-only" : "");
    if (disk->vendor[0] != '\0' || disk->model[0] != '\0')
        fprintf(out, "\n  %12s  %s%s%s", "", disk->vendor, disk->vendor[0] != '\0' && disk->model[0] != '\0' ? " " : "", disk->model);
    if (disk->serial[0] != '\0')
        fprintf(out, "\n  %12s  s/n %s", "", disk->serial);
    if (disk->wwn[0] != '\0')
        fprintf(out, "\n  %12s  wwn %s", "", disk->wwn);
    if (disk->same_as[0] != '\0')
        fprintf(out, "\n  %12s  another path to %s", "", disk->same_as);
    if (disk->carries_root)
        fprintf(out, "\n  %12s  it carries the running system (%s): it is not offered", "", disk->in_use);
    else if (disk->in_use[0] != '\0')
        fprintf(out, "\n  %12s  in use by the running system: %s", "", disk->in_use);
    fprintf(out, "\n");
    for (size_t i = 0; i < findings->contents_count; i++)
        if (strcmp(findings->contents[i]->name, disk->name) == 0)
            print_contents(out, findings->contents[i]);
}

static void print_nic(FILE *out, const P2v__Nic *nic)
{
    fprintf(out, "  %-12s  %s", nic->name, nic->mac);
    if (nic->driver[0] != '\0')
        fprintf(out, "  %s", nic->driver);
    if (nic->link != P2V__LINK__LINK_UNKNOWN)
        fprintf(out, "  link %s", nic->link == P2V__LINK__LINK_UP ? "up" : "down");
    if (nic->speed_mbits > 0)
        fprintf(out, "  %u Mb/s", nic->speed_mbits);
    if (nic->vendor[0] != '\0' && nic->product[0] != '\0')
        fprintf(out, "  %s%s%s", nic->vendor, strncmp(nic->vendor, "0x", 2) == 0 ? ":" : ", ", nic->product);
    fprintf(out, "\n");
}

static void print_all(FILE *out, const struct findings *findings)
{
    const P2v__Inventory *inventory = findings->inventory;
    if (inventory == NULL) {
        for (size_t i = 0; i < findings->contents_count; i++) {
            fprintf(out, "%s\n", findings->contents[i]->name);
            print_contents(out, findings->contents[i]);
        }
        return;
    }
    print_machine(out, inventory);
    fprintf(out, "\nDisks%s\n", inventory->n_disks == 0 ? "\n  none" : "");
    for (size_t i = 0; i < inventory->n_disks; i++)
        print_disk(out, findings, inventory->disks[i]);
    fprintf(out, "\nRemovable media%s\n", inventory->n_removables == 0 ? "\n  none" : "");
    for (size_t i = 0; i < inventory->n_removables; i++)
        fprintf(out, "  %-12s  %s\n", inventory->removables[i]->name, inventory->removables[i]->model);
    fprintf(out, "\nNetwork interfaces%s\n", inventory->n_nics == 0 ? "\n  none" : "");
    for (size_t i = 0; i < inventory->n_nics; i++)
        print_nic(out, inventory->nics[i]);
}

// Into memory first: stdio on a descriptor asks the kernel more than the policy allows.
int print_findings(const struct findings *findings, bool json)
{
    char *text = NULL;
    size_t size = 0, done = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return -1;
    (json ? print_json : print_all)(out, findings);
    int rc = fclose(out) == 0 ? 0 : -1;
    while (rc == 0 && done < size) {
        ssize_t n = write(STDOUT_FILENO, text + done, size - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            rc = -1;
    }
    int error = errno;
    free(text);
    errno = error;
    return rc;
}
