// SPDX-License-Identifier: GPL-2.0-or-later
//
// The machine as XML for virt-v2v, element by element by libxml2's writer.  Pure memory.
#include "p2v-transport/physical-xml.h"

#include <libxml/xmlwriter.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// The writer and whether anything failed, so that the document below reads like the document.
struct writer {
    xmlTextWriterPtr xml;
    bool failed;
};

static void note(struct writer *w, int rc) { w->failed |= rc < 0; }
static void begin(struct writer *w, const char *name) { note(w, xmlTextWriterStartElement(w->xml, BAD_CAST name)); }
static void end(struct writer *w) { note(w, xmlTextWriterEndElement(w->xml)); }

static void attribute(struct writer *w, const char *name, const char *value)
{
    note(w, xmlTextWriterWriteAttribute(w->xml, BAD_CAST name, BAD_CAST value));
}

static void number_attribute(struct writer *w, const char *name, unsigned long long value)
{
    note(w, xmlTextWriterWriteFormatAttribute(w->xml, BAD_CAST name, "%llu", value));
}

static void text_element(struct writer *w, const char *name, const char *text)
{
    note(w, xmlTextWriterWriteElement(w->xml, BAD_CAST name, BAD_CAST text));
}

static void empty_element(struct writer *w, const char *name)
{
    begin(w, name);
    end(w);
}

// Rounded down: never more than the machine has.
static void memory(struct writer *w, const char *name, uint64_t bytes)
{
    begin(w, name);
    attribute(w, "unit", "KiB");
    note(w, xmlTextWriterWriteFormatString(w->xml, "%llu", (unsigned long long)(bytes / 1024)));
    end(w);
}

static void cpu(struct writer *w, const P2v__Machine *machine)
{
    const P2v__Cpu *cpu = machine->cpu;
    begin(w, "cpu");
    attribute(w, "match", "minimum");
    if (cpu->vendor[0] != '\0')
        text_element(w, "vendor", cpu->vendor);
    if (cpu->model[0] != '\0') {
        begin(w, "model");
        attribute(w, "fallback", "allow");
        note(w, xmlTextWriterWriteString(w->xml, BAD_CAST cpu->model));
        end(w);
    }
    // A topology that does not make up the number of vCPUs that were asked for would contradict it.
    if ((uint64_t)cpu->sockets * cpu->cores * cpu->threads == machine->vcpus) {
        begin(w, "topology");
        number_attribute(w, "sockets", cpu->sockets);
        number_attribute(w, "cores", cpu->cores);
        number_attribute(w, "threads", cpu->threads);
        end(w);
    }
    end(w);
}

static void os(struct writer *w, const P2v__Machine *machine)
{
    begin(w, "os");
    if (machine->firmware == P2V__FIRMWARE__FIRMWARE_UEFI)
        attribute(w, "firmware", "efi");
    begin(w, "type");
    attribute(w, "arch", machine->architecture);
    note(w, xmlTextWriterWriteString(w->xml, BAD_CAST "hvm"));
    end(w);
    end(w);
}

static void clock_element(struct writer *w, const P2v__Rtc *rtc)
{
    if (rtc->basis == P2V__RTC_BASIS__RTC_UNKNOWN)
        return;
    begin(w, "clock");
    if (rtc->basis == P2V__RTC_BASIS__RTC_LOCALTIME) {
        attribute(w, "offset", "localtime");
    } else if (rtc->offset_seconds == 0) {
        attribute(w, "offset", "utc");
    } else {
        attribute(w, "offset", "variable");
        attribute(w, "basis", "utc");
        note(w, xmlTextWriterWriteFormatAttribute(w->xml, BAD_CAST "adjustment", "%d", rtc->offset_seconds));
    }
    end(w);
}

// virt-v2v takes NBD by the name "localhost" and a port only.
static void disk(struct writer *w, const P2v__MachineDisk *disk)
{
    begin(w, "disk");
    attribute(w, "type", "network");
    attribute(w, "device", "disk");
    begin(w, "driver");
    attribute(w, "name", "qemu");
    attribute(w, "type", "raw");
    end(w);
    begin(w, "source");
    attribute(w, "protocol", "nbd");
    begin(w, "host");
    attribute(w, "name", "localhost");
    number_attribute(w, "port", disk->port);
    end(w);
    end(w);
    begin(w, "target");
    attribute(w, "dev", disk->name);
    end(w);
    end(w);
}

static void cdrom(struct writer *w, const char *name)
{
    begin(w, "disk");
    attribute(w, "type", "network");
    attribute(w, "device", "cdrom");
    begin(w, "driver");
    attribute(w, "name", "qemu");
    attribute(w, "type", "raw");
    end(w);
    begin(w, "target");
    attribute(w, "dev", name);
    end(w);
    end(w);
}

static void nic(struct writer *w, const P2v__MachineNic *nic)
{
    begin(w, "interface");
    attribute(w, "type", "network");
    begin(w, "source");
    attribute(w, "network", nic->network);
    end(w);
    if (nic->name[0] != '\0') {
        begin(w, "target");
        attribute(w, "dev", nic->name);
        end(w);
    }
    begin(w, "mac");
    attribute(w, "address", nic->mac);
    end(w);
    if (nic->model[0] != '\0') {
        begin(w, "model");
        attribute(w, "type", nic->model);
        end(w);
    }
    end(w);
}

static void domain(struct writer *w, const P2v__Machine *machine)
{
    begin(w, "domain");
    attribute(w, "type", "physical");
    text_element(w, "name", machine->name);
    memory(w, "memory", machine->memory_bytes);
    memory(w, "currentMemory", machine->memory_bytes);
    note(w, xmlTextWriterWriteFormatElement(w->xml, BAD_CAST "vcpu", "%u", machine->vcpus));
    cpu(w, machine);
    os(w, machine);
    begin(w, "features");
    if (machine->cpu->acpi)
        empty_element(w, "acpi");
    if (machine->cpu->apic)
        empty_element(w, "apic");
    if (machine->cpu->pae)
        empty_element(w, "pae");
    end(w);
    clock_element(w, machine->rtc);
    begin(w, "devices");
    for (size_t i = 0; i < machine->n_disks; i++)
        disk(w, machine->disks[i]);
    for (size_t i = 0; i < machine->n_removables; i++)
        cdrom(w, machine->removables[i]);
    for (size_t i = 0; i < machine->n_nics; i++)
        nic(w, machine->nics[i]);
    end(w);
    end(w);
}

char *physical_xml(const P2v__Machine *machine, size_t *size)
{
    xmlBufferPtr buffer = xmlBufferCreate();
    struct writer w = { .xml = buffer != NULL ? xmlNewTextWriterMemory(buffer, 0) : NULL };
    char *copy = NULL;
    if (w.xml != NULL) {
        note(&w, xmlTextWriterSetIndent(w.xml, 1));
        note(&w, xmlTextWriterStartDocument(w.xml, NULL, "UTF-8", NULL));
        note(&w, xmlTextWriterWriteComment(w.xml, BAD_CAST " virt-p2v: for virt-v2v -i libvirtxml only, never for libvirt "));
        domain(&w, machine);
        note(&w, xmlTextWriterEndDocument(w.xml));
        xmlFreeTextWriter(w.xml);          // writes what it still holds into the buffer
        if (!w.failed && (copy = strdup((const char *)xmlBufferContent(buffer))) != NULL)
            *size = strlen(copy);
    }
    if (buffer != NULL)
        xmlBufferFree(buffer);
    return copy;
}
