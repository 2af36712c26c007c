// SPDX-License-Identifier: GPL-2.0-or-later
//
// What can be configured: every p2v.* key once, with its type, default, check and help.  Pure memory.
#ifndef P2V_PROTO_CONFIG_TABLE_H
#define P2V_PROTO_CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/error.h"

#define CONFIG_LIST_MAX 64         // items

struct config_list {
    char **items;              // owned
    size_t count;
    bool given;                // an empty list that was given is not the same as none
};

// Texts are owned and may be NULL: not given, and no default.
struct config {
    char *server;
    uint64_t port;
    char *username;
    char *password;            // SECRET: wiped once it is in the supervisor's locked memory
    char *identity;            // URL
    char *passphrase;          // SECRET: of the identity; wiped as the password is
    struct config_list hostkey;    // each "SHA256:...", "required" or "ask"
    char *known_hosts;         // URL
    struct config_list ciphers;
    bool compress;
    char *cacert;              // file:// URL
    bool sudo;
    bool skip_test_connection;
    uint64_t bwlimit;          // bits per second; 0: none
    char *name;                // of the guest
    bool phys_topo;            // as many CPUs, in sockets, cores and threads, as the machine; vcpus is not used
    uint64_t vcpus;            // 0: as the machine
    uint64_t memory;           // bytes; 0: as the machine
    char *cpu_vendor;
    char *cpu_model;
    bool acpi, apic, pae;      // config_given(), or as the machine
    char *rtc_basis;           // "unknown", "utc" or "localtime"
    int64_t rtc_offset;        // hours up to 24, above that seconds, as it was typed; config_given(), or as the machine
    struct config_list disks;
    bool force;                // disks that break an array or a volume group are converted all the same
    struct config_list removable;
    struct config_list interfaces;
    struct config_list network;    // "em1:target", or "target" for every other interface
    char *output_mode;
    char *output_connection;
    char *output_format;
    char *output_storage;
    char *output_allocation;
    struct config_list output_misc;
    char *read_errors;         // "fail" or "zero"
    uint64_t reconnect;        // seconds; 0: a lost connection is the end
    uint64_t wait;             // seconds; 0: a server that cannot be reached at first is the end
    char *pre;
    char *post;
    char *fail;
    char *ip;                  // for the boot image's network, not for us
    bool dump_config_and_exit;
    uint64_t set;              // 1 << row of the table: that key was given
    uint64_t hidden;           // the same: its value must not be shown, and is not here (configuration.h)
};

enum config_type {
    CONFIG_TEXT,
    CONFIG_SECRET,             // a text that is never shown
    CONFIG_NUMBER,             // minimum..maximum
    CONFIG_OFFSET,             // a number with or without a sign; -maximum..maximum
    CONFIG_BYTES,              // a number with K, M, G, T or P (binary); minimum..maximum bytes, or bits
    CONFIG_BOOLEAN,            // the key alone, or =1 yes true on / 0 no false off
    CONFIG_LIST,               // separated by commas; given twice, it goes on
};

struct config_key {
    const char *name;          // long: "remote.server"
    const char *alias;         // short: "server"; NULL: none
    enum config_type type;
    size_t offset;             // of the field in struct config
    const char *preset;        // default, as it would be typed; NULL: none
    uint64_t minimum, maximum; // numbers: the value; texts and list items: bytes
    bool (*check)(const char *text);   // texts and list items; NULL: any
    const char *allowed;       // "a host name or an address": completes "KEY must be ..."
    const char *help;
    const char *otherwise;     // what holds where there is neither a value nor a preset: "the machine's"; NULL: nothing
    const char *label;         // short text of its field in a dialog, to be translated where it is shown; NULL: it is in no dialog
    int dialog;                // which: 1, the connection, or 2, what is converted to what
    bool optional;             // the field may be left empty: then there is no value
};

// The table; config_keys[i].name is NULL at its end.
extern const struct config_key config_keys[];

// The row of a key by its long name; NULL where there is none.
const struct config_key *config_find(const char *name);

// Fills config with every key's default.  0, or -1 with err where memory is short.
int config_init(struct config *config, struct error *err);

// Sets one key, by its long or short name without "p2v.", to the value as typed (NULL: the key stood alone).
// 0; -1 with err: a sentence that names key, value (unless it is a secret) and what is allowed; 1: no such key.
int config_set(struct config *config, const char *key, const char *value, struct error *err);

// A key's value as it would be typed: lists with commas between, sizes in bytes, true or false; "" where there is none, and of
// every secret.  False where size bytes do not hold it; then text is "".
bool config_value(const struct config *config, const struct config_key *key, char *text, size_t size);

// The bit of a row of the table in `set` and `hidden`.
uint64_t config_bit(const struct config_key *key);

// Was this field of it given, by the person or as a default?
bool config_given(const struct config *config, const void *field);

// The known key, as it would be typed, that one that is unknown is most like; NULL where none is near.
const char *config_nearest(const char *key);

// True where a value of this key (of a list: one item) must not be shown whole: secrets, URLs with a password, a URL to fetch with
// what may be a token, and an option of virt-v2v's whose name says that it is one.
bool config_hides(const struct config_key *key, const char *value);

// How many of its first bytes may be shown all the same: of "server-password=x" all up to the sign.
size_t config_shows(const struct config_key *key, const char *value);

// The same in what is kept, as errors and the audit log: of any URL what is before its question mark, too.
size_t config_tells(const struct config_key *key, const char *value);

// Frees everything, and wipes the texts.
void config_clear(struct config *config);

// Frees and wipes one owned text and sets it to NULL.
void config_wipe(char **text);

#endif
