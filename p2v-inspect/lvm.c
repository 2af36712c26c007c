// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which volume group is this LVM2 physical volume of?  The way goes by three structures, each with a checksum: the label in one
// of the first four sectors, the header of a metadata area that it names, and the text that this one names: the group's
// configuration, of which three things are taken.  All of it is little-endian.  Pure memory, but for the reader.
#include "p2v-inspect/lvm.h"

#include <stdlib.h>
#include <string.h>

#include "proto/text.h"

#define SECTOR 512
#define LABEL_SECTORS 4
#define METADATA_AREAS 2           // LVM makes no more; each costs a text and its checksum
#define TEXT_MAX (4 << 20)
#define IGNORED 1                  // of a text's place: LVM writes it elsewhere since then, and does not read it here

static uint32_t get32(const unsigned char *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24; }
static uint64_t get64(const unsigned char *p) { return get32(p) | (uint64_t)get32(p + 4) << 32; }

// CRC-32 with LVM's own beginning and no last step.
static uint32_t checksum(const unsigned char *bytes, size_t size)
{
    uint32_t crc = 0xf597a6cf;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return crc;
}

// ---- the text ------------------------------------------------------------------------------------------

enum token { END, NAME, STRING, OPEN, CLOSE, EQUALS, OTHER, BAD };

struct scanner {
    const char *at, *end;
    const char *start;             // of the last NAME or STRING
    size_t length;
};

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c != '\0' && strchr("_.+-/", c) != NULL);
}

static void skip(struct scanner *scanner)
{
    for (; scanner->at < scanner->end; scanner->at++) {
        if (*scanner->at == '#')
            while (scanner->at + 1 < scanner->end && *scanner->at != '\n')
                scanner->at++;
        else if (*scanner->at != ' ' && *scanner->at != '\t' && *scanner->at != '\n' && *scanner->at != '\r')
            return;
    }
}

static enum token next_string(struct scanner *scanner)
{
    scanner->start = ++scanner->at;
    while (scanner->at < scanner->end && *scanner->at != '"')
        scanner->at += *scanner->at == '\\' && scanner->at + 1 < scanner->end ? 2 : 1;
    if (scanner->at >= scanner->end)
        return BAD;
    scanner->length = (size_t)(scanner->at++ - scanner->start);
    return STRING;
}

static enum token next_token(struct scanner *scanner)
{
    skip(scanner);
    if (scanner->at >= scanner->end || *scanner->at == '\0')       // it is written with its NUL
        return END;
    char c = *scanner->at;
    if (c == '"')
        return next_string(scanner);
    if (is_name_character(c)) {
        scanner->start = scanner->at;
        while (scanner->at < scanner->end && is_name_character(*scanner->at))
            scanner->at++;
        scanner->length = (size_t)(scanner->at - scanner->start);
        return NAME;
    }
    scanner->at++;
    return c == '{' ? OPEN : c == '}' ? CLOSE : c == '=' ? EQUALS : c == '[' || c == ']' || c == ',' ? OTHER : BAD;
}

static bool is(const struct scanner *name, const char *word)
{
    return name->length == strlen(word) && memcmp(name->start, word, name->length) == 0;
}

// Out is a word, or "".
static bool take(char *out, size_t room, const struct scanner *from)
{
    size_t length = from->length < room ? from->length : 0;
    memcpy(out, from->start, length);
    out[length] = '\0';
    if (strlen(out) == length && text_is_word(out))
        return true;
    out[0] = '\0';
    return false;
}

static void take_id(struct lvm_group *group, unsigned depth, bool in_volumes, const struct scanner *value)
{
    if (depth == 1) {
        take(group->id, sizeof group->id, value);
    } else if (depth == 3 && in_volumes) {
        if (group->listed < LVM_MAX_MEMBERS && take(group->members[group->listed], LVM_ID_SIZE, value))
            group->listed++;
        group->member_count++;
    }
}

// group { id = "..." ... physical_volumes { pv0 { id = "..." ... } ... } ... }   with settings after it
bool lvm_parse_text(const char *text, size_t size, struct lvm_group *group)
{
    struct scanner scanner = { text, text + size, NULL, 0 }, name = { 0 };
    unsigned depth = 0;
    bool named = false, assigned = false, in_volumes = false;
    *group = (struct lvm_group){ 0 };
    for (enum token token; (token = next_token(&scanner)) != END;) {
        if (token == BAD)
            return false;
        if (token == OPEN) {
            if (!named || assigned || ++depth > 16 || (depth == 1 && (group->name[0] != '\0' || !take(group->name, sizeof group->name, &name))))
                return false;
            in_volumes = depth == 2 ? is(&name, "physical_volumes") : in_volumes && depth > 2;
        } else if (token == CLOSE) {
            if (depth-- == 0)
                return false;
            in_volumes = in_volumes && depth >= 2;
        } else if (token == STRING && named && assigned && is(&name, "id")) {
            take_id(group, depth, in_volumes, &scanner);
        }
        assigned = token == EQUALS && named;
        named = token == NAME || assigned;
        if (token == NAME)
            name = scanner;
    }
    return depth == 0 && group->name[0] != '\0' && group->id[0] != '\0';
}

// ---- from the label to the text ------------------------------------------------------------------------

struct area {
    uint64_t offset, size;
};

// The text lies in a ring behind the area's header.
static char *read_text(const struct lvm_reader *reader, const struct area *area, const unsigned char *location)
{
    uint64_t offset = get64(location), size = get64(location + 8);
    if (offset < SECTOR || offset >= area->size || size == 0 || size > TEXT_MAX || size > area->size - SECTOR)
        return NULL;
    char *text = malloc((size_t)size);
    if (text == NULL)
        return NULL;
    uint64_t first = size < area->size - offset ? size : area->size - offset;
    if (reader->read(reader->context, area->offset + offset, text, (size_t)first) &&
        (first == size || reader->read(reader->context, area->offset + SECTOR, text + first, (size_t)(size - first))) &&
        checksum((const unsigned char *)text, (size_t)size) == get32(location + 16))
        return text;
    free(text);
    return NULL;
}

static bool read_area(const struct lvm_reader *reader, const struct area *area, struct lvm_group *group)
{
    unsigned char header[SECTOR];
    if (area->size < 2 * SECTOR || !reader->read(reader->context, area->offset, header, sizeof header) ||
        memcmp(header + 4, " LVM2 x[5A%r0N*>", 16) != 0 || get32(header) != checksum(header + 4, sizeof header - 4) ||
        get32(header + 20) != 1 || get64(header + 24) != area->offset || get64(header + 32) != area->size || (get32(header + 60) & IGNORED) != 0)
        return false;
    char *text = read_text(reader, area, header + 40);
    bool good = text != NULL && lvm_parse_text(text, (size_t)get64(header + 48), group);
    free(text);
    return good;
}

// After the label's header: the volume's id, its size, a list of data areas and one of metadata areas, each ended by a zero entry.
static bool read_label(const struct lvm_reader *reader, uint64_t size, const unsigned char *label, struct lvm_group *group)
{
    size_t at = get32(label + 20), lists = 0, areas = 0;
    if (at < 32 || at > SECTOR - 40)
        return false;
    for (at += 40; lists < 2 && areas < METADATA_AREAS && at + 16 <= SECTOR; at += 16) {
        struct area area = { get64(label + at), get64(label + at + 8) };
        if (area.offset == 0) {
            lists++;
            continue;
        }
        areas += lists;
        if (lists == 1 && area.offset < size && area.size <= size - area.offset && read_area(reader, &area, group))
            return true;
    }
    return false;
}

bool lvm_read_group(const struct lvm_reader *reader, uint64_t size, struct lvm_group *group)
{
    unsigned char label[SECTOR];
    for (uint64_t sector = 0; sector < LABEL_SECTORS; sector++)
        if (reader->read(reader->context, sector * SECTOR, label, sizeof label) && memcmp(label, "LABELONE", 8) == 0 &&
            memcmp(label + 24, "LVM2 001", 8) == 0 && get64(label + 8) == sector &&
            get32(label + 16) == checksum(label + 20, sizeof label - 20))
            return read_label(reader, size, label, group);
    return false;
}
