// SPDX-License-Identifier: GPL-2.0-or-later
//
// The permitted value of every field of every message.  The table comes first: it is what an auditor reads; the walk
// below it asks protobuf-c's descriptors what a message holds, so that no field can be forgotten.  Pure memory.
#include "proto/check.h"

#include <inttypes.h>
#include <string.h>

#include "proto/config-table.h"
#include "proto/ssh-names.h"
#include "proto/text.h"

typedef bool text_check(const char *text);

static bool is_program(const char *text) { return text_is_word(text) && strncmp(text, "p2v-", 4) == 0; }
static bool is_remote_directory(const char *text) { return strncmp(text, "/tmp/virt-p2v-", 14) == 0 && text_is_word(text + 5); }
static bool is_file_name(const char *text) { return text_is_word(text) && text[0] != '.' && text[0] != '-'; }
static bool is_absolute(const char *text) { return text[0] == '/'; }  // a path
static bool is_any(const char *text) { (void)text; return true; }     // an argument: any bytes but NUL, quoted where used
static bool is_cipher(const char *text) { return strpbrk(text, " \t") == NULL && text_is_line(text); }
static bool is_paragraph(const char *text)                            // lines of printable text
{
    for (const char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 && *p != '\n')
            return false;
    return true;
}

#define PORT .min = 1, .max = 65535
#define BOOL .max = 1
#define KEY(NAME) .key = (NAME)
#define MAYBE(NAME) .key = (NAME), .optional = true
#define GIVEN 1, 32, text_is_word, .count = 64

// One row a field.  Numbers: min..max.  Text and bytes: min..max bytes; text also satisfies `text`, unless it is
// empty and min is 0.  repeated: at most `count`.  A message as a field is required.
// What comes of a configuration key has that key's row of config-table.c in place of these; MAYBE: or it is empty, or 0.
static const struct rule {
    const char *field;             // "Message.field"
    uint64_t min, max;
    text_check *text;
    size_t count;
    const char *key;               // the long name, or NULL
    bool optional;
} rules[] = {
    { "Ready.program", 5, 32, is_program },
    { "Ready.version", 1, 32, text_is_word },
    { "Ready.layers", .count = 16 },
    { "Layer.name", 1, 64, text_is_line },
    { "Layer.enforced", BOOL },
    { "Layer.detail", 0, 512, text_is_line },
    { "Failure.text", 1, ERROR_TEXT_MAX, text_is_line },
    { "ConnectionLost.text", 1, ERROR_TEXT_MAX, text_is_line },
    { "Note.level", .max = P2V__LEVEL__ERROR },
    { "Note.text", 1, ERROR_TEXT_MAX, text_is_line },

    { "RunStart.configuration", 0 },
    { "RunStart.shown_connection", 0 },
    { "RunStart.shown_output", 0 },
    { "RunStart.password", KEY("auth.password") },
    { "RunStart.passphrase", KEY("auth.identity.passphrase") },
    { "RunStart.error", 0, ERROR_TEXT_MAX, text_is_line },
    { "RunStart.test_paths", 1, 4096, is_absolute, 26 },
    { "RunStart.test_disks", .count = 26 },
    { "RunStart.nbd", 1, 32, text_is_word },
    { "RunStart.helper_dir", 1, 4096, is_absolute },
    { "RunStart.ui_program", 5, 32, is_program },
    { "RunStart.dialogs", BOOL },
    { "RunStart.allow_shell", BOOL },
    { "RunStart.iso", BOOL },
    { "RunStart.colours", BOOL },
    { "RunStart.verbose", BOOL },
    { "RunStart.audit_log", 0, 4096, is_any },

    { "Configuration.connection", 0 },
    { "Configuration.guest", 0 },
    { "Configuration.hardware", 0 },
    { "Configuration.output", 0 },
    { "Configuration.settings", 0 },
    { "Connection.remote_server", MAYBE("remote.server") },
    { "Connection.remote_port", KEY("remote.port") },
    { "Connection.auth_username", KEY("auth.username") },
    { "Connection.auth_identity_url", MAYBE("auth.identity.url") },
    { "Connection.auth_sudo", KEY("auth.sudo") },
    { "Connection.given", GIVEN },
    { "Connection.hidden", GIVEN },
    { "Guest.guestname", MAYBE("guestname") },
    { "Guest.vcpu_phys_topo", KEY("vcpu.phys_topo") },
    { "Guest.vcpu_cores", MAYBE("vcpu.cores") },
    { "Guest.memory", MAYBE("memory") },
    { "Guest.disks", KEY("disks") },
    { "Guest.removable", KEY("removable") },
    { "Guest.interfaces", KEY("interfaces") },
    { "Guest.network_map", KEY("network_map") },
    { "Guest.given", GIVEN },
    { "Hardware.cpu_vendor", MAYBE("cpu.vendor") },
    { "Hardware.cpu_model", MAYBE("cpu.model") },
    { "Hardware.cpu_acpi", KEY("cpu.acpi") },
    { "Hardware.cpu_apic", KEY("cpu.apic") },
    { "Hardware.cpu_pae", KEY("cpu.pae") },
    { "Hardware.rtc_basis", MAYBE("rtc.basis") },
    { "Hardware.rtc_offset", KEY("rtc.offset") },
    { "Hardware.force", KEY("force") },
    { "Hardware.given", GIVEN },
    { "Output.type", MAYBE("output.type") },
    { "Output.connection", MAYBE("output.connection") },
    { "Output.format", MAYBE("output.format") },
    { "Output.storage", MAYBE("output.storage") },
    { "Output.allocation", MAYBE("output.allocation") },
    { "Output.misc", KEY("output.misc") },
    { "Output.given", GIVEN },
    { "Output.hidden", GIVEN },
    { "Settings.auth_cacert", MAYBE("auth.cacert") },
    { "Settings.remote_hostkey", KEY("remote.hostkey") },
    { "Settings.remote_known_hosts", MAYBE("remote.known_hosts") },
    { "Settings.remote_ciphers", KEY("remote.ciphers") },
    { "Settings.remote_compress", KEY("remote.compress") },
    { "Settings.skip_test_connection", KEY("skip_test_connection") },
    { "Settings.bwlimit", MAYBE("bwlimit") },
    { "Settings.read_errors", MAYBE("read_errors") },
    { "Settings.reconnect", KEY("reconnect") },
    { "Settings.remote_wait", KEY("remote.wait") },
    { "Settings.pre", MAYBE("pre") },
    { "Settings.post", MAYBE("post") },
    { "Settings.fail", MAYBE("fail") },
    { "Settings.ip", MAYBE("ip") },
    { "Settings.dump_config_and_exit", KEY("dump_config_and_exit") },
    { "Settings.given", GIVEN },

    { "Inventory.hostname", 0, 253, text_is_line },
    { "Inventory.architecture", 1, 32, text_is_word },
    { "Inventory.memory_bytes", 0, UINT64_C(1) << 50 },
    { "Inventory.cpu", 0 },
    { "Inventory.rtc", 0 },
    { "Inventory.firmware", .max = P2V__FIRMWARE__FIRMWARE_UEFI },
    { "Inventory.disks", .count = 64 },
    { "Inventory.removables", .count = 16 },
    { "Inventory.nics", .count = 64 },
    { "Inventory.vendor", 0, 128, text_is_line },
    { "Inventory.product", 0, 128, text_is_line },
    { "Inventory.serial", 0, 128, text_is_line },
    { "Inventory.secure_boot", .max = P2V__SECURE_BOOT__SECURE_BOOT_ON },
    { "Cpu.vendor", MAYBE("cpu.vendor") },
    { "Cpu.model", MAYBE("cpu.model") },
    { "Cpu.sockets", 1, 4096 },
    { "Cpu.cores", 1, 65536 },
    { "Cpu.threads", 1, 64 },
    { "Cpu.acpi", KEY("cpu.acpi") },
    { "Cpu.apic", KEY("cpu.apic") },
    { "Cpu.pae", KEY("cpu.pae") },
    { "Cpu.name", 0, 128, text_is_line },
    { "Rtc.basis", .max = P2V__RTC_BASIS__RTC_LOCALTIME },
    { "Rtc.offset_seconds", KEY("rtc.offset") },       // either side of zero
    { "Disk.name", 1, 64, text_is_device_name },
    { "Disk.size_bytes", 0, INT64_MAX },
    { "Disk.logical_sector_bytes", 0, 65536 },
    { "Disk.physical_sector_bytes", 0, 1 << 24 },
    { "Disk.vendor", 0, 128, text_is_line },
    { "Disk.model", 0, 128, text_is_line },
    { "Disk.serial", 0, 256, text_is_line },
    { "Disk.wwn", 0, 128, text_is_line },
    { "Disk.transport", 0, 32, text_is_word },
    { "Disk.rotational", BOOL },
    { "Disk.read_only", BOOL },
    { "Disk.in_use", 0, 128, text_is_line },
    { "Disk.carries_root", BOOL },
    { "Disk.same_as", 0, 64, text_is_device_name },
    { "Removable.name", 1, 64, text_is_device_name },
    { "Removable.model", 0, 128, text_is_line },
    { "Nic.name", 1, 15, text_is_interface_name },
    { "Nic.mac", 17, 17, text_is_mac },
    { "Nic.vendor", 0, 128, text_is_line },
    { "Nic.product", 0, 128, text_is_line },
    { "Nic.driver", 0, 64, text_is_word },
    { "Nic.speed_mbits", 0, 10000000 },
    { "Nic.link", .max = P2V__LINK__LINK_DOWN },
    { "Nic.index", 0, INT32_MAX },
    { "ContentsStart.name", 1, 64, text_is_device_name },
    { "ContentsStart.size_bytes", 1, INT64_MAX },
    { "Contents.name", 1, 64, text_is_device_name },
    { "Contents.table", 0, 32, text_is_word },
    { "Contents.contents", .count = 160 },
    { "Contents.boots", BOOL },
    { "Content.partition", 0, 65536 },
    { "Content.offset_bytes", 0, INT64_MAX },
    { "Content.size_bytes", 0, INT64_MAX },
    { "Content.partition_type", 0, 64, text_is_word },
    { "Content.partition_name", 0, 160, text_is_line },
    { "Content.type", 0, 64, text_is_word },
    { "Content.label", 0, 256, text_is_line },
    { "Content.uuid", 0, 64, text_is_line },
    { "Content.set", 0, 128, text_is_line },
    { "Content.set_kind", 0, 32, text_is_line },
    { "Content.set_name", 0, 128, text_is_line },
    { "Content.set_members", 0, 65536 },
    { "Content.member_uuids", 1, 64, text_is_word, 64 },

    { "PlanAsk.guest", 0 },
    { "PlanAsk.hardware", 0 },
    { "PlanAsk.server", MAYBE("remote.server") },
    { "PlanAsk.output_type", MAYBE("output.type") },
    { "PlanAsk.complete", BOOL },
    { "Plan.disks", 0, 63, .count = 64 },
    { "Plan.machine", .count = 1 },
    { "Plan.guest", .count = 1 },
    { "Plan.hardware", .count = 1 },
    { "Plan.findings", .count = 16 },

    { "ExportStart.name", 1, 64, text_is_device_name },
    { "ExportStart.size_bytes", 1, INT64_MAX },
    { "ExportStart.zero_bad", BOOL },
    { "BadRangesAsk.name", 1, 64, text_is_device_name },
    { "BadRanges.ranges", .count = 2048 },
    { "BadRanges.more", BOOL },
    { "BadRange.offset", 0, INT64_MAX },
    { "BadRange.length", 1, INT64_MAX },

    { "Login.server", KEY("remote.server") },
    { "Login.port", KEY("remote.port") },
    { "Login.username", KEY("auth.username") },
    { "Login.password", KEY("auth.password") },
    { "Login.identity", 0, 32768 },
    { "Login.host_keys", KEY("remote.hostkey") },
    { "Login.known_hosts", 0, SSH_KNOWN_HOSTS_MAX },
    { "Login.accepted_host_key", 0, 50, ssh_name_is_fingerprint },
    { "Login.passphrase", KEY("auth.identity.passphrase") },
    { "Login.ciphers", KEY("remote.ciphers") },
    { "Login.compress", KEY("remote.compress") },
    { "LoggedIn.fingerprint", 50, 50, ssh_name_is_fingerprint },
    { "LoggedIn.cipher", 1, 64, is_cipher },
    { "HostKeyAsk.server", 1, 300, text_is_line },
    { "HostKeyAsk.type", 1, 64, text_is_word },
    { "HostKeyAsk.fingerprint", 50, 50, ssh_name_is_fingerprint },
    { "HostKeyAsk.person", BOOL },
    { "HostKeyAnswer.answer", P2V__ANSWER__ANSWER_YES, P2V__ANSWER__ANSWER_NOBODY },
    { "SecretAsk.kind", .max = P2V__SECRET_KIND__SECRET_QUESTION },
    { "SecretAsk.prompt", 0, 256, text_is_line },
    { "SecretAsk.echo", BOOL },
    { "SecretAsk.again", BOOL },
    { "SecretAnswer.answer", P2V__ANSWER__ANSWER_YES, P2V__ANSWER__ANSWER_NOBODY },
    { "SecretAnswer.secret", 0, 1024 },
    { "TestConnection.sudo", KEY("auth.sudo") },
    { "TestConnection.output_mode", MAYBE("output.type") },
    { "Features.version", 1, 64, text_is_word },
    { "Features.input_drivers", 1, 64, text_is_word, 64 },
    { "Features.output_drivers", 1, 64, text_is_word, 64 },
    { "BandwidthLimit.bits_per_second", KEY("bwlimit") },
    { "ForwardStart.name", 1, 64, text_is_device_name },
    { "ForwardStart.port", .max = 65535 },
    { "ForwardStart.session_pid", .max = INT32_MAX },
    { "ForwardStart.session_began", .max = UINT64_MAX },
    { "ForwardReady.port", PORT },
    { "ForwardReady.session_pid", .max = INT32_MAX },
    { "ForwardReady.session_began", .max = UINT64_MAX },
    { "Attachment.name", 1, 64, is_file_name },
    { "ConversionStart.sudo", KEY("auth.sudo") },
    { "ConversionStart.machine", 0 },
    { "ConversionStart.output", 0 },
    { "ConversionStart.list_bad_ranges", BOOL },
    { "ConversionStart.patience", KEY("reconnect") },
    { "ConversionStart.remote_directory", 0, 64, is_remote_directory },
    { "ConversionStart.started", BOOL },
    { "ConversionStart.offset", .max = INT64_MAX },
    { "ConversionStart.cancel", BOOL },
    { "ConversionDirectory.remote_directory", 20, 64, is_remote_directory },
    { "Machine.name", KEY("guestname") },
    { "Machine.architecture", 1, 32, text_is_word },
    { "Machine.memory_bytes", KEY("memory") },
    { "Machine.vcpus", KEY("vcpu.cores") },
    { "Machine.cpu", 0 },
    { "Machine.rtc", 0 },
    { "Machine.firmware", .max = P2V__FIRMWARE__FIRMWARE_UEFI },
    { "Machine.disks", .count = 64 },
    { "Machine.removables", KEY("removable"), .count = 16 },
    { "Machine.nics", .count = 64 },
    { "MachineDisk.name", 1, 64, text_is_device_name },
    { "MachineDisk.port", PORT },
    { "MachineNic.mac", 17, 17, text_is_mac },
    { "MachineNic.network", 1, 128, text_is_line },
    { "MachineNic.model", 0, 32, text_is_word },
    { "MachineNic.name", 0, 15, text_is_interface_name },
    { "ConversionStarted.remote_directory", 20, 64, is_remote_directory },
    { "ConversionOutput.data", 1, 32768 },
    { "ConversionEnded.result", P2V__CONVERSION_RESULT__CONVERSION_DONE, P2V__CONVERSION_RESULT__CONVERSION_CANCELLED },
    { "ConversionEnded.status", 0, 255 },
    { "ConversionEnded.text", 0, ERROR_TEXT_MAX, text_is_line },
    { "ConversionEnded.bad_ranges_listed", BOOL },

    { "UiStart.colours", BOOL },
    { "UiStart.verbose", BOOL },
    { "UiStart.dialogs", BOOL },
    { "UiStart.shell", BOOL },
    { "UiStart.network", BOOL },
    { "UiStart.power", BOOL },
    { "UiSettings.connection", 0 },
    { "UiSettings.guest", 0 },
    { "UiSettings.output", 0 },
    { "UiSettings.password_set", BOOL },
    { "UiSettings.passphrase_set", BOOL },
    { "UiConnect.connection", 0 },
    { "UiConnect.password", 0, 1024 },
    { "UiConnect.password_given", BOOL },
    { "UiConnected.name", 0, 32, text_is_word },
    { "UiConnected.text", 0, ERROR_TEXT_MAX, text_is_line },
    { "UiConnected.features", .count = 1 },
    { "UiConnected.fingerprint", 0, 50, ssh_name_is_fingerprint },
    { "UiCheck.guest", 0 },
    { "UiCheck.output", 0 },
    { "UiFindings.findings", .count = 16 },
    { "Finding.name", 0, 32, text_is_word },
    { "Finding.text", 1, ERROR_TEXT_MAX, text_is_line },
    { "Finding.error", BOOL },
    { "Finding.advice", BOOL },
    { "UiConvert.guest", 0 },
    { "UiConvert.output", 0 },
    { "UiConvert.overrule", BOOL },
    { "UiRequest.kind", P2V__UI_REQUEST_KIND__UI_REQUEST_CANCEL, P2V__UI_REQUEST_KIND__UI_REQUEST_SAVE_LOG },
    { "UiRequest.name", 0, 15, text_is_interface_name },
    { "UiRequestDone.kind", P2V__UI_REQUEST_KIND__UI_REQUEST_CANCEL, P2V__UI_REQUEST_KIND__UI_REQUEST_SAVE_LOG },
    { "UiRequestDone.done", BOOL },
    { "UiRequestDone.text", 0, ERROR_TEXT_MAX, text_is_line },
    { "UiPhase.phase", .max = P2V__PHASE__PHASE_CANCELLING },
    { "UiPhase.server", 0, 253, text_is_hostname },
    { "UiPhase.remote_directory", 0, 64, is_remote_directory },
    { "Progress.name", 1, 64, text_is_device_name },
    { "Progress.size_bytes", 1, INT64_MAX },
    { "Progress.sent_bytes", 0, INT64_MAX },
    { "Progress.zero_bytes", 0, INT64_MAX },
    { "UiVerdict.result", P2V__CONVERSION_RESULT__CONVERSION_DONE, P2V__CONVERSION_RESULT__CONVERSION_CANCELLED },
    { "UiVerdict.text", 1, 4096, is_paragraph },

    { "FetchStart.url", 8, 4096, text_is_url },
    { "FetchStart.cacert", 0, 32768 },
    { "FetchStart.limit", 1, 1 << 20 },
    { "Fetched.content", 1, 32768 },
    { "Fetched.more", BOOL },
};

// Descriptors a message must carry: least to most; those not named carry none.
static const struct { P2v__Envelope__BodyCase body; size_t least, most; } carried[] = {
    { P2V__ENVELOPE__BODY_RUN_START, 0, 2 },           // what it says of itself: p2v-supervisor/main.c
    { P2V__ENVELOPE__BODY_INSPECT_START, 0, 1 },       // not every machine has a clock
    { P2V__ENVELOPE__BODY_EXPORT_START, 3, 3 },
    { P2V__ENVELOPE__BODY_FORWARD_START, 1, 1 },
    { P2V__ENVELOPE__BODY_EXPORT_CHANNEL, 1, 1 },
    { P2V__ENVELOPE__BODY_ATTACHMENT, 1, 1 },
    { P2V__ENVELOPE__BODY_BANDWIDTH_LIMIT, 1, 1 },
    { P2V__ENVELOPE__BODY_CONTENTS_START, 1, 1 },
};

// ---- the walk ------------------------------------------------------------------------------------------

// Takes the limits of the rule's key; false where there is no such key.
static bool take_key(struct rule *rule)
{
    const struct config_key *key = config_find(rule->key);
    if (key == NULL)
        return false;
    rule->min = key->minimum;
    rule->max = key->type == CONFIG_BOOLEAN ? 1 : key->maximum;
    rule->text = key->check != NULL ? key->check : is_any;
    if (key->type == CONFIG_LIST && rule->count == 0)
        rule->count = CONFIG_LIST_MAX;
    return true;
}

static bool rule_of(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field, struct rule *rule)
{
    size_t n = strlen(type->short_name);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (strncmp(rules[i].field, type->short_name, n) == 0 && rules[i].field[n] == '.' &&
            strcmp(rules[i].field + n + 1, field->name) == 0) {
            *rule = rules[i];
            return rule->key == NULL || take_key(rule);
        }
    return false;
}

static int refuse(struct error *err, const struct rule *rule, const char *why)
{
    return error_set(err, "field %s is refused: %s", rule->field, why);
}

static int check_number(const struct rule *rule, uint64_t value, struct error *err)
{
    if ((value >= rule->min && value <= rule->max) || (value == 0 && rule->optional))
        return 0;
    return error_set(err, "field %s is refused: %" PRIu64 " is not between %" PRIu64 " and %" PRIu64, rule->field, value,
                     rule->min, rule->max);
}

static int check_size(const struct rule *rule, size_t size, struct error *err)
{
    if ((size >= rule->min && size <= rule->max) || (size == 0 && rule->optional))
        return 0;
    return error_set(err, "field %s is refused: %zu bytes are not between %" PRIu64 " and %" PRIu64, rule->field, size,
                     rule->min, rule->max);
}

static int check_text(const struct rule *rule, const char *text, struct error *err)
{
    size_t size = text == NULL ? 0 : strlen(text);
    if (check_size(rule, size, err) < 0)
        return -1;
    return size == 0 || (rule->text != NULL && rule->text(text)) ? 0 : refuse(err, rule, "it has characters that do not belong there");
}

static int check_message(const ProtobufCMessage *message, struct error *err);

// NOLINTBEGIN(misc-no-recursion): as deep as the message types are in each other, and none is in itself; not as deep as bytes say

static int check_value(const struct rule *rule, const ProtobufCFieldDescriptor *field, const void *value, struct error *err)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return check_text(rule, *(char *const *)value, err);
    case PROTOBUF_C_TYPE_BYTES:
        return check_size(rule, ((const ProtobufCBinaryData *)value)->len, err);
    case PROTOBUF_C_TYPE_UINT64:
        return check_number(rule, *(const uint64_t *)value, err);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_ENUM:             // a negative enum is a large number here, and refused
        return check_number(rule, *(const uint32_t *)value, err);
    case PROTOBUF_C_TYPE_SINT32: {
        int64_t number = *(const int32_t *)value;
        return check_number(rule, (uint64_t)(number < 0 ? -number : number), err);
    }
    case PROTOBUF_C_TYPE_BOOL:
        return check_number(rule, (uint64_t)*(const protobuf_c_boolean *)value, err);
    case PROTOBUF_C_TYPE_MESSAGE: {
        const ProtobufCMessage *inner = *(ProtobufCMessage *const *)value;
        return inner == NULL ? refuse(err, rule, "it is missing") : check_message(inner, err);
    }
    default:
        return refuse(err, rule, "its type has no check");
    }
}

size_t check_item_size(ProtobufCType type)
{
    return type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) :
           type == PROTOBUF_C_TYPE_UINT64 ? 8 :
           type == PROTOBUF_C_TYPE_UINT32 || type == PROTOBUF_C_TYPE_SINT32 || type == PROTOBUF_C_TYPE_ENUM ? 4 :
           type == PROTOBUF_C_TYPE_BOOL ? sizeof(protobuf_c_boolean) : sizeof(void *);
}

static int check_field(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, struct error *err)
{
    struct rule rule;
    if (!rule_of(message->descriptor, field, &rule))
        return error_set(err, "field %s.%s is refused: it has no rule", message->descriptor->short_name, field->name);
    const char *value = (const char *)message + field->offset;
    if (field->label != PROTOBUF_C_LABEL_REPEATED)
        return check_value(&rule, field, value, err);
    size_t count = *(const size_t *)((const char *)message + field->quantifier_offset);
    if (count > rule.count)
        return refuse(err, &rule, "there are too many");
    const char *values = *(const char *const *)value;
    for (size_t i = 0; i < count; i++)
        if (check_value(&rule, field, values + i * check_item_size(field->type), err) < 0)
            return -1;
    return 0;
}

static int check_message(const ProtobufCMessage *message, struct error *err)
{
    if (message->n_unknown_fields > 0)
        return error_set(err, "%s has a field that is not known", message->descriptor->short_name);
    for (unsigned i = 0; i < message->descriptor->n_fields; i++)
        if (check_field(message, &message->descriptor->fields[i], err) < 0)
            return -1;
    return 0;
}
// NOLINTEND(misc-no-recursion)

int check_envelope(const P2v__Envelope *envelope, size_t fd_count, struct error *err)
{
    const ProtobufCFieldDescriptor *body = envelope->body_case == P2V__ENVELOPE__BODY__NOT_SET ? NULL :
        protobuf_c_message_descriptor_get_field(&p2v__envelope__descriptor, (unsigned)envelope->body_case);
    if (body == NULL || envelope->base.n_unknown_fields > 0)
        return error_set(err, "a message is of no known type");
    const ProtobufCMessage *message = *(ProtobufCMessage *const *)((const char *)envelope + body->offset);
    if (message == NULL)
        return error_set(err, "a message is empty");
    size_t least = 0, most = 0;
    for (size_t i = 0; i < sizeof carried / sizeof carried[0]; i++)
        if (carried[i].body == envelope->body_case) {
            least = carried[i].least;
            most = carried[i].most;
        }
    if (fd_count < least || fd_count > most)
        return error_set(err, "%s carries %zu descriptors in place of %zu", message->descriptor->short_name, fd_count, most);
    return check_message(message, err);
}

// ---- for the unit test ---------------------------------------------------------------------------------

static bool covers(const ProtobufCMessageDescriptor *type, struct error *err)       // NOLINT(misc-no-recursion): likewise
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        bool top = type == &p2v__envelope__descriptor;
        struct rule rule;
        if (!top && !rule_of(type, field, &rule)) {
            error_set(err, "%s.%s has no rule", type->short_name, field->name);
            return false;
        }
        if (field->type == PROTOBUF_C_TYPE_MESSAGE && !covers(field->descriptor, err))
            return false;
    }
    return true;
}

bool check_covers_every_field(struct error *err)
{
    return covers(&p2v__envelope__descriptor, err);
}
