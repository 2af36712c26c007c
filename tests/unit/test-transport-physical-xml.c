// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-transport/physical-xml.c: what virt-v2v finds in the XML, by XPath.
#include "p2v-transport/physical-xml.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    P2v__Machine machine;
    P2v__Cpu cpu;
    P2v__Rtc rtc;
    P2v__MachineDisk disks[2], *disk_list[2];
    P2v__MachineNic nics[2], *nic_list[2];
    char *removables[1];
};

#define TEXT(S) ((char *)(uintptr_t)(S))

static struct fixture *make(void)
{
    static struct fixture f;
    f = (struct fixture){ .machine = P2V__MACHINE__INIT, .cpu = P2V__CPU__INIT, .rtc = P2V__RTC__INIT,
                          .disks = { P2V__MACHINE_DISK__INIT, P2V__MACHINE_DISK__INIT },
                          .nics = { P2V__MACHINE_NIC__INIT, P2V__MACHINE_NIC__INIT }, .removables = { TEXT("sr0") } };
    f.machine.name = TEXT("web server"), f.machine.architecture = TEXT("x86_64");
    f.machine.memory_bytes = UINT64_C(24) << 30, f.machine.vcpus = 8, f.machine.cpu = &f.cpu, f.machine.rtc = &f.rtc;
    f.cpu.vendor = TEXT("Intel"), f.cpu.model = TEXT("Haswell"), f.cpu.sockets = 1, f.cpu.cores = 4, f.cpu.threads = 2;
    f.cpu.acpi = f.cpu.pae = 1;
    f.rtc.basis = P2V__RTC_BASIS__RTC_UTC;
    f.disks[0].name = TEXT("sda"), f.disks[0].port = 40001, f.disks[1].name = TEXT("nvme0n1"), f.disks[1].port = 65535;
    f.nics[0].mac = TEXT("52:54:00:12:34:56"), f.nics[0].network = TEXT("default");
    f.nics[1].mac = TEXT("52:54:00:12:34:57"), f.nics[1].network = TEXT("<&\">'"), f.nics[1].model = TEXT("e1000");
    f.nics[0].name = TEXT("em1");
    for (int i = 0; i < 2; i++)
        f.disk_list[i] = &f.disks[i], f.nic_list[i] = &f.nics[i];
    f.machine.disks = f.disk_list, f.machine.n_disks = 2, f.machine.nics = f.nic_list, f.machine.n_nics = 2;
    f.machine.removables = f.removables, f.machine.n_removables = 1;
    return &f;
}

// The value of an XPath expression in the machine's document.
static void assert_xpath(const struct fixture *f, const char *path, const char *wanted)
{
    size_t size = 0;
    char *text = physical_xml(&f->machine, &size);
    assert_non_null(text);
    assert_int_equal(size, strlen(text));
    xmlDocPtr doc = xmlReadMemory(text, (int)size, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
    assert_non_null(doc);
    xmlXPathContextPtr context = xmlXPathNewContext(doc);
    xmlXPathObjectPtr object = xmlXPathEvalExpression(BAD_CAST path, context);
    assert_non_null(object);
    xmlChar *got = xmlXPathCastToString(object);
    assert_string_equal((char *)got, wanted);
    xmlFree(got);
    xmlXPathFreeObject(object);
    xmlXPathFreeContext(context);
    xmlFreeDoc(doc);
    free(text);
}

static void the_machine_is_described(void **state)
{
    (void)state;
    const struct fixture *f = make();
    assert_xpath(f, "/domain/@type", "physical");
    assert_xpath(f, "/domain/name", "web server");
    assert_xpath(f, "/domain/memory[@unit='KiB']", "25165824");
    assert_xpath(f, "/domain/currentMemory[@unit='KiB']", "25165824");
    assert_xpath(f, "/domain/vcpu", "8");
    assert_xpath(f, "/domain/cpu/vendor", "Intel");
    assert_xpath(f, "/domain/cpu/model", "Haswell");
    assert_xpath(f, "concat(/domain/cpu/topology/@sockets,'/',/domain/cpu/topology/@cores,'/',/domain/cpu/topology/@threads)", "1/4/2");
    assert_xpath(f, "/domain/os/type[.='hvm']/@arch", "x86_64");
    assert_xpath(f, "count(/domain/features/acpi)", "1");
    assert_xpath(f, "count(/domain/features/apic)", "0");
    assert_xpath(f, "count(/domain/features/pae)", "1");
}

static void memory_is_not_rounded_up(void **state)
{
    (void)state;
    struct fixture *f = make();
    f->machine.memory_bytes = 1234567 * UINT64_C(1024) + 1023;
    assert_xpath(f, "/domain/memory", "1234567");
}

static void a_topology_that_contradicts_the_vcpus_is_left_out(void **state)
{
    (void)state;
    struct fixture *f = make();
    f->machine.vcpus = 3;
    assert_xpath(f, "count(/domain/cpu/topology)", "0");
}

static void an_unknown_cpu_is_not_named(void **state)
{
    (void)state;
    struct fixture *f = make();
    f->cpu.vendor = f->cpu.model = TEXT("");
    assert_xpath(f, "count(/domain/cpu/vendor | /domain/cpu/model)", "0");
}

static void disks_are_nbd_on_localhost(void **state)
{
    (void)state;
    const struct fixture *f = make();
    assert_xpath(f, "count(/domain/devices/disk[@device='disk'][@type='network'][source/@protocol='nbd'][source/host/@name='localhost'])", "2");
    assert_xpath(f, "/domain/devices/disk[target/@dev='sda']/source/host/@port", "40001");
    assert_xpath(f, "/domain/devices/disk[target/@dev='nvme0n1']/source/host/@port", "65535");
    assert_xpath(f, "/domain/devices/disk[@device='cdrom']/target/@dev", "sr0");
}

static void interfaces_have_mac_network_and_model(void **state)
{
    (void)state;
    const struct fixture *f = make();
    assert_xpath(f, "/domain/devices/interface[mac/@address='52:54:00:12:34:56']/source/@network", "default");
    assert_xpath(f, "count(/domain/devices/interface[mac/@address='52:54:00:12:34:56']/model)", "0");
    assert_xpath(f, "/domain/devices/interface[mac/@address='52:54:00:12:34:56']/target/@dev", "em1");
    assert_xpath(f, "count(/domain/devices/interface[mac/@address='52:54:00:12:34:57']/target)", "0");
    assert_xpath(f, "/domain/devices/interface[mac/@address='52:54:00:12:34:57']/model/@type", "e1000");
}

static void characters_of_xml_are_kept_as_text(void **state)
{
    (void)state;
    struct fixture *f = make();
    assert_xpath(f, "/domain/devices/interface[mac/@address='52:54:00:12:34:57']/source/@network", "<&\">'");
    f->machine.name = TEXT("</name><x>&amp;\"]]>ü");
    f->cpu.model = TEXT("<!-- & -->");
    assert_xpath(f, "/domain/name", "</name><x>&amp;\"]]>ü");
    assert_xpath(f, "/domain/cpu/model", "<!-- & -->");
    assert_xpath(f, "count(//x)", "0");
}

static void the_clock_is_utc_local_or_off(void **state)
{
    (void)state;
    struct fixture *f = make();
    assert_xpath(f, "/domain/clock/@offset", "utc");
    f->rtc.offset_seconds = -3600;
    assert_xpath(f, "concat(/domain/clock/@offset,/domain/clock/@basis,/domain/clock/@adjustment)", "variableutc-3600");
    f->rtc.basis = P2V__RTC_BASIS__RTC_LOCALTIME;
    assert_xpath(f, "/domain/clock/@offset", "localtime");
    f->rtc.basis = P2V__RTC_BASIS__RTC_UNKNOWN;
    assert_xpath(f, "count(/domain/clock)", "0");
}

static void uefi_is_said(void **state)
{
    (void)state;
    struct fixture *f = make();
    assert_xpath(f, "count(/domain/os/@firmware)", "0");
    f->machine.firmware = P2V__FIRMWARE__FIRMWARE_UEFI;
    assert_xpath(f, "/domain/os/@firmware", "efi");
}

// ---- documents for the real virt-v2v, and what it must make of them: physical-xml.t ---------------------

static void write_case(const char *folder, int number, const struct fixture *f)
{
    const P2v__Machine *m = &f->machine;
    char path[4096];
    size_t size;
    char *text = physical_xml(m, &size);
    snprintf(path, sizeof path, "%s/%02d.xml", folder, number);
    FILE *out = fopen(path, "we");
    if (text == NULL || out == NULL || fwrite(text, 1, size, out) != size || fclose(out) != 0)
        abort();
    free(text);
    snprintf(path, sizeof path, "%s/%02d.expected", folder, number);
    out = fopen(path, "we");
    if (out == NULL)
        abort();
    fprintf(out, "source name: %s\nmemory: %llu (bytes)\nnr vCPUs: %u\nCPU vendor: %s\nCPU model: %s\nCPU topology: ", m->name,
            (unsigned long long)(m->memory_bytes / 1024 * 1024), m->vcpus, f->cpu.vendor, f->cpu.model);
    if (f->cpu.sockets * f->cpu.cores * f->cpu.threads == m->vcpus)
        fprintf(out, "sockets: %u cores/socket: %u threads/core: %u", f->cpu.sockets, f->cpu.cores, f->cpu.threads);
    fprintf(out, "\nCPU features: %s%s%s%s%s\n", f->cpu.acpi ? "acpi" : "", f->cpu.acpi && (f->cpu.apic || f->cpu.pae) ? "," : "",
            f->cpu.apic ? "apic" : "", f->cpu.apic && f->cpu.pae ? "," : "", f->cpu.pae ? "pae" : "");
    fprintf(out, "firmware: %s\n", m->firmware == P2V__FIRMWARE__FIRMWARE_UEFI ? "uefi" : "unknown");
    for (size_t i = 0; i < m->n_disks; i++)
        fprintf(out, "%zu\n", i);
    for (size_t i = 0; i < m->n_removables; i++)
        fprintf(out, "CD-ROM in slot %zu\n", i);
    for (size_t i = 0; i < m->n_nics; i++)
        fprintf(out, "Network \"%s\" mac: %s%s%s%s\n", m->nics[i]->network, m->nics[i]->mac, m->nics[i]->model[0] != '\0' ? " [" : "",
                m->nics[i]->model, m->nics[i]->model[0] != '\0' ? "]" : "");
    if (fclose(out) != 0)
        abort();
}

// Each bit of the number is one way in which machines differ.
static int write_cases(const char *folder, unsigned port)
{
    for (int n = 0; n < 16; n++) {
        struct fixture *f = make();
        f->disks[0].port = f->disks[1].port = port;
        f->cpu.acpi = n & 1, f->cpu.apic = n >> 1 & 1, f->cpu.pae = n >> 2 & 1;
        f->machine.firmware = n & 1 ? P2V__FIRMWARE__FIRMWARE_UEFI : n & 2 ? P2V__FIRMWARE__FIRMWARE_BIOS : P2V__FIRMWARE__FIRMWARE_UNKNOWN;
        f->machine.n_disks = n & 2 ? 2 : 1;
        f->machine.n_nics = (size_t)(n % 3);
        f->machine.n_removables = n >> 3 & 1;
        f->rtc.basis = (P2v__RtcBasis)(n % 3), f->rtc.offset_seconds = n & 4 ? -3600 : 0;
        f->nics[1].model = TEXT(n & 8 ? "virtio" : "e1000");
        f->nics[1].network = TEXT(n & 1 ? "a <b> & 'c'" : "lan");
        f->machine.memory_bytes = n & 4 ? (UINT64_C(1) << 20) + 1023 : UINT64_C(6) << 40;
        if (n & 8)
            f->cpu.vendor = TEXT(""), f->machine.vcpus = 3;
        if (n & 1)
            f->cpu.model = TEXT(""), f->machine.name = TEXT("x");
        write_case(folder, n, f);
    }
    return 0;
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_machine_is_described),
        cmocka_unit_test(memory_is_not_rounded_up),
        cmocka_unit_test(a_topology_that_contradicts_the_vcpus_is_left_out),
        cmocka_unit_test(an_unknown_cpu_is_not_named),
        cmocka_unit_test(disks_are_nbd_on_localhost),
        cmocka_unit_test(interfaces_have_mac_network_and_model),
        cmocka_unit_test(characters_of_xml_are_kept_as_text),
        cmocka_unit_test(the_clock_is_utc_local_or_off),
        cmocka_unit_test(uefi_is_said),
    };
    if (argc == 4 && strcmp(argv[1], "--write") == 0)
        return write_cases(argv[2], (unsigned)strtoul(argv[3], NULL, 10));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
