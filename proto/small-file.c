// SPDX-License-Identifier: GPL-2.0-or-later
//
// A small file that an option names, whole.  Touches: that file, reading.
#include "proto/small-file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int small_file_read(const char *path, unsigned char *bytes, size_t size, size_t *got, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), rc = -1;
    ssize_t n = fd < 0 ? -1 : 1;
    for (*got = 0; n > 0 && *got < size; *got += n > 0 ? (size_t)n : 0)
        n = read(fd, bytes + *got, size - *got);
    if (n < 0)
        error_set_errno(err, errno, "cannot read %s", path);
    else if (n > 0)
        error_set(err, "%s is larger than %zu bytes", path, size - 1);
    else
        rc = 0;
    if (fd >= 0)
        close(fd);
    return rc;
}
