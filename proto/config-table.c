// SPDX-License-Identifier: GPL-2.0-or-later
//
// What can be configured: every p2v.* key once.  The table comes first, the code that reads it below.  Pure memory.
#include "proto/config-table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/ssh-names.h"
#include "proto/text.h"
#include "proto/translate.h"

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

// A target, or "interface:target"; a target has what a message of it takes (MachineNic.network).
static bool is_network_map(const char *text)
{
    const char *colon = strchr(text, ':'), *target = colon != NULL ? colon + 1 : text;
    return text_is_line(text) && text[0] != ':' && text[strlen(text) - 1] != ':' && strlen(target) <= 128;
}

static bool is_rtc_basis(const char *text)
{
    return strcmp(text, "unknown") == 0 || strcmp(text, "utc") == 0 || strcmp(text, "localtime") == 0;
}

const struct config_key config_keys[] = {
    { "remote.server", "server", CONFIG_TEXT, AT(server), NULL, 1, 253, text_is_hostname,
      "a host name or an address", "conversion server",
      .label = N_("Conversion server"), .dialog = 1 },
    { "remote.port", "port", CONFIG_NUMBER, AT(port), "22", 1, 65535, NULL,
      "a number from 1 to 65535", "SSH port of the conversion server",
      .label = N_("Port"), .dialog = 1 },
    { "auth.username", "username", CONFIG_TEXT, AT(username), "root", 1, 256, text_is_username,
      "a user name", "user to log in as on the conversion server",
      .label = N_("User name"), .dialog = 1 },
    { "auth.password", "password", CONFIG_SECRET, AT(password), NULL, 0, 1024, NULL,
      "at most 1024 bytes", "password of that user",
      .label = N_("Password"), .dialog = 1, .optional = true },
    { "auth.identity.url", "identity", CONFIG_TEXT, AT(identity), NULL, 9, 4096, is_url,
      "a URL: file:///PATH, https://HOST/PATH, http://, ftp:// or tftp://", "private key to log in with",
      .label = N_("SSH identity URL"), .dialog = 1, .optional = true },
    { "auth.cacert", "cacert", CONFIG_TEXT, AT(cacert), NULL, 9, 4096, is_file_url,
      "a file:///PATH URL", "CA certificates for https:// URLs, in place of the system's", "the system's" },
    { "auth.identity.passphrase", "passphrase", CONFIG_SECRET, AT(passphrase), NULL, 0, 1024, NULL,
      "at most 1024 bytes", "passphrase of that private key", "it is asked for" },
    { "remote.hostkey", "hostkey", CONFIG_LIST, AT(hostkey), NULL, 1, 50, ssh_name_is_host_key_rule,
      "SHA256:FINGERPRINT, as ssh-keygen -l prints it, or required, or ask", "host keys the conversion server may have", "the first one is trusted" },
    { "remote.known_hosts", "known_hosts", CONFIG_TEXT, AT(known_hosts), NULL, 9, 4096, is_url,
      "a URL: file:///PATH, https://HOST/PATH, http://, ftp:// or tftp://", "known_hosts file that the host key must be in" },
    { "remote.ciphers", "ciphers", CONFIG_LIST, AT(ciphers), NULL, 1, 64, ssh_name_is_cipher,
      "one or more of " SSH_CIPHERS, "ciphers to use, the best first", "what this CPU does best" },
    { "remote.compress", "compress", CONFIG_BOOLEAN, AT(compress), "false", 0, 0, NULL,
      "true or false", "compress what goes through SSH" },
    { "auth.sudo", "sudo", CONFIG_BOOLEAN, AT(sudo), "false", 0, 0, NULL,
      "true or false", "run virt-v2v by sudo on the conversion server",
      .label = N_("Use sudo when running virt-v2v"), .dialog = 1 },
    { "skip_test_connection", NULL, CONFIG_BOOLEAN, AT(skip_test_connection), "false", 0, 0, NULL,
      "true or false", "begin without the test connection" },
    { "bwlimit", NULL, CONFIG_BYTES, AT(bwlimit), NULL, 1 << 16, TIB, NULL,
      "bits per second, at least 64K, as in 100M or 1G", "what all data connections together may send", "no limit" },
    { "guestname", "name", CONFIG_TEXT, AT(name), NULL, 1, 128, text_is_guest_name,
      "letters, digits, '.', '_', '-' and inner spaces, at most 128", "name of the guest", "the host's",
      .label = N_("Name"), .dialog = 2 },
    { "vcpu.phys_topo", NULL, CONFIG_BOOLEAN, AT(phys_topo), "false", 0, 0, NULL,
      "true or false", "as many CPUs, in sockets, cores and threads, as the machine has; vcpu.cores is then not used",
      .label = N_("Sockets, cores and threads as the machine has them"), .dialog = 2 },
    { "vcpu.cores", "vcpus", CONFIG_NUMBER, AT(vcpus), NULL, 1, 65536, NULL,
      "a number from 1 to 65536", "virtual CPUs of the guest: cores of one socket", "the machine's",
      .label = N_("vCPUs"), .dialog = 2 },
    { "memory", NULL, CONFIG_BYTES, AT(memory), NULL, MIB, 1024 * TIB, NULL,
      "a size of at least 1M, as in 512M or 16G", "memory of the guest", "the machine's",
      .label = N_("Memory (MiB)"), .dialog = 2 },
    { "cpu.vendor", NULL, CONFIG_TEXT, AT(cpu_vendor), NULL, 1, 64, text_is_word,
      "a vendor, as in Intel or AMD", "vendor of the guest's CPUs", "the machine's" },
    { "cpu.model", NULL, CONFIG_TEXT, AT(cpu_model), NULL, 1, 128, text_is_line,
      "a CPU model of libvirt's, as in IvyBridge", "model of the guest's CPUs", "the machine's" },
    { "cpu.acpi", NULL, CONFIG_BOOLEAN, AT(acpi), NULL, 0, 0, NULL,
      "true or false", "the guest has ACPI", "the machine's" },
    { "cpu.apic", NULL, CONFIG_BOOLEAN, AT(apic), NULL, 0, 0, NULL,
      "true or false", "the guest has an APIC", "the machine's" },
    { "cpu.pae", NULL, CONFIG_BOOLEAN, AT(pae), NULL, 0, 0, NULL,
      "true or false", "the guest has PAE", "the machine's" },
    { "rtc.basis", NULL, CONFIG_TEXT, AT(rtc_basis), NULL, 1, 9, is_rtc_basis,
      "unknown, utc or localtime", "what the guest's clock shows", "the machine's" },
    { "rtc.offset", NULL, CONFIG_OFFSET, AT(rtc_offset), NULL, 0, 86400, NULL,
      "hours from -24 to +24, or seconds from -86400 to +86400", "how far the guest's clock is ahead of UTC", "the machine's" },
    { "disks", NULL, CONFIG_LIST, AT(disks), NULL, 1, 256, is_disk_word,
      "names of disks (sda, /dev/sda, /dev/disk/by-id/...), serial numbers or WWNs", "disks to convert", "all",
      .label = N_("Fixed hard disks"), .dialog = 2, .optional = true },
    { "force", NULL, CONFIG_BOOLEAN, AT(force), "false", 0, 0, NULL,
      "true or false", "convert a part of an array or a volume group all the same" },
    { "removable", NULL, CONFIG_LIST, AT(removable), NULL, 1, 64, text_is_device_name,
      "device names, as in sr0", "removable drives the guest gets", "all",
      .label = N_("Removable media"), .dialog = 2, .optional = true },
    { "interfaces", NULL, CONFIG_LIST, AT(interfaces), NULL, 1, 15, text_is_interface_name,
      "interface names, as in em1,em2", "network interfaces to convert", "all",
      .label = N_("Network interfaces"), .dialog = 2, .optional = true },
    { "network_map", "network", CONFIG_LIST, AT(network), NULL, 1, 144, is_network_map,
      "interface:target pairs and one target for all others", "target networks", "default",
      .label = N_("Connect to"), .dialog = 2, .optional = true },
    { "output.type", "o", CONFIG_TEXT, AT(output_mode), "local", 1, 64, text_is_word,
      "one of virt-v2v's output modes", "virt-v2v -o",
      .label = N_("Output to (-o)"), .dialog = 2 },
    { "output.allocation", "oa", CONFIG_TEXT, AT(output_allocation), "sparse", 1, 64, is_allocation,
      "sparse or preallocated", "virt-v2v -oa",
      .label = N_("Allocation (-oa)"), .dialog = 2 },
    { "output.connection", "oc", CONFIG_TEXT, AT(output_connection), NULL, 1, 4096, NULL,
      "at most 4096 bytes", "virt-v2v -oc",
      .label = N_("Connection (-oc)"), .dialog = 2, .optional = true },
    { "output.format", "of", CONFIG_TEXT, AT(output_format), NULL, 1, 64, NULL,
      "at most 64 bytes", "virt-v2v -of",
      .label = N_("Format (-of)"), .dialog = 2, .optional = true },
    { "output.storage", "os", CONFIG_TEXT, AT(output_storage), "/var/tmp", 1, 4096, NULL,
      "at most 4096 bytes", "virt-v2v -os",
      .label = N_("Storage (-os)"), .dialog = 2, .optional = true },
    { "output.misc", "oo", CONFIG_LIST, AT(output_misc), NULL, 1, 4096, NULL,
      "at most 4096 bytes each", "virt-v2v -oo, each",
      .label = N_("Other options (-oo)"), .dialog = 2, .optional = true },
    { "read_errors", NULL, CONFIG_TEXT, AT(read_errors), "fail", 1, 4, is_read_errors,
      "fail or zero", "what a disk's unreadable sectors become" },
    { "reconnect", NULL, CONFIG_NUMBER, AT(reconnect), "600", 0, 7 * 86400, NULL,
      "a number of seconds, at most 604800", "how long to try to make a lost connection again" },
    { "remote.wait", "wait", CONFIG_NUMBER, AT(wait), NULL, 0, 7 * 86400, NULL,
      "a number of seconds, at most 604800", "how long to wait at first for a network or a server that is not there yet; with --iso the default is 3600", "0" },
    { "pre", NULL, CONFIG_TEXT, AT(pre), NULL, 1, 4096, NULL,
      "a command", "command to run before the conversion" },
    { "post", NULL, CONFIG_TEXT, AT(post), NULL, 1, 4096, NULL,
      "a command, poweroff or reboot", "command to run after a conversion that succeeded; the default is for root and /proc/cmdline alone", "poweroff" },
    { "fail", NULL, CONFIG_TEXT, AT(fail), NULL, 1, 4096, NULL,
      "a command", "command to run after a conversion that failed" },
    { "ip", NULL, CONFIG_TEXT, AT(ip), "dhcp", 1, 256, text_is_line,
      "dhcp, or what the boot image makes of it", "for the boot image's network; written without p2v." },
    { "dump_config_and_exit", NULL, CONFIG_BOOLEAN, AT(dump_config_and_exit), "false", 0, 0, NULL,
      "true or false", "print this configuration, and convert nothing" },
    { NULL },
};

_Static_assert(sizeof config_keys / sizeof config_keys[0] <= 64, "config.set has a bit for each key");

// ---- values --------------------------------------------------------------------------------------------

// "scheme://user:password@host", with what may be an '@' in all of them: as far as the last one.
static bool has_password(const char *value)
{
    const char *user = strstr(value, "://"), *at = user != NULL ? strrchr(user, '@') : NULL;
    return at != NULL && memchr(user + 3, ':', (size_t)(at - user - 3)) != NULL;
}

// The length of "NAME=" of an option "NAME=VALUE" whose name says that its value is a secret; 0: it is none.
static size_t secret_option(const char *value)
{
    static const char *const words[] = { "password", "passphrase", "secret", "token" };
    const char *sign = strchr(value, '=');
    for (size_t i = 0; sign != NULL && i < sizeof words / sizeof words[0]; i++) {
        const char *word = strcasestr(value, words[i]);
        if (word != NULL && word < sign)
            return (size_t)(sign - value) + 1;
    }
    return 0;
}

// What follows a URL's question mark may be a token.
static size_t before_query(const char *value, size_t shown)
{
    const char *query = strchr(value, '?');
    return query != NULL && (size_t)(query - value) + 1 < shown ? (size_t)(query - value) + 1 : shown;
}

size_t config_shows(const struct config_key *key, const char *value)
{
    if (key->type == CONFIG_SECRET || (key->check == is_url && strchr(value, '@') != NULL) || has_password(value))
        return 0;
    size_t name = key->offset == AT(output_misc) ? secret_option(value) : 0;
    return name != 0 ? name : key->check == is_url ? before_query(value, strlen(value)) : strlen(value);
}

size_t config_tells(const struct config_key *key, const char *value)
{
    size_t shown = config_shows(key, value);
    return strstr(value, "://") != NULL ? before_query(value, shown) : shown;
}

bool config_hides(const struct config_key *key, const char *value)
{
    return key->type == CONFIG_SECRET || config_shows(key, value) < strlen(value);
}

static int refuse(struct error *err, const struct config_key *key, const char *value)
{
    size_t shown = config_tells(key, value);
    return error_set(err, "p2v.%s=%.*s%s is refused: it must be %s", key->alias != NULL ? key->alias : key->name,
                     (int)(shown < 200 ? shown : 200), value,
                     key->type == CONFIG_SECRET || shown < strlen(value) ? "(secret)" : "", key->allowed);
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
    static const char unit_letters[] = { 'K', 'M', 'G', 'T', 'P' };
    const char *unit = units ? memchr(unit_letters, *end & ~0x20, sizeof unit_letters) : NULL;
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

static int set_offset(int64_t *field, const struct config_key *key, const char *value, struct error *err)
{
    uint64_t number;
    bool negative = value[0] == '-';
    if (!parse_number(value + (negative || value[0] == '+'), false, &number) || number > key->maximum)
        return refuse(err, key, value);
    *field = negative ? -(int64_t)number : (int64_t)number;
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
    if (!text_fits(key, item) || list->count >= CONFIG_LIST_MAX)
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
    if (copy != NULL)
        explicit_bzero(copy, strlen(value));           // it may have a secret, as "server-password=..."
    free(copy);
    return rc;
}

// ---- the struct ----------------------------------------------------------------------------------------

static int set_field(void *field, const struct config_key *key, const char *value, struct error *err)
{
    switch (key->type) {
    case CONFIG_TEXT:
    case CONFIG_SECRET:
        return set_text(field, key, value, err);
    case CONFIG_OFFSET:
        return set_offset(field, key, value, err);
    case CONFIG_NUMBER:
    case CONFIG_BYTES:
        return set_number(field, key, value, err);
    case CONFIG_BOOLEAN:
        return set_boolean(field, key, value, err);
    default:
        return set_list(field, key, value, err);
    }
}

static int set_key(struct config *config, const struct config_key *key, const char *value, struct error *err)
{
    int rc = set_field((char *)config + key->offset, key, value, err);
    if (rc == 0)
        config->set |= config_bit(key);
    return rc;
}

static void clear_field(void *field, const struct config_key *key)
{
    struct config_list *list = field;
    switch (key->type) {
    case CONFIG_TEXT:
    case CONFIG_SECRET:
        config_wipe(field);
        return;
    case CONFIG_LIST:
        for (size_t i = 0; i < list->count; i++)
            config_wipe(&list->items[i]);
        free(list->items);
        *list = (struct config_list){ 0 };
        return;
    case CONFIG_BOOLEAN:
        *(bool *)field = false;
        return;
    default:
        *(uint64_t *)field = 0;        // CONFIG_OFFSET's int64_t as well
    }
}

static bool join(const struct config_list *list, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < list->count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? "," : "", list->items[i]);
    return used < size;
}

static bool write_value(const struct config *config, const struct config_key *key, char *text, size_t size)
{
    const void *field = (const char *)config + key->offset;
    const char *value = key->type == CONFIG_TEXT ? *(char *const *)field : NULL;
    int n = 0;
    text[0] = '\0';
    if (key->type == CONFIG_LIST)
        return join(field, text, size);
    if (value != NULL)
        n = snprintf(text, size, "%s", value);
    else if (key->type == CONFIG_TEXT || key->type == CONFIG_SECRET || !config_given(config, field))
        return true;
    else if (key->type == CONFIG_BOOLEAN)
        n = snprintf(text, size, "%s", *(const bool *)field ? "true" : "false");
    else if (key->type == CONFIG_OFFSET)
        n = snprintf(text, size, "%" PRId64, *(const int64_t *)field);
    else
        n = snprintf(text, size, "%" PRIu64, *(const uint64_t *)field);
    return n >= 0 && (size_t)n < size;
}

bool config_value(const struct config *config, const struct config_key *key, char *text, size_t size)
{
    bool fits = write_value(config, key, text, size);
    if (!fits)
        text[0] = '\0';
    return fits;
}

uint64_t config_bit(const struct config_key *key)
{
    return UINT64_C(1) << (key - config_keys);
}

bool config_given(const struct config *config, const void *field)
{
    size_t offset = (size_t)((const char *)field - (const char *)config);
    for (const struct config_key *k = config_keys; k->name != NULL; k++)
        if (k->offset == offset)
            return (config->set & config_bit(k)) != 0;
    return false;
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

const struct config_key *config_find(const char *name)
{
    for (const struct config_key *k = config_keys; k->name != NULL; k++)
        if (strcmp(name, k->name) == 0)
            return k;
    return NULL;
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
    for (const struct config_key *k = config_keys; k->name != NULL; k++)
        clear_field((char *)config + k->offset, k);
    *config = (struct config){ 0 };
}
