// SPDX-License-Identifier: GPL-2.0-or-later
//
// The small files that the configuration names by URL.  Touches: those of file:// URLs, reading.
#include "p2v-supervisor/urls.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES 3

static void list(struct supervisor *sup, struct url_file files[FILES])
{
    files[0] = (struct url_file){ "p2v.identity", configuration_identity(sup->connection, sup->start->configuration), sup->secrets->identity, &sup->secrets->identity_size, SECRET_IDENTITY_MAX };
    files[1] = (struct url_file){ "p2v.cacert", sup->settings->auth_cacert, sup->cacert, &sup->cacert_size, CACERT_MAX };
    files[2] = (struct url_file){ "p2v.known_hosts", sup->settings->remote_known_hosts, sup->known_hosts, &sup->known_hosts_size, SSH_KNOWN_HOSTS_MAX };
}

static bool is_local(const char *url)
{
    return strncmp(url, "file://", strlen("file://")) == 0;
}

// ---- file:// -------------------------------------------------------------------------------------------

// Nobody else writes to such a file while it is read, and the kernel gives one of this size in one piece.
static int read_file(const struct url_file *file, struct error *err)
{
    const char *path = file->url + strlen("file://");
    struct stat st;
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) < 0)
        error_set_errno(err, errno, "cannot read %s (%s)", path, file->key);
    else if (!S_ISREG(st.st_mode))
        error_set(err, "%s (%s) is not a file", path, file->key);
    else if (st.st_size == 0 || (uintmax_t)st.st_size > file->max)
        error_set(err, "%s (%s) has %lld bytes, which is not between 1 and %zu", path, file->key, (long long)st.st_size, file->max);
    else if ((n = read(fd, file->bytes, (size_t)st.st_size)) != st.st_size)
        error_set_errno(err, n < 0 ? errno : EIO, "cannot read %s (%s)", path, file->key);
    *file->size = n > 0 && n == st.st_size ? (size_t)n : 0;
    if (fd >= 0)
        close(fd);
    return *file->size > 0 ? 0 : -1;
}

int urls_read(struct supervisor *sup, struct error *err)
{
    struct url_file files[FILES];
    list(sup, files);
    for (size_t i = 0; i < FILES; i++)
        if (is_local(files[i].url) && read_file(&files[i], err) < 0)
            return -1;
    return 0;
}

int urls_read_identity(struct supervisor *sup, bool other, struct error *err)
{
    struct url_file files[FILES];
    list(sup, files);
    if (other) {
        *files[0].size = sup->secrets->passphrase_size = 0;
        sup->urls_done &= ~1u;
    }
    return is_local(files[0].url) ? read_file(&files[0], err) : 0;
}

// ---- the others ----------------------------------------------------------------------------------------

bool urls_next(struct supervisor *sup, struct url_file *file)
{
    struct url_file files[FILES];
    list(sup, files);
    for (unsigned i = 0; i < FILES; i++) {
        *file = files[i];
        file->number = i;
        if (file->url[0] != '\0' && !is_local(file->url) && !(sup->urls_done & 1u << i))
            return true;
    }
    return false;
}

int urls_add(struct supervisor *sup, const void *data, size_t size, bool last, struct error *err)
{
    struct url_file file;
    if (!urls_next(sup, &file) || size > file.max - *file.size)
        return error_set(err, "p2v-fetch sent more than it was asked for");
    memcpy(file.bytes + *file.size, data, size);
    *file.size += size;
    if (last)
        sup->urls_done |= 1u << file.number;
    return 0;
}
