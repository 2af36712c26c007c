// SPDX-License-Identifier: GPL-2.0-or-later
//
// A target with three faults, one for each guard: replay.t sees that each is found, by the very flags of the others.
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = input_text((struct input){ data, size });
    int number = atoi(text);
    if (size == 8)                     // ASan: the byte behind the text
        text[size + (size_t)number] = 'x';
    if (size == 9)                     // UBSan: an overflow that otherwise goes unseen
        number = number + number * 4;
    MUST(number != 7);
    free(text);
    return 0;
}
