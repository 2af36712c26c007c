// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a text from outside may look like.  Pure memory; no locale, so the same bytes are judged the same everywhere.
#include "proto/text.h"

#include <stdint.h>
#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

size_t text_utf8_length(const unsigned char *p, size_t left)
{
    if (left == 0)
        return 0;
    if (p[0] < 0x80)
        return 1;
    size_t length = p[0] >= 0xc2 && p[0] <= 0xdf ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4 : 0;
    if (length == 0 || length > left)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
    bool surrogate = p[0] == 0xed && p[1] >= 0xa0;
    bool too_high = p[0] == 0xf4 && p[1] >= 0x90;
    return overlong || surrogate || too_high ? 0 : length;
}

// Of one to three bytes: what lies behind these can be shown.
static uint32_t code_point(const unsigned char *p, size_t length)
{
    return length == 1 ? p[0] : length == 2 ? (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu) :
           length == 3 ? (p[0] & 0xfu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu) : 0x10000;
}

size_t text_printable_length(const unsigned char *p, size_t left)
{
    size_t length = text_utf8_length(p, left);
    uint32_t c = code_point(p, length);
    bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
    bool turns = c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    bool breaks = c == 0x2028 || c == 0x2029;
    return control || turns || breaks ? 0 : length;
}

bool text_is_line(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t left = strlen(text);
    while (left > 0) {
        size_t length = text_printable_length(p, left);
        if (length == 0)
            return false;
        p += length;
        left -= length;
    }
    return true;
}

// Is all that is left the beginning of one character of several bytes?
static bool is_cut_off(const unsigned char *p, size_t left)
{
    size_t length = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || left >= length)
        return false;
    for (size_t i = 1; i < left; i++)
        if ((p[i] & 0xc0) != 0x80)
            return false;
    return true;
}

void text_clean_line(char *text)
{
    size_t left = strlen(text);
    unsigned char *p = (unsigned char *)text;
    while (left > 0) {
        size_t length = text_printable_length(p, left);
        if (is_cut_off(p, left)) {
            *p = '\0';
            return;
        }
        if (length == 0) {
            *p = '?';
            length = 1;
        }
        p += length;
        left -= length;
    }
}

// True where text is one to max bytes, all of `allowed`.
static bool consists_of(const char *text, const char *allowed, size_t max)
{
    size_t length = strlen(text);
    return length > 0 && length <= max && strspn(text, allowed) == length;
}

bool text_is_device_name(const char *text)
{
    return consists_of(text, LETTERS DIGITS "._!-/", 64) && text[0] != '/' && text[0] != '-' && text[0] != '.' &&
           strstr(text, "..") == NULL && strstr(text, "//") == NULL && text[strlen(text) - 1] != '/';
}

bool text_is_interface_name(const char *text)
{
    return text[0] != '\0' && strlen(text) <= 15 && text_is_line(text) && strpbrk(text, "/: ") == NULL &&
           strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

bool text_is_mac(const char *text)
{
    if (strlen(text) != 17)
        return false;
    for (int i = 0; i < 17; i++)
        if (i % 3 == 2 ? text[i] != ':' : strchr(DIGITS "abcdef", text[i]) == NULL)
            return false;
    return true;
}

bool text_is_hostname(const char *text)
{
    return consists_of(text, LETTERS DIGITS "._:%-", 253) && text[0] != '-';
}

bool text_is_username(const char *text)
{
    return text[0] != '\0' && text[0] != '-' && strlen(text) <= 256 && text_is_line(text) && strpbrk(text, ":/ ") == NULL;
}

bool text_is_guest_name(const char *text)
{
    return consists_of(text, LETTERS DIGITS "._ -", 128) && strchr("-. ", text[0]) == NULL &&
           text[strlen(text) - 1] != ' ';
}

bool text_is_word(const char *text)
{
    return consists_of(text, LETTERS DIGITS "._+-", 128);
}

bool text_is_url(const char *text)
{
    static const char *const schemes[] = { "https://", "http://", "ftp://", "tftp://" };
    for (const char *p = text; *p != '\0'; p++)
        if (*p <= ' ' || *p > '~')
            return false;
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t size = strlen(schemes[i]);
        if (strncmp(text, schemes[i], size) == 0)
            return text[size] != '\0' && text[size] != '/';
    }
    return false;
}
