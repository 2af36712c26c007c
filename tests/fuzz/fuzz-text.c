// SPDX-License-Identifier: GPL-2.0-or-later
//
// proto/text.c and proto/error.c: any text can be made a printable line, at any place that it may be cut at.
#include "tests/fuzz/fuzz.h"

#include "proto/error.h"
#include "proto/ssh-names.h"
#include "proto/text.h"

static bool (*const checks[])(const char *text) = {
    text_is_device_name, text_is_interface_name, text_is_mac, text_is_hostname, text_is_username, text_is_guest_name, text_is_url,
    text_is_word, ssh_name_is_fingerprint, ssh_name_is_host_key_rule, ssh_name_is_cipher,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = { data, size };
    size_t cut = (size_t)input_number(&input, 1);
    char *text = input_text(input), *part = input_text(input_take(&input, cut));
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (checks[i](text))
            MUST(text[0] != '\0' && text_is_line(text));
    text_clean_line(part);
    MUST(text_is_line(part));
    struct error err = { 0 };
    error_set_errno(&err, 2, "%s and %s", text, part);
    MUST(text_is_line(err.text));
    error_set(&err, "%.*s", (int)cut, text);
    MUST(text_is_line(err.text));
    error_set(&err, "%s: %s", err.text, text);
    MUST(text_is_line(err.text));
    free(text);
    free(part);
    return 0;
}
