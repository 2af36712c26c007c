// SPDX-License-Identifier: GPL-2.0-or-later
//
// The one place of the supervisor where secrets live.  Touches: its memory.
#include "p2v-supervisor/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

// memfd_secret(2) takes the pages out of the kernel's own map; where the kernel has it switched off, locked memory does.
static void *map_secret(size_t size)
{
    int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
    if (fd >= 0) {
        void *memory = ftruncate(fd, (off_t)size) == 0 ? mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
        close(fd);
        if (memory != MAP_FAILED)
            return memory;
    }
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    if (mlock(memory, size) == 0 && madvise(memory, size, MADV_DONTDUMP) == 0 && madvise(memory, size, MADV_DONTFORK) == 0)
        return memory;
    int error = errno;
    munmap(memory, size);
    errno = error;
    return NULL;
}

struct secrets *secrets_new(struct error *err)
{
    struct secrets *secrets = map_secret(sizeof *secrets);
    if (secrets == NULL)
        error_set_errno(err, errno, "cannot get locked memory for the password and the key");
    return secrets;
}

void secrets_free(struct secrets *secrets)
{
    if (secrets == NULL)
        return;
    explicit_bzero(secrets, sizeof *secrets);
    munmap(secrets, sizeof *secrets);
}

void secret_take(ProtobufCBinaryData *from, unsigned char *secret, size_t *size)
{
    *size = from->len;
    if (from->len == 0)                // the data of an empty one is NULL
        return;
    memcpy(secret, from->data, from->len);
    explicit_bzero(from->data, from->len);
}
