// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the kernel says of a locked process (proc(5)), from outside: the process itself may ask nothing any more.
#include "sandbox/observe.h"

#include <cap-ng.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_LINE 4096
#define MAX_CAPABILITIES 64
#define MAX_WORDS 16

static FILE *open_file(pid_t pid, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    return fopen(path, "re");
}

// The words after "key:" in status.
static const char *value_of(const char *line, const char *key)
{
    size_t n = strlen(key);
    return strncmp(line, key, n) == 0 && line[n] == ':' ? line + n + 1 + strspn(line + n + 1, " \t") : NULL;
}

static void write_words(struct document *doc, const char *label, char *text)
{
    const char *words[MAX_WORDS + 1] = { NULL };
    size_t count = 0;
    for (char *next, *word = strtok_r(text, " \t\n", &next); word != NULL && count < MAX_WORDS; word = strtok_r(NULL, " \t\n", &next))
        words[count++] = word;
    document_list(doc, label, words, " ");
}

static void write_capabilities(struct document *doc, const char *label, const char *hexadecimal)
{
    const char *names[MAX_CAPABILITIES + 1] = { NULL };
    char numbers[MAX_CAPABILITIES][8];
    size_t count = 0;
    unsigned long long set = strtoull(hexadecimal, NULL, 16);
    for (unsigned cap = 0; cap < MAX_CAPABILITIES; cap++) {
        if (!(set >> cap & 1))
            continue;
        const char *name = capng_capability_to_name(cap);
        snprintf(numbers[cap], sizeof numbers[cap], "%u", cap);
        names[count++] = name != NULL ? name : numbers[cap];       // one that is newer than the library
    }
    document_list(doc, label, names, " ");
}

// status has its lines in an order of its own, and the sections have theirs: it is read for each line that is wanted.
static char *status_of(pid_t pid, const char *key, char line[MAX_LINE])
{
    FILE *file = open_file(pid, "status");
    const char *value = NULL;
    while (file != NULL && value == NULL && fgets(line, MAX_LINE, file) != NULL)
        value = value_of(line, key);
    if (file != NULL)
        (void)fclose(file);
    if (value == NULL)
        return NULL;
    memmove(line, value, strlen(value) + 1);
    return line;
}

static void write_identity(struct document *doc, pid_t pid)
{
    static const struct { const char *key, *label; } ids[] = { { "Uid", "uid" }, { "Gid", "gid" }, { "Groups", "other groups" } };
    char line[MAX_LINE];
    document_section(doc, "Identity");
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        if (status_of(pid, ids[i].key, line) != NULL)
            write_words(doc, ids[i].label, line);      // uid, gid: real, effective, saved, of the file system
    if (status_of(pid, "NoNewPrivs", line) != NULL)
        document_bool(doc, "no new privs", line[0] == '1', "yes", "NO");
    if (status_of(pid, "Seccomp", line) != NULL)
        document_text(doc, "seccomp", line[0] == '2' ? "filter" : line[0] == '1' ? "strict" : "NONE");
    document_section_end(doc);
    static const struct { const char *key, *label; } sets[] = {
        { "CapEff", "effective" }, { "CapPrm", "permitted" }, { "CapInh", "inheritable" }, { "CapBnd", "bounding" }, { "CapAmb", "ambient" },
    };
    document_section(doc, "Capabilities");
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
        if (status_of(pid, sets[i].key, line) != NULL)
            write_capabilities(doc, sets[i].label, line);
    document_section_end(doc);
}

// 1: a namespace of its own; 0: one that it shares with this process; -1: the kernel does not say.
static int is_own(pid_t pid, const char *name)
{
    char path[64], theirs[64] = "", ours[64] = "";
    snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pid, name);
    if (readlink(path, theirs, sizeof theirs - 1) < 0)
        return -1;
    snprintf(path, sizeof path, "/proc/self/ns/%s", name);
    return readlink(path, ours, sizeof ours - 1) < 0 ? -1 : strcmp(theirs, ours) != 0;
}

static void write_namespaces(struct document *doc, pid_t pid)
{
    static const char *const names[] = { "mnt", "net", "ipc", "uts", "pid", "user", "cgroup", "time" };
    const char *own[9] = { NULL }, *shared[9] = { NULL };
    size_t own_count = 0, shared_count = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int is = is_own(pid, names[i]);
        if (is > 0)
            own[own_count++] = names[i];
        else if (is == 0)
            shared[shared_count++] = names[i];
    }
    document_section(doc, "Namespaces");
    document_list(doc, "own", own, " ");
    document_list(doc, "shared", shared, " ");
    document_section_end(doc);
}

// Of a mount namespace of its own: each mount is one thing that the policy shows.
static void write_mounts(struct document *doc, pid_t pid)
{
    char line[MAX_LINE], path[MAX_LINE], options[256], kind[64];
    FILE *file = is_own(pid, "mnt") > 0 ? open_file(pid, "mountinfo") : NULL;
    document_section(doc, "Visible file systems");
    document_bool(doc, "own root", file != NULL, "yes", "no: all of the system's, where Landlock's rules and permissions let it");
    document_table(doc, "mounts");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *rest = strstr(line, " - ");
        if (rest == NULL || sscanf(line, "%*s %*s %*s %*s %4095s %255s", path, options) != 2 || sscanf(rest, " - %63s", kind) != 1)
            continue;
        document_row(doc);
        document_text(doc, "path", path);
        document_text(doc, "kind", kind);
        document_text(doc, "options", options);
        document_row_end(doc);
    }
    document_table_end(doc);
    document_section_end(doc);
    if (file != NULL)
        (void)fclose(file);
}

#define LIMIT_NAME 26   // characters: where the soft limit stands in a line of limits

static void write_limits(struct document *doc, pid_t pid)
{
    char line[MAX_LINE], soft[32], hard[32], unit[32];
    FILE *file = open_file(pid, "limits");
    document_section(doc, "Resource limits");
    document_table(doc, "limits");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        unit[0] = '\0';
        if (strncmp(line, "Max ", 4) != 0 || strlen(line) < LIMIT_NAME || sscanf(line + LIMIT_NAME, "%31s %31s %31s", soft, hard, unit) < 2)
            continue;
        char *end = line + LIMIT_NAME;
        while (end > line && end[-1] == ' ')
            end--;
        *end = '\0';
        document_row(doc);
        document_text(doc, "name", line + 4);
        document_text(doc, "soft", soft);
        document_text(doc, "hard", hard);
        document_text(doc, "unit", unit);
        document_row_end(doc);
    }
    document_table_end(doc);
    document_section_end(doc);
    if (file != NULL)
        (void)fclose(file);
}

void observe_process(struct document *doc, pid_t pid)
{
    write_identity(doc, pid);
    write_namespaces(doc, pid);
    write_mounts(doc, pid);
    write_limits(doc, pid);
}
