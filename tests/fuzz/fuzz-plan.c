// SPDX-License-Identifier: GPL-2.0-or-later
//
// From what p2v-inspect says and what is configured to what is converted: p2v-supervisor's choice, sets, findings and plan, which
// believe no helper; then p2v-transport's physical.xml.  A plan against which nothing is said can be sent, and its XML is XML.
//
// The input is records: the kernel command line; then envelopes, an Inventory and the Contents of its disks among them.
#include "tests/fuzz/fuzz.h"

#include <libxml/parser.h>

#include KERNEL_CMDLINE_H
#include "p2v-supervisor/choice.h"
#include "p2v-supervisor/findings.h"
#include "p2v-supervisor/machine.h"
#include "p2v-transport/arguments.h"
#include "p2v-transport/physical-xml.h"
#include "proto/check.h"
#include "proto/helper.h"

static void ignore(const char *text) { MUST(text[0] != '\0'); }

// Keeps what the supervisor would: the first inventory, and then what is on its disks, one after the other.
static void take(struct supervisor *sup, struct input record, size_t *known)
{
    struct error err = { 0 };
    P2v__Envelope *envelope = p2v__envelope__unpack(NULL, record.size, record.data);
    bool good = envelope != NULL && check_envelope(envelope, 0, &err) == 0;
    if (good && envelope->body_case == P2V__ENVELOPE__BODY_INVENTORY && sup->inventory.envelope == NULL)
        sup->inventory.envelope = envelope;
    else if (good && envelope->body_case == P2V__ENVELOPE__BODY_CONTENTS && sup->inventory.envelope != NULL && *known < choice_count(sup))
        sup->contents[(*known)++].envelope = envelope;
    else if (good && envelope->body_case == P2V__ENVELOPE__BODY_FEATURES && sup->features.envelope == NULL)
        sup->features.envelope = envelope;
    else if (envelope != NULL)
        p2v__envelope__free_unpacked(envelope, NULL);
}

static void must_pass(const P2v__Envelope *envelope)
{
    struct error err = { 0 };
    if (check_envelope(envelope, 0, &err) == 0)
        return;
    fprintf(stderr, "%s\n", err.text);
    MUST(false);
}

// The errors that were found; they and the warnings can be shown.
static size_t find(struct supervisor *sup)
{
    struct findings findings = { 0 };
    P2v__UiFindings message = P2V__UI_FINDINGS__INIT;
    findings_find(sup, &findings);
    message.findings = findings.pointers;
    message.n_findings = findings.count;
    P2v__Envelope envelope = ENVELOPE(ui_findings, UI_FINDINGS, &message);
    must_pass(&envelope);
    return findings.errors;
}

static void choose(struct supervisor *sup)
{
    size_t order[MAX_DISKS], count;
    struct error err;
    MUST(choice_disks(sup, order, &count, &err) >= 0 && count > 0 && count <= MAX_DISKS);
    for (size_t i = 0; i < count; i++) {
        MUST(order[i] < choice_count(sup));
        snprintf(sup->disks[i].name, sizeof sup->disks[i].name, "%s", choice_name(sup, order[i]));
        sup->ports[i] = 40001;
    }
    sup->disk_count = count;
}

static void write_files(const P2v__ConversionStart *start)
{
    size_t size = 0;
    char *xml = physical_xml(start->machine, &size);
    MUST(xml != NULL && strlen(xml) == size);
    xmlDoc *document = xmlReadMemory(xml, (int)size, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    MUST(document != NULL);
    xmlFreeDoc(document);
    free(xml);
    char *arguments = arguments_file(start, "/tmp/virt-p2v-20261122-abcdefgh/physical.xml", &size);
    MUST(arguments != NULL && size > 0 && arguments[size - 1] == '\n');
    free(arguments);
}

static void convert(struct supervisor *sup)
{
    static struct machine_plan plan;
    P2v__Output output = P2V__OUTPUT__INIT;
    P2v__ConversionStart start = P2V__CONVERSION_START__INIT;
    choose(sup);
    machine_plan(sup, &plan);
    output.mode = sup->config.output_mode;
    output.misc = sup->config.output_misc.items;
    output.n_misc = sup->config.output_misc.count;
    start.machine = &plan.machine;
    start.output = &output;
    start.patience = (uint32_t)sup->config.reconnect;
    P2v__Envelope envelope = ENVELOPE(conversion_start, CONVERSION_START, &start);
    must_pass(&envelope);
    write_files(&start);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct supervisor sup;
    struct input input = { data, size };
    struct error err;
    size_t known = 0;
    memset(&sup, 0, sizeof sup);
    MUST(config_init(&sup.config, &err) == 0);
    char *words = input_text(input_record(&input));
    bool good = kernel_cmdline_parse(words, &sup.config, ignore, &err) == 0;
    while (input.size > 0)
        take(&sup, input_record(&input), &known);
    if (good && sup.inventory.envelope != NULL && find(&sup) == 0)
        convert(&sup);
    for (size_t i = 0; i < known; i++)
        p2v__envelope__free_unpacked(sup.contents[i].envelope, NULL);
    p2v__envelope__free_unpacked(sup.inventory.envelope, NULL);
    p2v__envelope__free_unpacked(sup.features.envelope, NULL);
    config_clear(&sup.config);
    free(words);
    return 0;
}
