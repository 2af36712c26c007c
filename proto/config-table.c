// SPDX-License-Identifier: GPL-2.0-or-later
//
// What can be configured: every p2v.* key once.  The table comes first, the code that reads it below.  Pure memory.
#include "proto/config-table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/ssh-names.h"
#include "proto/text.h"

#define AT(FIELD) offsetof(struct config, FIELD)
#define TIB (UINT64_C(1) << 40)
#define MIB (UINT64_C(1) << 20)

static bool is_file_url(const char *text)
{
    return strncmp(text, "file:///", 8) == 0 && text_is_line(text);
}

static bool is_url(const char *text)
{
    return is_file_url(text) || text_is_url(text);
}

static bool is_allocation(const char *text)
{
    return strcmp(text, "sparse") == 0 || strcmp(text, "preallocated") == 0;
}

static bool is_read_errors(const char *text)
{
    return strcmp(text, "fail") == 0 || strcmp(text, "zero") == 0;
}

// A name, a path in /dev, or whatever a disk calls itself.
static bool is_disk_word(const char *text)
{
    return text_is_line(text) && strstr(text, "..") == NULL && (text[0] != '/' || strncmp(text, "/dev/", 5) == 0);
}

static bool is_network_map(const char *text)
{
    return text_is_line(text) && text[0] != ':' && text[strlen(text) - 1] != ':';
}

const struct config_key config_keys[] = {
    { "remote.server", "server", CONFIG_TEXT, AT(server), NULL, 1, 253, text_is_hostname,
      "a host name or an address", "conversion server" },
    { "remote.port", "port", CONFIG_NUMBER, AT(port), "22", 1, 65535, NULL,
      "a number from 1 to 65535", "SSH port of the conversion server" },
    { "auth.username", "username", CONFIG_TEXT, AT(username), "root", 1, 256, text_is_username,
      "a user name", "user to log in as on the conversion server" },
    { "auth.password", "password", CONFIG_TEXT, AT(password), NULL, 0, 1024, NULL,
      "at most 1024 bytes", "password of that user" },
    { "auth.identity.url", "identity", CONFIG_TEXT, AT(identity), NULL, 9, 4096, is_url,
      "a URL: file:///PATH, https://HOST/PATH, http://, ftp:// or tftp://", "private key to log in with" },
    { "auth.cacert", "cacert", CONFIG_TEXT, AT(cacert), NULL, 9, 4096, is_file_url,
      "a file:///PATH URL", "CA certificates for https:// URLs, in place of the system's" },
    { "auth.identity.passphrase", "passphrase", CONFIG_TEXT, AT(passphrase), NULL, 0, 1024, NULL,
      "at most 1024 bytes", "passphrase of that private key" },
    { "remote.hostkey", "hostkey", CONFIG_LIST, AT(hostkey), NULL, 1, 50, ssh_name_is_host_key_rule,
      "SHA256:FINGERPRINT, as ssh-keygen -l prints it, or required, or ask", "host keys the conversion server may have" },
    { "remote.known_hosts", "known_hosts", CONFIG_TEXT, AT(known_hosts), NULL, 9, 4096, is_url,
      "a URL: file:///PATH, https://HOST/PATH, http://, ftp:// or tftp://", "known_hosts file that the host key must be in" },
    { "remote.ciphers", "ciphers", CONFIG_LIST, AT(ciphers), NULL, 1, 64, ssh_name_is_cipher,
      "one or more of " SSH_CIPHERS, "ciphers to use, the best first" },
    { "remote.compress", "compress", CONFIG_BOOLEAN, AT(compress), NULL, 0, 0, NULL,
      "true or false", "compress what goes through SSH" },
    { "auth.sudo", "sudo", CONFIG_BOOLEAN, AT(sudo), NULL, 0, 0, NULL,
      "true or false", "run virt-v2v by sudo on the conversion server" },
    { "skip_test_connection", NULL, CONFIG_BOOLEAN, AT(skip_test_connection), NULL, 0, 0, NULL,
      "true or false", "begin without the test connection" },
    { "bwlimit", NULL, CONFIG_BYTES, AT(bwlimit), NULL, 1 << 16, TIB, NULL,
      "bits per second, at least 64K, as in 100M or 1G", "what all data connections together may send" },
    { "guestname", "name", CONFIG_TEXT, AT(name), NULL, 1, 128, text_is_guest_name,
      "letters, digits, '.', '_', '-' and inner spaces, at most 128", "name of the guest" },
    { "vcpu.cores", "vcpus", CONFIG_NUMBER, AT(vcpus), NULL, 1, 65536, NULL,
      "a number from 1 to 65536", "virtual CPUs of the guest" },
    { "memory", NULL, CONFIG_BYTES, AT(memory), NULL, MIB, 1024 * TIB, NULL,
      "a size of at least 1M, as in 512M or 16G", "memory of the guest" },
    { "disks", NULL, CONFIG_LIST, AT(disks), NULL, 1, 256, is_disk_word,
      "names of disks (sda, /dev/sda, /dev/disk/by-id/...), serial numbers or WWNs", "disks to convert" },
    { "force", NULL, CONFIG_BOOLEAN, AT(force), NULL, 0, 0, NULL,
      "true or false", "convert a part of an array or a volume group all the same" },
    { "removable", NULL, CONFIG_LIST, AT(removable), NULL, 1, 64, text_is_device_name,
      "device names, as in sr0", "removable drives the guest gets" },
    { "interfaces", NULL, CONFIG_LIST, AT(interfaces), NULL, 1, 15, text_is_interface_name,
      "interface names, as in em1,em2", "network interfaces to convert" },
    { "network_map", "network", CONFIG_LIST, AT(network), NULL, 1, 144, is_network_map,
      "interface:target pairs and one target for all others", "target networks" },
    { "output.type", "o", CONFIG_TEXT, AT(output_mode), "local", 1, 64, text_is_word,
      "one of virt-v2v's output modes", "virt-v2v -o" },
    { "output.allocation", "oa", CONFIG_TEXT, AT(output_allocation), "sparse", 1, 64, is_allocation,
      "sparse or preallocated", "virt-v2v -oa" },
    { "output.connection", "oc", CONFIG_TEXT, AT(output_connection), NULL, 1, 4096, NULL,
      "at most 4096 bytes", "virt-v2v -oc" },
    { "output.format", "of", CONFIG_TEXT, AT(output_format), NULL, 1, 64, NULL,
      "at most 64 bytes", "virt-v2v -of" },
    { "output.storage", "os", CONFIG_TEXT, AT(output_storage), "/var/tmp", 1, 4096, NULL,
      "at most 4096 bytes", "virt-v2v -os" },
    { "output.misc", "oo", CONFIG_LIST, AT(output_misc), NULL, 1, 4096, NULL,
      "at most 4096 bytes each", "virt-v2v -oo, each" },
    { "read_errors", NULL, CONFIG_TEXT, AT(read_errors), "fail", 1, 4, is_read_errors,
      "fail or zero", "what a disk's unreadable sectors become" },
    { "reconnect", NULL, CONFIG_NUMBER, AT(reconnect), "600", 0, 7 * 86400, NULL,
      "a number of seconds, at most 604800", "how long to try to make a lost connection again" },
    { "pre", NULL, CONFIG_TEXT, AT(pre), NULL, 1, 4096, NULL,
      "a command", "command to run before the conversion" },
    { "post", NULL, CONFIG_TEXT, AT(post), NULL, 1, 4096, NULL,
      "a command, poweroff or reboot", "command to run after a conversion that succeeded" },
    { "fail", NULL, CONFIG_TEXT, AT(fail), NULL, 1, 4096, NULL,
      "a command", "command to run after a conversion that failed" },
    { NULL },
};

#define MAX_LIST_ITEMS 64

// ---- values --------------------------------------------------------------------------------------------

static int refuse(struct error *err, const struct config_key *key, const char *value)
{
    bool secret = key->offset == AT(password) || key->offset == AT(passphrase) ||
                  (key->offset == AT(identity) && strchr(value, '@') != NULL);
    return error_set(err, "p2v.%s=%.200s is refused: it must be %s", key->alias != NULL ? key->alias : key->name,
                     secret ? "(secret)" : value, key->allowed);
}

static int out_of_memory(struct error *err)
{
    return error_set(err, "out of memory");
}

static bool text_fits(const struct config_key *key, const char *value)
{
    size_t size = strlen(value);
    return size >= key->minimum && size <= key->maximum && (size == 0 || key->check == NULL || key->check(value));
}

static int set_text(char **field, const struct config_key *key, const char *value, struct error *err)
{
    if (!text_fits(key, value))
        return refuse(err, key, value);
    char *copy = strdup(value);
    if (copy == NULL)
        return out_of_memory(err);
    config_wipe(field);
    *field = copy;
    return 0;
}

// A decimal number and, for CONFIG_BYTES, an optional unit; false where it is none or overflows.
static bool parse_number(const char *value, bool units, uint64_t *out)
{
    if (value[0] < '0' || value[0] > '9')
        return false;
    char *end;
    errno = 0;
    unsigned long long number = strtoull(value, &end, 10);
    if (errno != 0)
        return false;
    static const char unit_letters[] = "KMGTP";
    const char *unit = *end != '\0' && units ? strchr(unit_letters, *end & ~0x20) : NULL;
    unsigned shift = unit != NULL ? 10 * (unsigned)(unit - unit_letters + 1) : 0;
    if (unit != NULL)
        end++;
    if (*end != '\0' || number > (UINT64_MAX >> shift))
        return false;
    *out = (uint64_t)number << shift;
    return true;
}

static int set_number(uint64_t *field, const struct config_key *key, const char *value, struct error *err)
{
    uint64_t number;
    if (!parse_number(value, key->type == CONFIG_BYTES, &number) || number < key->minimum || number > key->maximum)
        return refuse(err, key, value);
    *field = number;
    return 0;
}

static int set_boolean(bool *field, const struct config_key *key, const char *value, struct error *err)
{
    static const char *const words[] = { "0", "1", "no", "yes", "false", "true", "off", "on" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(value, words[i]) == 0) {
            *field = i % 2 == 1;
            return 0;
        }
    return refuse(err, key, value);
}

static int append(struct config_list *list, const struct config_key *key, const char *item, struct error *err)
{
    if (!text_fits(key, item) || list->count >= MAX_LIST_ITEMS)
        return refuse(err, key, item);
    char **grown = realloc(list->items, (list->count + 1) * sizeof *grown);
    if (grown == NULL)
        return out_of_memory(err);
    list->items = grown;
    list->items[list->count] = strdup(item);
    return list->items[list->count] == NULL ? out_of_memory(err) : (list->count++, 0);
}

static int set_list(struct config_list *list, const struct config_key *key, const char *value, struct error *err)
{
    char *copy = strdup(value), *rest = copy, *item;
    int rc = copy == NULL ? out_of_memory(err) : 0;
    list->given = true;
    while (rc == 0 && (item = strsep(&rest, ",")) != NULL)
        if (item[0] != '\0')
            rc = append(list, key, item, err);
    free(copy);
    return rc;
}

// ---- the struct ----------------------------------------------------------------------------------------

static int set_key(struct config *config, const struct config_key *key, const char *value, struct error *err)
{
    void *field = (char *)config + key->offset;
    switch (key->type) {
    case CONFIG_TEXT:
        return set_text(field, key, value, err);
    case CONFIG_NUMBER:
    case CONFIG_BYTES:
        return set_number(field, key, value, err);
    case CONFIG_BOOLEAN:
        return set_boolean(field, key, value, err);
    default:
        return set_list(field, key, value, err);
    }
}

int config_set(struct config *config, const char *key, const char *value, struct error *err)
{
    for (const struct config_key *k = config_keys; k->name != NULL; k++)
        if (strcmp(key, k->name) == 0 || (k->alias != NULL && strcmp(key, k->alias) == 0)) {
            if (value == NULL && k->type != CONFIG_BOOLEAN)
                return error_set(err, "p2v.%s needs a value: %s", key, k->allowed);
            return set_key(config, k, value != NULL ? value : "true", err);
        }
    return 1;
}

int config_init(struct config *config, struct error *err)
{
    *config = (struct config){ 0 };
    for (const struct config_key *k = config_keys; k->name != NULL; k++)
        if (k->preset != NULL && set_key(config, k, k->preset, err) < 0)
            return -1;
    return 0;
}

void config_wipe(char **text)
{
    if (*text != NULL)
        explicit_bzero(*text, strlen(*text));
    free(*text);
    *text = NULL;
}

void config_clear(struct config *config)
{
    for (const struct config_key *k = config_keys; k->name != NULL; k++) {
        void *field = (char *)config + k->offset;
        if (k->type == CONFIG_TEXT) {
            config_wipe(field);
        } else if (k->type == CONFIG_LIST) {
            struct config_list *list = field;
            for (size_t i = 0; i < list->count; i++)
                config_wipe(&list->items[i]);
            free(list->items);
        }
    }
    *config = (struct config){ 0 };
}
