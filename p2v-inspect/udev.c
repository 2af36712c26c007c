// SPDX-License-Identifier: GPL-2.0-or-later
//
// What udev has written down of a block device.  Touches: run/udev/data of the tree.
#include "p2v-inspect/udev.h"

#include <stdio.h>
#include <string.h>

#include "proto/text.h"

// A value is a printable line that fits, or is passed over: sysfs is asked first and says the notes.
static void take(char *out, size_t size, const char *value)
{
    if (strlen(value) < size && text_is_line(value))
        memcpy(out, value, strlen(value) + 1);
}

static const char *after(const char *line, const char *key)
{
    size_t length = strlen(key);
    return strncmp(line, key, length) == 0 ? line + length : NULL;
}

void udev_read(struct inspection *in, int dir, const char *name, struct udev_facts *facts)
{
    *facts = (struct udev_facts){ 0 };
    char number[24], path[64];
    if (!inspect_text(in, dir, "dev", name, number, sizeof number) || strspn(number, "0123456789:") != strlen(number))
        return;
    snprintf(path, sizeof path, "run/udev/data/b%s", number);
    struct tree_lines lines;
    if (!tree_lines_open(&lines, in->root, path))
        return;
    char wwn[sizeof facts->wwn] = "";
    for (char *line; (line = tree_next_line(&lines)) != NULL;) {
        const char *value;
        if ((value = after(line, "E:ID_SERIAL_SHORT=")) != NULL)
            take(facts->serial, sizeof facts->serial, value);
        else if ((value = after(line, "E:ID_WWN_WITH_EXTENSION=")) != NULL)
            take(facts->wwn, sizeof facts->wwn, value);
        else if ((value = after(line, "E:ID_WWN=")) != NULL)
            take(wwn, sizeof wwn, value);
    }
    if (facts->wwn[0] == '\0')
        memcpy(facts->wwn, wwn, sizeof wwn);
    tree_lines_close(&lines);
}
