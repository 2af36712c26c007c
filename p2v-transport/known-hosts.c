// SPDX-License-Identifier: GPL-2.0-or-later
//
// A known_hosts file: lines of "[@marker] host,host,... type key [comment]".  Pure memory.
//
// libssh reads such files from disk alone and passes over markers, so that lines are cut up and names compared here;
// libssh decodes the keys, and compares names that are hashed.
#include "p2v-transport/known-hosts.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "p2v-transport/key-types.h"

#define LINE_SIZE 8192

struct line {
    char text[LINE_SIZE];          // cut into the words below
    bool revoked;
    char *hosts, *type;            // NULL: a blank line or a comment
    ssh_key key;                   // owned
    const char *wrong;             // why it is skipped, else NULL
};

void known_hosts_name(const char *server, unsigned port, char *name, size_t size)
{
    if (port == 22)
        snprintf(name, size, "%s", server);
    else
        snprintf(name, size, "[%s]:%u", server, port);
    for (char *p = name; *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
}

static const char *import(struct line *line, const char *base64)
{
    if (!key_type_is_used(line->type)) {
        line->revoked = false;         // such a key is never believed anyway
        return "keys of its type are not used";
    }
    enum ssh_keytypes_e type = ssh_key_type_from_name(line->type);
    if (ssh_pki_import_pubkey_base64(base64, type, &line->key) != SSH_OK || ssh_key_type(line->key) != type)
        return "its key cannot be read";
    return NULL;
}

// What line->text means; its key, or why it is not understood.
static void understand(struct line *line)
{
    char *rest = NULL;
    char *word = strtok_r(line->text, " \t\r", &rest);
    if (word == NULL || word[0] == '#')
        return;
    line->revoked = strcmp(word, "@revoked") == 0;
    if (word[0] == '@' && !line->revoked) {
        line->wrong = strcmp(word, "@cert-authority") == 0 ? "host certificates are not supported" : "its marker is not known";
        return;
    }
    line->hosts = line->revoked ? strtok_r(NULL, " \t\r", &rest) : word;
    line->type = strtok_r(NULL, " \t\r", &rest);
    const char *base64 = strtok_r(NULL, " \t\r", &rest);
    line->wrong = base64 == NULL ? "it is not of the form HOSTS TYPE KEY" : import(line, base64);
}

// Takes the line that begins at *at and moves *at behind it; false at the end of the file.
static bool next_line(const struct known_hosts *file, size_t *at, struct line *line)
{
    *line = (struct line){ .key = NULL };
    if (*at >= file->size)
        return false;
    const char *begin = file->text + *at, *end = memchr(begin, '\n', file->size - *at);
    size_t size = end != NULL ? (size_t)(end - begin) : file->size - *at;
    *at += size + 1;
    size_t kept = size < LINE_SIZE ? size : LINE_SIZE - 1;
    memcpy(line->text, begin, kept);
    if (kept < size || memchr(line->text, '\0', kept) != NULL) {
        line->wrong = "it is no line of text";
        line->revoked = memmem(line->text, kept, "@revoked", 8) != NULL;
    } else {
        understand(line);
    }
    return true;
}

static void forget(struct line *line)
{
    ssh_key_free(line->key);
    line->key = NULL;
}

// ---- names -----------------------------------------------------------------------------------------------------

// '*' stands for any characters, '?' for one.
static bool matches(const char *pattern, const char *name)
{
    const char *star = NULL, *retry = NULL;
    while (*name != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            retry = name;
        } else if (*pattern == '?' || tolower((unsigned char)*pattern) == *name) {
            pattern++;
            name++;
        } else if (star != NULL) {
            pattern = star + 1;
            name = ++retry;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

// "|1|salt|hash": libssh does not look at more of the line than the name and that there is a key.
static bool matches_hash(const struct line *line, const char *name)
{
    char text[LINE_SIZE];
    char *base64 = NULL;
    struct ssh_knownhosts_entry *entry = NULL;
    if (ssh_pki_export_pubkey_base64(line->key, &base64) != SSH_OK)
        return false;
    int n = snprintf(text, sizeof text, "%s %s %s", line->hosts, line->type, base64);
    bool match = n > 0 && (size_t)n < sizeof text && ssh_known_hosts_parse_line(name, text, &entry) == SSH_OK;
    ssh_knownhosts_entry_free(entry);
    ssh_string_free_char(base64);
    return match;
}

// Is the line about the server?  One pattern with '!' that matches is enough for no.
static bool is_about(const struct line *line, const char *name)
{
    if (line->hosts[0] == '|')
        return matches_hash(line, name);
    bool match = false;
    for (const char *p = line->hosts; *p != '\0';) {
        char pattern[512];
        size_t size = strcspn(p, ",");
        bool negated = *p == '!';
        snprintf(pattern, sizeof pattern, "%.*s", (int)(size < sizeof pattern ? size : sizeof pattern) - negated, p + negated);
        if (size > 0 && size < sizeof pattern && matches(pattern, name)) {
            if (negated)
                return false;
            match = true;
        }
        p += size + (p[size] == ',');
    }
    return match;
}

// ---- the verbs -------------------------------------------------------------------------------------------------

int known_hosts_check(const struct known_hosts *file, void (*skip)(void *context, unsigned line, const char *why), void *context,
                      struct error *err)
{
    struct line line;
    unsigned number = 0;
    for (size_t at = 0; next_line(file, &at, &line); forget(&line)) {
        number++;
        if (line.wrong == NULL)
            continue;
        if (line.revoked) {
            forget(&line);
            return error_set(err, "line %u of the known_hosts file revokes a key, but %s: correct it", number, line.wrong);
        }
        skip(context, number, line.wrong);
    }
    return 0;
}

enum known_host known_hosts_find(const struct known_hosts *file, const ssh_key key)
{
    enum known_host found = KNOWN_HOST_NONE;
    struct line line;
    for (size_t at = 0; next_line(file, &at, &line) && found != KNOWN_HOST_REVOKED; forget(&line)) {
        if (line.wrong != NULL || line.key == NULL || !is_about(&line, file->name))
            continue;
        bool same = ssh_key_cmp(line.key, key, SSH_KEY_CMP_PUBLIC) == 0;
        if (line.revoked)
            found = same ? KNOWN_HOST_REVOKED : found;
        else if (found != KNOWN_HOST_SAME)
            found = same ? KNOWN_HOST_SAME : KNOWN_HOST_OTHER;
    }
    forget(&line);
    return found;
}

bool known_hosts_have_type(const struct known_hosts *file, const char *type)
{
    bool have = false;
    struct line line;
    for (size_t at = 0; !have && next_line(file, &at, &line); forget(&line))
        have = line.wrong == NULL && line.key != NULL && !line.revoked && strcmp(line.type, type) == 0 && is_about(&line, file->name);
    return have;
}
