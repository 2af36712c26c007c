// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which fields of which messages are secret: one table.  What has no row is, so a field that somebody adds is hidden until it is decided
// on, and a unit test says so.  Numbers and enums are no secrets.  Pure memory.
#include "proto/redact.h"

#include <string.h>

#include "proto/config-table.h"

enum how {
    HIDDEN = 1,                    // not even how long it is
    BY_SIZE,                       // bytes: how many
    BY_KEY,                        // text: as much as config_tells() says of that configuration key
    WHOLE,                         // text
};

static const struct decision { const char *field; enum how how; const char *key; } decisions[] = {
    // What opens something, and what the person typed unseen.
    { "RunStart.password", HIDDEN },
    { "RunStart.passphrase", HIDDEN },
    { "Login.password", HIDDEN },
    { "Login.identity", HIDDEN },
    { "Login.passphrase", HIDDEN },
    { "SecretAnswer.secret", HIDDEN },
    { "UiConnect.password", HIDDEN },
    { "Fetched.content", HIDDEN },                     // may be the identity
    // What may have a secret in it.
    { "Connection.auth_identity_url", BY_KEY, "auth.identity.url" },
    { "Settings.auth_cacert", BY_KEY, "auth.cacert" },
    { "Settings.remote_known_hosts", BY_KEY, "remote.known_hosts" },
    { "FetchStart.url", BY_KEY, "auth.identity.url" },
    { "Settings.pre", BY_KEY, "pre" },
    { "Settings.post", BY_KEY, "post" },
    { "Settings.fail", BY_KEY, "fail" },
    { "Settings.ip", BY_KEY, "ip" },
    { "Guest.disks", BY_KEY, "disks" },
    { "Guest.network_map", BY_KEY, "network_map" },
    { "Hardware.cpu_model", BY_KEY, "cpu.model" },
    { "Output.format", BY_KEY, "output.format" },
    { "Output.connection", BY_KEY, "output.connection" },
    { "Output.storage", BY_KEY, "output.storage" },
    { "Output.misc", BY_KEY, "output.misc" },
    // What is public, but long, or anything at all.
    { "Login.known_hosts", BY_SIZE },
    { "FetchStart.cacert", BY_SIZE },
    { "ConversionOutput.data", BY_SIZE },
};

// Told whole.  What is a sentence for the person (Failure.text ...) has no secret, by what proto/error.h says of sentences.
static const char *const whole[] = {
    "Ready.program", "Ready.version", "Layer.name", "Layer.detail", "Failure.text", "ConnectionLost.text", "Note.text",
    "RunStart.error", "RunStart.test_paths", "RunStart.nbd", "RunStart.helper_dir", "RunStart.ui_program", "RunStart.audit_log",
    "Connection.remote_server", "Connection.auth_username", "Connection.given", "Connection.hidden",
    "Guest.guestname", "Guest.removable", "Guest.interfaces", "Guest.given",
    "Hardware.cpu_vendor", "Hardware.rtc_basis", "Hardware.given",
    "Output.type", "Output.allocation", "Output.given", "Output.hidden",
    "Settings.remote_hostkey", "Settings.remote_ciphers", "Settings.read_errors", "Settings.given", "PlanAsk.server", "PlanAsk.output_type",
    "Inventory.hostname", "Inventory.architecture", "Inventory.vendor", "Inventory.product", "Inventory.serial",
    "Cpu.vendor", "Cpu.model", "Cpu.name",
    "Disk.name", "Disk.vendor", "Disk.model", "Disk.serial", "Disk.wwn", "Disk.transport", "Disk.in_use", "Disk.same_as",
    "Removable.name", "Removable.model", "Nic.name", "Nic.mac", "Nic.vendor", "Nic.product", "Nic.driver",
    "ContentsStart.name", "Contents.name", "Contents.table", "Content.partition_type", "Content.partition_name", "Content.type",
    "Content.label", "Content.uuid", "Content.set", "Content.set_kind", "Content.set_name", "Content.member_uuids",
    "ExportStart.name", "BadRangesAsk.name",
    "Login.server", "Login.username", "Login.host_keys", "Login.accepted_host_key", "Login.ciphers", "LoggedIn.fingerprint", "LoggedIn.cipher",
    "HostKeyAsk.server", "HostKeyAsk.type", "HostKeyAsk.fingerprint", "SecretAsk.prompt",
    "TestConnection.output_mode", "Features.version", "Features.input_drivers", "Features.output_drivers",
    "ForwardStart.name", "Attachment.name", "ConversionStart.remote_directory", "ConversionDirectory.remote_directory",
    "Machine.name", "Machine.architecture", "Machine.removables", "MachineDisk.name",
    "MachineNic.mac", "MachineNic.network", "MachineNic.model", "MachineNic.name",
    "ConversionStarted.remote_directory", "ConversionEnded.text",
    "UiConnected.name", "UiConnected.text", "UiConnected.fingerprint", "Finding.name", "Finding.text",
    "UiRequest.name", "UiRequestDone.text", "UiPhase.server", "UiPhase.remote_directory", "Progress.name", "UiVerdict.text",
};

#define DECISIONS (sizeof decisions / sizeof decisions[0])
#define ROWS (DECISIONS + sizeof whole / sizeof whole[0])

static struct decision row(size_t i)
{
    return i < DECISIONS ? decisions[i] : (struct decision){ whole[i - DECISIONS], WHOLE, NULL };
}

static bool is_of(const char *name, const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field)
{
    size_t n = strlen(type->short_name);
    return strncmp(name, type->short_name, n) == 0 && name[n] == '.' && strcmp(name + n + 1, field->name) == 0;
}

static struct decision decide(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field)
{
    for (size_t i = 0; i < ROWS; i++)
        if (is_of(row(i).field, type, field))
            return row(i);
    return (struct decision){ NULL, HIDDEN, NULL };
}

size_t redact_shows(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, const char *text)
{
    struct decision decision = decide(message->descriptor, field);
    const struct config_key *key = decision.how == BY_KEY ? config_find(decision.key) : NULL;
    return decision.how == WHOLE ? strlen(text) : key != NULL ? config_tells(key, text) : 0;
}

bool redact_hides_size(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return decide(message->descriptor, field).how != BY_SIZE;
}

// ---- for the unit test ---------------------------------------------------------------------------------

// Counts each row that is of a field of this type, or of one in it, once.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the message types are in each other
static bool decides(const ProtobufCMessageDescriptor *type, bool *used, struct error *err)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        bool text = field->type == PROTOBUF_C_TYPE_STRING, bytes = field->type == PROTOBUF_C_TYPE_BYTES;
        size_t rows = 0;
        for (size_t j = 0; (text || bytes) && j < ROWS; j++)
            if (is_of(row(j).field, type, field) && (row(j).how == HIDDEN || (row(j).how == BY_SIZE) == bytes)) {
                used[j] = true;
                rows++;
            }
        if ((text || bytes) && rows != 1)
            return error_set(err, "%s.%s has %zu rows that fit it in place of one: is it a secret?", type->short_name, field->name, rows), false;
        if (field->type == PROTOBUF_C_TYPE_MESSAGE && !decides(field->descriptor, used, err))
            return false;
    }
    return true;
}

bool redact_decides_every_field(struct error *err)
{
    bool used[ROWS] = { false };
    if (!decides(&p2v__envelope__descriptor, used, err))
        return false;
    for (size_t i = 0; i < ROWS; i++)
        if (!used[i] || (row(i).how == BY_KEY && config_find(row(i).key) == NULL))
            return error_set(err, "%s is no text or bytes field that a message has, or its key is none", row(i).field), false;
    return true;
}
