// SPDX-License-Identifier: GPL-2.0-or-later
//
// Text for people, in their language.  Touches: the locale's files and this program's catalogue, once.
#include "proto/translate.h"

#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "install-paths.h"

// The catalogues beside the programs (build/bin, build/locale), where they were built and not installed.
static bool beside_programs(char path[PATH_MAX])
{
    char own[PATH_MAX - 32];
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);
    if (size <= 0)
        return false;
    own[size] = '\0';
    char *slash = strrchr(own, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    snprintf(path, PATH_MAX, "%s/../locale", own);
    return access(path, R_OK) == 0;
}

bool translate_begin(void)
{
    char path[PATH_MAX];
    (void)setlocale(LC_ALL, "");
    (void)setlocale(LC_NUMERIC, "C");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        return false;
    bindtextdomain(TRANSLATE_DOMAIN, beside_programs(path) ? path : P2V_LOCALE_DIR);
    textdomain(TRANSLATE_DOMAIN);
    (void)*_("Next");                  // the catalogue is read with the first text
    return true;
}
