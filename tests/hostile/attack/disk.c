// SPDX-License-Identifier: GPL-2.0-or-later
//
// Attempts to change the disk by the descriptor that was handed over for reading it.
#include "tests/hostile/attack/attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <scsi/sg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/hostile/attack/inside.h"

static char sector[4096] __attribute__((aligned(4096)));       // direct reads and writes want it so

ATTEMPT(write_disk)
{
    return refusal(syscall(SYS_write, (long)scene->disk, sector, sizeof sector));
}

ATTEMPT(pwrite_disk)
{
    return refusal(syscall(SYS_pwrite64, (long)scene->disk, sector, sizeof sector, 0L));
}

ATTEMPT(punch_disk)
{
    return refusal(syscall(SYS_fallocate, (long)scene->disk, (long)(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE), 0L, 4096L));
}

// p2v-export has a queue of its own; the others would have to make one.
ATTEMPT(submit_write)
{
    aio_context_t context = inside_aio_context();
    if (context == 0 && syscall(SYS_io_setup, 1L, &context) < 0)
        return errno;
    struct iocb write = { .aio_lio_opcode = IOCB_CMD_PWRITE, .aio_fildes = (uint32_t)scene->disk,
                          .aio_buf = (uint64_t)(uintptr_t)sector, .aio_nbytes = sizeof sector };
    struct iocb *all[] = { &write };
    return refusal(syscall(SYS_io_submit, context, 1L, all));
}

ATTEMPT(sendfile_disk)
{
    off_t from = 0;
    return refusal(syscall(SYS_sendfile, (long)scene->disk, (long)scene->disk, &from, 4096L));
}

ATTEMPT(map_disk)
{
    void *where = (void *)syscall(SYS_mmap, 0L, 4096L, (long)(PROT_READ | PROT_WRITE), (long)MAP_SHARED, (long)scene->disk, 0L);
    return where == MAP_FAILED ? errno : 0;
}

static int reopen(const char *directory, int fd)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%d", directory, fd);
    return refusal(open(path, O_RDWR | O_CLOEXEC));
}

ATTEMPT(reopen_by_proc)
{
    return reopen("/proc/self/fd", scene->disk);
}

ATTEMPT(reopen_by_dev)
{
    return reopen("/dev/fd", scene->disk);
}

// ---- ioctls ----------------------------------------------------------------------------------------------

ATTEMPT(discard)
{
    uint64_t range[2] = { 0, 4096 };
    return refusal(ioctl(scene->disk, BLKDISCARD, range));
}

ATTEMPT(set_writable)
{
    int read_only = 0;
    return refusal(ioctl(scene->disk, BLKROSET, &read_only));
}

// A loop device has no SCSI commands: its driver's own EINVAL comes when nobody before it has refused.
ATTEMPT(scsi_command)
{
    unsigned char inquiry[6] = { 0x12, 0, 0, 0, 96, 0 };
    struct sg_io_hdr header = { .interface_id = 'S', .dxfer_direction = SG_DXFER_FROM_DEV, .cmd_len = sizeof inquiry, .cmdp = inquiry,
                                .dxfer_len = 96, .dxferp = sector, .timeout = 1000 };
    int rc = ioctl(scene->disk, SG_IO, &header);
    return rc < 0 && errno == ENOTTY ? 0 : refusal_but(rc, EINVAL);
}

// A loop device without partitions: EINVAL comes after the permission.
ATTEMPT(read_partitions)
{
    return refusal_but(ioctl(scene->disk, BLKRRPART), EINVAL);
}

ATTEMPT(flush_buffers)
{
    return refusal(ioctl(scene->disk, BLKFLSBUF));
}
