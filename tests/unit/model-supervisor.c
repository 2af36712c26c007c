// SPDX-License-Identifier: GPL-2.0-or-later
//
// A pretended supervisor for the dialogs' model: it keeps the last message that was sent, checked as the real one checks it.
#include "tests/unit/model-supervisor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "proto/check.h"

struct model model;
static uint8_t sent_bytes[65536];
size_t sent_count;
P2v__Envelope *sent;

static bool send_it(void *context, const P2v__Envelope *envelope)
{
    struct error err;
    (void)context;
    if (check_envelope(envelope, 0, &err) < 0)
        fail_msg("the supervisor would refuse it: %s", err.text);
    size_t size = p2v__envelope__pack(envelope, sent_bytes);
    if (sent != NULL)
        p2v__envelope__free_unpacked(sent, NULL);
    sent = p2v__envelope__unpack(NULL, size, sent_bytes);
    sent_count++;
    return true;
}

// ---- what the supervisor says --------------------------------------------------------------------------

void say_start(void)
{
    P2v__UiStart start = P2V__UI_START__INIT;
    start.dialogs = start.shell = true;
    assert_true(TAKE(ui_start, UI_START, &start, 0));
}

void say_inventory(void)
{
    static char names[4][8] = { "sda", "sdb", "sdc", "sdd" };
    P2v__Cpu cpu = P2V__CPU__INIT;
    P2v__Rtc rtc = P2V__RTC__INIT;
    P2v__Disk disks[4], *disk_pointers[4];
    for (size_t i = 0; i < 4; i++) {
        disks[i] = (P2v__Disk)P2V__DISK__INIT;
        disks[i].name = names[i];
        disks[i].size_bytes = UINT64_C(1) << 30;
        disk_pointers[i] = &disks[i];
    }
    char model_name[] = "HIT\033[31mACHI\xe2\x80\xae", same[] = "sda";
    disks[0].model = model_name;
    disks[2].same_as = same;
    disks[3].carries_root = true;
    P2v__Removable removable = P2V__REMOVABLE__INIT, *removables = &removable;
    char sr0[] = "sr0";
    removable.name = sr0;
    P2v__Nic nics[2] = { P2V__NIC__INIT, P2V__NIC__INIT }, *nic_pointers[2] = { &nics[0], &nics[1] };
    char em1[] = "em1", em2[] = "em2", mac[] = "52:54:00:00:00:01";
    nics[0].name = em1;
    nics[1].name = em2;
    nics[0].mac = nics[1].mac = mac;
    P2v__Inventory inventory = P2V__INVENTORY__INIT;
    inventory.cpu = &cpu;
    inventory.rtc = &rtc;
    inventory.disks = disk_pointers;
    inventory.n_disks = 4;
    inventory.removables = &removables;
    inventory.n_removables = 1;
    inventory.nics = nic_pointers;
    inventory.n_nics = 2;
    assert_true(TAKE(inventory, INVENTORY, &inventory, 0));
}

static void say_values(const char *disks, const char *identity, const char *misc)
{
    const char *const values[][2] = {
        { "remote.server", "" }, { "remote.port", "22" }, { "auth.username", "root" }, { "auth.sudo", "false" }, { "guestname", "web" },
        { "vcpu.phys_topo", "no" }, { "vcpu.cores", "4" }, { "memory", "8589934592" }, { "disks", disks }, { "removable", "sr0" },
        { "interfaces", "em1" }, { "network_map", "em1:lan,other" }, { "output.type", "local" }, { "output.allocation", "sparse" },
        { "output.storage", "/var/tmp" }, { "auth.identity.url", identity }, { "output.misc", misc },
    };
    struct config config = { 0 };
    struct configuration messages;
    struct error err;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (values[i][1][0] != '\0' || strcmp(values[i][0], "disks") == 0)
            assert_int_equal(config_set(&config, values[i][0], values[i][1], &err), 0);
    configuration_make_shown(&messages, &config);
    P2v__UiSettings all = P2V__UI_SETTINGS__INIT;
    all.connection = &messages.connection;
    all.guest = &messages.guest;
    all.output = &messages.output;
    assert_true(TAKE(ui_settings, UI_SETTINGS, &all, 0));
    config_clear(&config);
}

void say_settings(void) { say_settings_disks("sda,sdb"); }

void say_settings_disks(const char *disks) { say_values(disks, "", ""); }

void say_settings_hidden(void) { say_values("sda,sdb", "https://me:s3cret@host/key", "a=b,server-password=s3cret"); }

bool say_connected(bool good, const char *name, const char *text)
{
    char version[] = "2.2.0", local[] = "local", libvirt[] = "libvirt", *drivers[] = { libvirt, local };
    P2v__Features features = P2V__FEATURES__INIT, *pointer = &features;
    features.version = version;
    features.output_drivers = drivers;
    features.n_output_drivers = 2;
    P2v__UiConnected connected = P2V__UI_CONNECTED__INIT;
    connected.features = &pointer;
    connected.n_features = good;
    connected.name = (char *)(uintptr_t)name;
    connected.text = (char *)(uintptr_t)text;
    return TAKE(ui_connected, UI_CONNECTED, &connected, 0);
}

bool say_findings(size_t count, bool error)
{
    char name[] = "disks", text[] = "vg0 is split";
    P2v__Finding finding = P2V__FINDING__INIT, *pointer = &finding;
    finding.name = name;
    finding.text = text;
    finding.error = error;
    P2v__UiFindings findings = P2V__UI_FINDINGS__INIT;
    findings.findings = &pointer;
    findings.n_findings = count;
    return TAKE(ui_findings, UI_FINDINGS, &findings, 0);
}

bool say_phase(P2v__Phase phase)
{
    P2v__UiPhase message = P2V__UI_PHASE__INIT;
    message.phase = phase;
    return TAKE(ui_phase, UI_PHASE, &message, 0);
}

bool say_verdict(void)
{
    char text[] = "It was done.\nIt is \033[5m/var/tmp/x.xml.";
    P2v__UiVerdict verdict = P2V__UI_VERDICT__INIT;
    verdict.result = P2V__CONVERSION_RESULT__CONVERSION_DONE;
    verdict.text = text;
    return TAKE(ui_verdict, UI_VERDICT, &verdict, 0);
}

// ---- shorthands ----------------------------------------------------------------------------------------

int model_set_up(void **state)
{
    (void)state;
    model_init(&model, send_it, NULL, false);
    sent_count = 0;
    return 0;
}

int model_tear_down(void **state)
{
    (void)state;
    model_clear(&model);
    if (sent != NULL)
        p2v__envelope__free_unpacked(sent, NULL);
    sent = NULL;
    return 0;
}

bool type(const char *name, const char *value) { return model_set(&model, model_field(&model, name), value, 0); }

void reach_connection(void)
{
    say_start();
    say_inventory();
    say_settings();
}

void reach_choice(void)
{
    reach_connection();
    assert_true(type("remote.server", "conv.example.com"));
    assert_true(model_test(&model));
    assert_true(say_connected(true, "", ""));
    assert_true(model_next(&model, 0));
}

void reach_running(void)
{
    reach_choice();
    assert_true(model_start(&model, false));
    assert_true(say_phase(P2V__PHASE__PHASE_CONNECTING));
}

const char *value_of(const ProtobufCMessage *part, const char *name)
{
    static char value[MODEL_VALUE_MAX + 1];
    struct config config = { 0 };
    struct error err;
    assert_int_equal(configuration_take(&config, part, &err), 0);
    assert_true(config_value(&config, config_find(name), value, sizeof value));
    config_clear(&config);
    return value;
}
