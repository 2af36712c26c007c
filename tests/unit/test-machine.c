// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-plan/machine.c: what the machine is and what the person asked for -> what is converted.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "p2v-plan/machine.h"
#include "proto/check.h"
#include "proto/helper.h"
#include "tests/unit/plan-facts.h"

static struct machine_plan plan;

static void forget(struct config_list *list)
{
    while (list->count > 0)
        free(list->items[--list->count]);
}

// Whatever is planned must pass the check that p2v-transport makes.
static void make_plan(void)
{
    struct error err = { 0 };
    machine_plan(&facts, &plan);
    P2v__Output output = P2V__OUTPUT__INIT;
    P2v__ConversionStart start = P2V__CONVERSION_START__INIT;
    start.machine = &plan.machine;
    start.output = &output;
    P2v__Envelope message = ENVELOPE(conversion_start, CONVERSION_START, &start);
    if (check_envelope(&message, 0, &err) < 0)
        fail_msg("%s", err.text);
}

static void the_machine_as_it_is_is_the_default(void **state)
{
    (void)state;
    make_plan();
    assert_string_equal(plan.machine.name, "web01");
    assert_int_equal(plan.machine.vcpus, 16);
    assert_int_equal(plan.machine.cpu->cores, 16);
    assert_true(plan.machine.memory_bytes == UINT64_C(24) << 30);
    assert_int_equal(plan.machine.n_nics, 2);
    assert_string_equal(plan.machine.nics[0]->name, "em1");
    assert_string_equal(plan.machine.nics[0]->network, "default");
    assert_int_equal(plan.machine.n_removables, 1);
}

static void what_was_asked_for_comes_first(void **state)
{
    (void)state;
    configure("name", "guest 1");
    configure("vcpus", "6000");
    configure("memory", "1G");
    configure("interfaces", "em2");
    configure("network", "em1:lan,em2:dmz,other");
    configure("removable", "");
    make_plan();
    assert_string_equal(plan.machine.name, "guest 1");
    assert_int_equal(plan.machine.vcpus, 6000);
    assert_int_equal(plan.machine.cpu->sockets * plan.machine.cpu->cores * plan.machine.cpu->threads, 6000);
    assert_true(plan.machine.memory_bytes == UINT64_C(1) << 30);
    assert_int_equal(plan.machine.n_nics, 1);
    assert_string_equal(plan.machine.nics[0]->network, "dmz");
    assert_int_equal(plan.machine.n_removables, 0);
}

static void phys_topo_is_the_machines_whatever_is_asked_for(void **state)
{
    (void)state;
    configure("vcpus", "3");
    configure("vcpu.phys_topo", "true");
    make_plan();
    assert_int_equal(plan.machine.vcpus, 16);
    assert_int_equal(plan.machine.cpu->sockets, 2);
    assert_int_equal(plan.machine.cpu->cores, 4);
    assert_int_equal(plan.machine.cpu->threads, 2);
}

static void cpu_and_clock_are_the_machines_until_something_else_is_said(void **state)
{
    (void)state;
    cpu.vendor = (char *)"Intel";
    cpu.acpi = cpu.pae = 1;
    rtc.basis = P2V__RTC_BASIS__RTC_UTC;
    rtc.offset_seconds = 7200;
    make_plan();
    assert_string_equal(plan.machine.cpu->vendor, "Intel");
    assert_true(plan.machine.cpu->acpi && !plan.machine.cpu->apic && plan.machine.cpu->pae);
    assert_int_equal(plan.machine.rtc->basis, P2V__RTC_BASIS__RTC_UTC);
    assert_int_equal(plan.machine.rtc->offset_seconds, 7200);

    configure("cpu.vendor", "AMD");
    configure("cpu.model", "Opteron G5");
    configure("cpu.acpi", "no");
    configure("cpu.apic", "yes");
    configure("cpu.pae", "false");
    configure("rtc.basis", "localtime");
    configure("rtc.offset", "0");
    make_plan();
    assert_string_equal(plan.machine.cpu->vendor, "AMD");
    assert_string_equal(plan.machine.cpu->model, "Opteron G5");
    assert_true(!plan.machine.cpu->acpi && plan.machine.cpu->apic && !plan.machine.cpu->pae);
    assert_int_equal(plan.machine.rtc->basis, P2V__RTC_BASIS__RTC_LOCALTIME);
    assert_int_equal(plan.machine.rtc->offset_seconds, 0);
    configure("rtc.basis", "unknown");
    configure("rtc.offset", "-5");
    make_plan();
    assert_int_equal(plan.machine.rtc->basis, P2V__RTC_BASIS__RTC_UNKNOWN);
    assert_int_equal(plan.machine.rtc->offset_seconds, -5 * 3600);
    configure("rtc.offset", "+19800");             // as the classic program takes it
    make_plan();
    assert_int_equal(plan.machine.rtc->offset_seconds, 19800);
}

static void one_target_alone_is_for_all_other_interfaces(void **state)
{
    (void)state;
    configure("network", "other,em2:dmz");
    make_plan();
    assert_string_equal(plan.machine.nics[0]->network, "other");
    assert_string_equal(plan.machine.nics[1]->network, "dmz");
}

static void a_host_name_becomes_a_valid_guest_name(void **state)
{
    (void)state;
    static const char *const names[][2] = { { "b\xc3\xbcro/1", "b--ro-1" }, { "(none)", "p2v-" }, { "", "p2v-" }, { ".x", "p2v-" } };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        inventory.hostname = (char *)names[i][0];
        make_plan();
        assert_memory_equal(plan.machine.name, names[i][1], strlen(names[i][1]));
    }
}

static void what_is_not_there_is_named(void **state)
{
    (void)state;
    struct error err;
    assert_int_equal(machine_check(&facts, &err), 0);
    configure("removable", "sr7");
    assert_int_equal(machine_check(&facts, &err), -1);
    assert_non_null(strstr(err.text, "sr7"));
    forget(&facts.config.removable);
    configure("interfaces", "em9");
    assert_int_equal(machine_check(&facts, &err), -1);
    assert_non_null(strstr(err.text, "em9"));
    forget(&facts.config.interfaces);
    inventory.memory_bytes = 0;
    assert_int_equal(machine_check(&facts, &err), -1);
    assert_non_null(strstr(err.text, "p2v.memory"));
}

#define PREPARED(test) cmocka_unit_test_setup_teardown(test, make_facts, forget_facts)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PREPARED(the_machine_as_it_is_is_the_default),
        PREPARED(what_was_asked_for_comes_first),
        PREPARED(phys_topo_is_the_machines_whatever_is_asked_for),
        PREPARED(cpu_and_clock_are_the_machines_until_something_else_is_said),
        PREPARED(one_target_alone_is_for_all_other_interfaces),
        PREPARED(a_host_name_becomes_a_valid_guest_name),
        PREPARED(what_is_not_there_is_named),
    };
    return cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
