// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-transport/sftp.c: the server's side of SFTP.  Where it has been believed, whole requests were sent, and all of the files.
#include "tests/fuzz/fake-ssh.h"

#include "p2v-transport/sftp.h"
#include "proto/text.h"

#define LARGE 70000

static size_t number_at(const uint8_t *p) { return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3]; }

static void must_be_whole(const uint8_t *bytes, size_t size)
{
    size_t files = 0;
    for (size_t at = 0; at < size;) {
        MUST(size - at >= 5 && number_at(bytes + at) <= size - at - 4);
        files += bytes[at + 4] == 4;               // SSH_FXP_CLOSE
        at += 4 + number_at(bytes + at);
    }
    MUST(files == 2 && size > LARGE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct bundle files;
    static char large[LARGE];
    struct input input = { data, size };
    struct link link;
    struct error err = { 0 };
    if (files.count == 0)
        MUST(bundle_add(&files, "name", "web\n", 4, &err) == 0 && bundle_add(&files, "physical.xml", large, sizeof large, &err) == 0);
    size_t step = 1 + (size_t)input_number(&input, 2), sent;
    fake_ssh_begin(&link, input, step);
    int rc = sftp_upload(&link, &files, "/tmp/virt-p2v-20261122-abcdefgh", &err);
    const uint8_t *bytes = fake_ssh_written(&sent);
    if (rc == 0)
        must_be_whole(bytes, sent);
    else
        MUST(err.text[0] != '\0' && text_is_line(err.text));
    fake_ssh_end(&link);
    return 0;
}
