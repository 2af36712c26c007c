// SPDX-License-Identifier: GPL-2.0-or-later
//
// Finding zeroes fast: 64 bytes a step in words, 128 in AVX2 registers; loads of any alignment.
#include "p2v-export/zero.h"

#include <string.h>

static bool tail_is_zero(const uint8_t *bytes, size_t size)
{
    uint8_t any = 0;
    for (size_t i = 0; i < size; i++)
        any |= bytes[i];
    return any == 0;
}

bool zero_all_portable(const uint8_t *bytes, size_t size)
{
    for (; size >= 64; bytes += 64, size -= 64) {
        uint64_t w[8];
        memcpy(w, bytes, sizeof w);
        if ((w[0] | w[1] | w[2] | w[3] | w[4] | w[5] | w[6] | w[7]) != 0)
            return false;
    }
    return tail_is_zero(bytes, size);
}

#if defined(__x86_64__)
#include <immintrin.h>

bool zero_has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}

__attribute__((target("avx2"))) bool zero_all_avx2(const uint8_t *bytes, size_t size)
{
    for (; size >= 128; bytes += 128, size -= 128) {
        const __m256i *v = (const __m256i *)(const void *)bytes;
        __m256i a = _mm256_or_si256(_mm256_loadu_si256(v), _mm256_loadu_si256(v + 1));
        __m256i b = _mm256_or_si256(_mm256_loadu_si256(v + 2), _mm256_loadu_si256(v + 3));
        a = _mm256_or_si256(a, b);
        if (!_mm256_testz_si256(a, a))
            return false;
    }
    return zero_all_portable(bytes, size);
}
#else
bool zero_has_avx2(void) { return false; }
bool zero_all_avx2(const uint8_t *bytes, size_t size) { return zero_all_portable(bytes, size); }
#endif

bool zero_all(const uint8_t *bytes, size_t size)
{
    return zero_has_avx2() ? zero_all_avx2(bytes, size) : zero_all_portable(bytes, size);
}

size_t zero_run(const uint8_t *bytes, size_t size, uint64_t offset, bool *zero)
{
    size_t length = 0;
    while (length < size) {
        size_t step = ZERO_GRANULE - (size_t)((offset + length) % ZERO_GRANULE);
        if (step > size - length)
            step = size - length;
        bool this_zero = zero_all(bytes + length, step);
        if (length > 0 && this_zero != *zero)
            break;
        *zero = this_zero;
        length += step;
    }
    return length;
}
