// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which letter of a label, with Alt, is its key: found when the label is made, so that a translation has them as well.
#ifndef P2V_UI_GTK_MNEMONIC_H
#define P2V_UI_GTK_MNEMONIC_H

#include <glib.h>

#define MNEMONICS_MAX 64

// Of one dialog; zero at the start.
struct mnemonics {
    gunichar used[MNEMONICS_MAX];      // lower case
    size_t count;
};

// The label with '_' before its letter, as GTK's mnemonics are written: the first of a word, else any, that no label before it
// has; none where all are used.  The caller frees it by g_free().
char *mnemonic(struct mnemonics *mnemonics, const char *label);

#endif
