// SPDX-License-Identifier: GPL-2.0-or-later
//
// The log of a run, in a memfd.  Not a byte of it is looked at.  Touches: that memfd, p2v-ui's channel.

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "p2v-supervisor/conversion.h"

#define KEPT_MAX (16 << 20)        // bytes
#define REPEATED 16384             // bytes that fill any screen

static void keep(struct supervisor *sup, const void *bytes, size_t size)
{
    if (sup->log_fd == 0 && (sup->log_fd = memfd_create("log", MFD_CLOEXEC)) < 0)
        sup->log_fd = 0;
    if (size > KEPT_MAX - sup->log_size)
        size = KEPT_MAX - sup->log_size;
    if (sup->log_fd > 0 && size > 0 && write(sup->log_fd, bytes, size) == (ssize_t)size)
        sup->log_size += size;
}

static void show(struct supervisor *sup, unsigned char *bytes, size_t size)
{
    ui_tell(sup, &MESSAGE(conversion_output, CONVERSION_OUTPUT, ConversionOutput, .data = { size, bytes }));
}

void log_show(struct supervisor *sup, unsigned char *bytes, size_t size)
{
    keep(sup, bytes, size);
    show(sup, bytes, size);
}

void log_keep_note(struct supervisor *sup, const char *text)
{
    static const char prefix[] = "virt-p2v: ";
    keep(sup, prefix, sizeof prefix - 1);
    keep(sup, text, strlen(text));
    keep(sup, "\n", 1);
}

void log_repeat(struct supervisor *sup)
{
    static unsigned char bytes[REPEATED];
    size_t size = sup->log_size < REPEATED ? sup->log_size : REPEATED;
    if (size > 0 && pread(sup->log_fd, bytes, size, (off_t)(sup->log_size - size)) == (ssize_t)size)
        show(sup, bytes, size);
}
