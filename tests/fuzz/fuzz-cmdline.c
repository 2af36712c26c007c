// SPDX-License-Identifier: GPL-2.0-or-later
//
// The kernel command line's parser and every key of proto/config-table.c.  What a key was set to can be printed as it would be
// typed, and typed again it is the same.
#include "tests/fuzz/fuzz.h"

#include KERNEL_CMDLINE_H
#include "proto/config-print.h"
#include "proto/text.h"

#define VALUE_MAX (CONFIG_LIST_MAX * 4097 + 1)

static void must_be_a_line(const char *text) { MUST(text[0] != '\0' && text_is_line(text)); }

static void type_again(const struct config *config, const struct config_key *key)
{
    static char text[VALUE_MAX], same[VALUE_MAX];
    struct config other = { 0 };
    struct error err = { 0 };
    MUST(config_value(config, key, text, sizeof text));
    if (key->type == CONFIG_SECRET) {
        MUST(text[0] == '\0');
        return;
    }
    config_hides(key, text);
    MUST(config_shows(key, text) <= strlen(text) && config_tells(key, text) <= config_shows(key, text));
    if (text[0] == '\0')
        return;
    MUST(config_set(&other, key->name, text, &err) == 0);
    MUST(config_value(&other, key, same, sizeof same) && strcmp(text, same) == 0);
    config_clear(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = { 0 };
    struct config config;
    char *line = input_text((struct input){ data, size < KERNEL_CMDLINE_MAX ? size : KERNEL_CMDLINE_MAX });
    MUST(config_init(&config, &err) == 0);
    if (kernel_cmdline_parse(line, &config, must_be_a_line, &err) < 0)
        must_be_a_line(err.text);
    for (const struct config_key *key = config_keys; key->name != NULL; key++)
        type_again(&config, key);
    FILE *null = fopen("/dev/null", "w");
    MUST(null != NULL);
    config_dump(&config, null);
    fclose(null);
    config_clear(&config);
    free(line);
    return 0;
}
