// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which letter of a label, with Alt, is its key.  Pure memory.
#include "p2v-ui-gtk/mnemonic.h"

#include <stdbool.h>

static bool is_used(const struct mnemonics *mnemonics, gunichar letter)
{
    for (size_t i = 0; i < mnemonics->count; i++)
        if (mnemonics->used[i] == letter)
            return true;
    return false;
}

// Where the letter is; NULL where there is none.
static const char *find(const struct mnemonics *mnemonics, const char *label, bool only_first_of_words)
{
    bool inside = false;
    for (const char *p = label; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar letter = g_unichar_tolower(g_utf8_get_char(p));
        bool can = g_unichar_isalnum(letter);
        if (can && !(inside && only_first_of_words) && !is_used(mnemonics, letter))
            return p;
        inside = can;
    }
    return NULL;
}

char *mnemonic(struct mnemonics *mnemonics, const char *label)
{
    const char *at = mnemonics->count < MNEMONICS_MAX ? find(mnemonics, label, true) : NULL;
    if (at == NULL && mnemonics->count < MNEMONICS_MAX)
        at = find(mnemonics, label, false);
    GString *text = g_string_new(NULL);
    for (const char *p = label; *p != '\0'; p++) {
        if (p == at || *p == '_')
            g_string_append_c(text, '_');
        g_string_append_c(text, *p);
    }
    if (at != NULL)
        mnemonics->used[mnemonics->count++] = g_unichar_tolower(g_utf8_get_char(at));
    return g_string_free(text, FALSE);
}
