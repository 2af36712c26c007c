// SPDX-License-Identifier: GPL-2.0-or-later
//
// The configuration, or a part of it, as a message's list of settings, and back.  Pure memory.
#include "proto/settings.h"

static uint64_t bit_of(const char *name)
{
    const struct config_key *key = config_find(name);
    return key != NULL ? UINT64_C(1) << (key - config_keys) : 0;
}

uint64_t settings_keys(const char *const *names)
{
    uint64_t keys = 0;
    while (*names != NULL)
        keys |= bit_of(*names++);
    return keys;
}

static int put(struct settings *settings, const struct config_key *key, const char *value, struct error *err)
{
    if (settings->count == SETTINGS_MAX)
        return error_set(err, "the configuration is too long: it has more than %d values", SETTINGS_MAX);
    P2v__Setting *setting = &settings->all[settings->count];
    p2v__setting__init(setting);
    setting->name = (char *)key->name;
    setting->value = (char *)value;
    settings->pointers[settings->count++] = setting;
    return 0;
}

// An empty list that was given is not the same as none.
static int put_list(struct settings *settings, const struct config_key *key, const struct config_list *list, struct error *err)
{
    int rc = list->count == 0 && list->given ? put(settings, key, "", err) : 0;
    for (size_t i = 0; i < list->count && rc == 0; i++)
        rc = put(settings, key, list->items[i], err);
    return rc;
}

int settings_make(struct settings *settings, const struct config *config, uint64_t keys, struct error *err)
{
    int rc = 0;
    settings->count = 0;
    for (const struct config_key *key = config_keys; key->name != NULL && rc == 0; key++) {
        const void *field = (const char *)config + key->offset;
        char *number = settings->numbers[key - config_keys];
        if (!(keys & config->set & bit_of(key->name)))
            continue;
        if (key->type == CONFIG_LIST)
            rc = put_list(settings, key, field, err);
        else if (key->type == CONFIG_TEXT)
            rc = put(settings, key, *(char *const *)field, err);
        else if (config_value(config, key, number, SETTINGS_NUMBER_MAX))       // "" of a secret
            rc = put(settings, key, number, err);
    }
    return rc;
}

int settings_take(struct config *config, P2v__Setting *const *settings, size_t count, uint64_t keys, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!(keys & bit_of(settings[i]->name)))
            return error_set(err, "%s may not be set here", settings[i]->name);
        if (config_set(config, settings[i]->name, settings[i]->value, err) < 0)
            return -1;
    }
    return 0;
}
