// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-transport/features.c: what the server says when it is asked for its virt-v2v; and session.c: for its sshd.
#include "tests/fuzz/fake-ssh.h"

#include "p2v-transport/features.h"
#include "p2v-transport/session.h"
#include "proto/text.h"

static void must_be_words(char list[][FEATURES_WORD_MAX], size_t count)
{
    MUST(count <= FEATURES_DRIVERS_MAX);
    for (size_t i = 0; i < count; i++)
        MUST(text_is_word(list[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = { data, size };
    struct link link;
    struct features features;
    struct session session;
    struct error err = { 0 };
    size_t step = 1 + (size_t)input_number(&input, 2);
    fake_ssh_begin(&link, input, step);
    if (features_ask(&link, true, &features, &err) == 0) {
        MUST(text_is_word(features.version) && features.output_count > 0);
        must_be_words(features.input, features.input_count);
        must_be_words(features.output, features.output_count);
    } else {
        MUST(err.text[0] != '\0' && text_is_line(err.text));
    }
    if (session_find(&link, &session, &err) == 0 && session.pid != 0) {
        MUST(session.pid <= INT32_MAX);
        session_end(&link, &session, &err);
    }
    fake_ssh_end(&link);
    return 0;
}
