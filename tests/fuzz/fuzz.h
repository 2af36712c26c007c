// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the fuzz targets share: libFuzzer's entry, a check that cannot be compiled out, and an input cut into parts.
#ifndef P2V_TESTS_FUZZ_FUZZ_H
#define P2V_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// libFuzzer calls it with each input; it returns 0.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// What must hold whatever the input was.
#define MUST(CONDITION) \
    do { \
        if (!(CONDITION)) { \
            fprintf(stderr, "%s:%d: this does not hold: %s\n", __FILE__, __LINE__, #CONDITION); \
            abort(); \
        } \
    } while (0)

// What is left of an input.
struct input {
    const uint8_t *data;
    size_t size;
};

static inline uint64_t input_number(struct input *input, size_t bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < bytes && input->size > 0; i++, input->data++, input->size--)
        number |= (uint64_t)input->data[0] << 8 * i;
    return number;
}

// The next size bytes, or what there is; bytes of the input itself.
static inline struct input input_take(struct input *input, size_t size)
{
    struct input part = { input->data, size < input->size ? size : input->size };
    input->data += part.size;
    input->size -= part.size;
    return part;
}

// The next record: a length of two bytes, little-endian, and so many bytes.
static inline struct input input_record(struct input *input)
{
    size_t size = (size_t)input_number(input, 2);
    return input_take(input, size);
}

// A part as a C string of its own, so that ASan sees its end; bytes after a NUL are there, and not seen.  free() it.
static inline char *input_text(struct input part)
{
    char *text = malloc(part.size + 1);
    MUST(text != NULL);
    if (part.size > 0)
        memcpy(text, part.data, part.size);
    text[part.size] = '\0';
    return text;
}

// The bytes up to the separator, which is taken too; all where there is none.
static inline struct input input_until(struct input *input, uint8_t separator)
{
    const uint8_t *end = input->size > 0 ? memchr(input->data, separator, input->size) : NULL;
    struct input part = input_take(input, end != NULL ? (size_t)(end - input->data) : input->size);
    if (end != NULL)
        input_take(input, 1);
    return part;
}

#endif
