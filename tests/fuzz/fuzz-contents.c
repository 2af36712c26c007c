// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-inspect/contents.c, by libblkid: a disk of zeroes with a few bytes in it.  What is found on it is a message that can be sent.
//
// The input: the disk's size in MiB less one (1 byte); then places, each an offset (5 bytes) and a record.
#include "tests/fuzz/fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "p2v-inspect/contents.h"
#include "proto/check.h"
#include "proto/channel.h"
#include "proto/helper.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct contents contents;
    struct input input = { data, size };
    uint64_t disk_size = (1 + input_number(&input, 1)) << 20;
    int disk = memfd_create("disk", MFD_CLOEXEC);
    MUST(disk >= 0 && ftruncate(disk, (off_t)disk_size) == 0);
    while (input.size > 0) {
        uint64_t offset = input_number(&input, 5);
        struct input bytes = input_record(&input);
        if (offset < disk_size && bytes.size <= disk_size - offset)
            MUST(pwrite(disk, bytes.data, bytes.size, (off_t)offset) == (ssize_t)bytes.size);
    }
    contents_init(&contents, "sda");
    contents_read(&contents, disk, disk_size);
    struct error err = { 0 };
    P2v__Envelope envelope = ENVELOPE(contents, CONTENTS, &contents.message);
    if (check_envelope(&envelope, 0, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        MUST(false);
    }
    MUST(p2v__envelope__get_packed_size(&envelope) <= CHANNEL_MAX_BYTES);
    close(disk);
    return 0;
}
