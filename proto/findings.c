// SPDX-License-Identifier: GPL-2.0-or-later
//
// What there is to say against a conversion as it is configured.  Pure memory.
#include "proto/findings.h"

#include <stdarg.h>
#include <stdio.h>

#include "proto/text.h"

void findings_add(struct findings *findings, const char *name, enum finding kind, const char *format, ...)
{
    if (findings->count == MAX_FINDINGS)
        return;
    size_t n = findings->count++;
    va_list args;
    va_start(args, format);
    vsnprintf(findings->texts[n].text, sizeof findings->texts[n].text, format, args);
    va_end(args);
    text_clean_line(findings->texts[n].text);
    p2v__finding__init(&findings->all[n]);
    snprintf(findings->names[n], sizeof findings->names[n], "%s", name);
    findings->all[n].name = findings->names[n];
    findings->all[n].text = findings->texts[n].text;
    findings->all[n].error = kind == FINDING_ERROR;
    findings->all[n].advice = kind == FINDING_ADVICE;
    findings->pointers[n] = &findings->all[n];
    findings->errors += kind == FINDING_ERROR;
}
