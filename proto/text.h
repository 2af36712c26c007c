// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a text from outside may look like.  Pure memory; no locale.
#ifndef P2V_PROTO_TEXT_H
#define P2V_PROTO_TEXT_H

#include <stdbool.h>
#include <stddef.h>

// Length in bytes (1-4) of the well-formed UTF-8 character at p, of which `left` bytes may be read; 0 where
// there is none (RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF).
size_t text_utf8_length(const unsigned char *p, size_t left);

// The same of a character that can be shown; 0 where it is one by which a line can be made to look like another: a control character
// (C0, DEL, C1), one of those that turn the direction of writing round (UAX #9, 2.1 to 2.6), or one that begins a new line (U+2028, U+2029).
size_t text_printable_length(const unsigned char *p, size_t left);

// True for well-formed UTF-8 of nothing but such: one printable line.  "" is one.
bool text_is_line(const char *text);

// Replaces, in place, each byte that text_is_line() would refuse by '?'; a multi-byte character cut off at the
// end is dropped.
void text_clean_line(char *text);

// Names as the kernel and libvirt use them; each is false for "".
bool text_is_device_name(const char *text);   // "sda", "nvme0n1", "cciss/c0d0": [A-Za-z0-9._!-] and inner '/', no ".."
bool text_is_interface_name(const char *text);// 1-15 bytes, no '/', no space, not "." or ".." (Linux dev_valid_name)
bool text_is_mac(const char *text);           // "52:54:00:ab:cd:ef", lower case
bool text_is_hostname(const char *text);      // host name or IPv4/IPv6 address: [A-Za-z0-9._:%-], does not begin with '-'
bool text_is_username(const char *text);      // a printable line without ':' or '/', not beginning with '-', no space
bool text_is_guest_name(const char *text);    // [A-Za-z0-9._-] and space inside, not beginning with '-' or '.'
bool text_is_url(const char *text);           // "https://", "http://", "ftp://" or "tftp://", a host, and so on: printable ASCII
bool text_is_word(const char *text);          // [A-Za-z0-9._+-], for versions, drivers, architectures

#endif
