// SPDX-License-Identifier: GPL-2.0-or-later
//
// The table of NBD servers, and the list of --nbd.
#include "proto/nbd-servers.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define QEMU_NBD { "/usr/bin/qemu-nbd" }
#define NBDKIT { "/usr/bin/nbdkit", "/usr/sbin/nbdkit" }       // Fedora had it in sbin

const struct nbd_server nbd_servers[] = {
    { "builtin", NBD_BUILTIN },
    { "qemu-nbd", NBD_QEMU, true, QEMU_NBD },
    { "qemu-nbd-no-sa", NBD_QEMU, false, QEMU_NBD },
    { "nbdkit", NBD_NBDKIT, true, NBDKIT },
    { "nbdkit-no-sa", NBD_NBDKIT, false, NBDKIT },
    { NULL },
};

const struct nbd_server *nbd_server_by_name(const char *name, size_t size)
{
    for (const struct nbd_server *server = nbd_servers; server->name != NULL; server++)
        if (strlen(server->name) == size && memcmp(server->name, name, size) == 0)
            return server;
    return NULL;
}

const char *nbd_server_program(const struct nbd_server *server)
{
    struct stat st;
    for (size_t i = 0; server->programs[i] != NULL; i++)
        if (stat(server->programs[i], &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IXOTH))
            return server->programs[i];        // for others: it runs under a uid that owns nothing
    return NULL;
}

// All names, for a sentence: "builtin, qemu-nbd, ...".
static void list_names(char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (const struct nbd_server *server = nbd_servers; server->name != NULL && used < size; server++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", server->name);
}

// The next name of the list and its size; moves the list on, to NULL at its end.
static const char *next_name(const char **list, size_t *size)
{
    const char *name = *list;
    *size = strcspn(name, ",");
    *list = name[*size] == ',' ? name + *size + 1 : NULL;
    return name;
}

bool nbd_list_check(const char *list, struct error *err)
{
    char names[128];
    while (list != NULL) {
        size_t size;
        const char *name = next_name(&list, &size);
        if (nbd_server_by_name(name, size) != NULL)
            continue;
        list_names(names, sizeof names);
        error_set(err, "--nbd has no server '%.*s', but %s", (int)(size < 64 ? size : 64), name, names);
        return false;
    }
    return true;
}

const struct nbd_server *nbd_list_choose(const char *list, struct error *err)
{
    char looked[512] = "";
    size_t used = 0;
    while (list != NULL) {
        size_t size;
        const char *name = next_name(&list, &size);
        const struct nbd_server *server = nbd_server_by_name(name, size);
        if (server == NULL)
            continue;
        if (server->family == NBD_BUILTIN || nbd_server_program(server) != NULL)
            return server;
        for (size_t i = 0; server->programs[i] != NULL && used < sizeof looked; i++)
            if (strstr(looked, server->programs[i]) == NULL)
                used += (size_t)snprintf(looked + used, sizeof looked - used, "%s%s", used > 0 ? ", " : "", server->programs[i]);
    }
    error_set(err, "none of the NBD servers that --nbd names is installed (looked for: %s): install one, or use --nbd=builtin", looked);
    return NULL;
}
