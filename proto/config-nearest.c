// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which key was meant by one that there is not.  Pure memory.
#include <string.h>

#include "proto/config-table.h"

#define NEAREST_MAX 32             // bytes; no key is as long

// How many letters must be changed, put in or left out to make one of the other (Levenshtein).
static size_t distance(const char *a, const char *b)
{
    size_t row[NEAREST_MAX + 1], length = strlen(b);
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t change = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            size_t shift = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            row[j] = change < shift ? change : shift;
        }
    }
    return row[length];
}

const char *config_nearest(const char *key)
{
    const char *nearest = NULL;
    size_t size = strlen(key), best = size < 6 ? 1 : size < 9 ? 2 : 3;
    if (size > NEAREST_MAX)
        return NULL;
    for (const struct config_key *k = config_keys; k->name != NULL; k++)
        for (int i = 0; i < 2; i++) {
            const char *name = i == 0 ? k->alias : k->name;
            size_t far = name != NULL && strlen(name) <= NEAREST_MAX ? distance(key, name) : SIZE_MAX;
            if (far <= best && far < size && (far < best || nearest == NULL)) {
                best = far;
                nearest = name;
            }
        }
    return nearest;
}
