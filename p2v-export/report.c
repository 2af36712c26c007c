// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the person and the supervisor are told of a disk while it is served.  Touches: the channel; standard error by hand.
#include "p2v-export/report.h"

#include <inttypes.h>
#include <stdlib.h>

#define MAX_NOTES 20                   // a dying disk has millions of bad sectors

// An error is what clients get errors for; where they get zeroes, that is a warning.
static void note(void *context, uint64_t offset)
{
    struct report *report = context;
    const struct disk *disk = &report->export->disk;
    if (disk->dead)
        helper_note(report->helper, P2V__LEVEL__ERROR, "the disk %s gives nothing any more since byte %" PRIu64 ": it has failed, or was taken "
                    "away; from now on every read of it is an error", report->export->name, offset);
    else if (report->told++ < MAX_NOTES)
        helper_note(report->helper, disk->zero_bad ? P2V__LEVEL__WARNING : P2V__LEVEL__ERROR, "the disk %s could not be read at byte %" PRIu64 "%s%s",
                    report->export->name, offset, disk->zero_bad ? ": zeroes are put there" : "", report->told == MAX_NOTES ? " (no more of these are shown)" : "");
}

void report_begin(struct report *report, struct helper *helper, struct export *export)
{
    *report = (struct report){ .helper = helper, .export = export };
    export->disk.on_bad = note;
    export->disk.context = report;
}

// Ranges have grown since they were met: now their sizes are known.
static void note_all(const struct report *report, const struct bad_ranges *bad)
{
    size_t shown = bad->count < MAX_NOTES ? bad->count : MAX_NOTES;
    for (size_t i = 0; i < shown; i++)
        helper_note(report->helper, P2V__LEVEL__WARNING, "the disk %s could not be read from byte %" PRIu64 " on: %" PRIu64 " bytes are zeroes",
                    report->export->name, bad->ranges[i].begin, bad->ranges[i].end - bad->ranges[i].begin);
    if (bad->count > shown || bad->more)
        helper_note(report->helper, P2V__LEVEL__WARNING, "the disk %s has %s%zu more such ranges",
                    report->export->name, bad->more ? "over " : "", bad->count - shown);
}

int report_list(const struct report *report)
{
    const struct bad_ranges *bad = report->export->disk.bad;
    P2v__BadRange *ranges = calloc(bad->count + 1, sizeof *ranges);
    P2v__BadRange **pointers = calloc(bad->count + 1, sizeof *pointers);
    P2v__BadRanges list = P2V__BAD_RANGES__INIT;
    if (ranges == NULL || pointers == NULL) {
        free(ranges);
        free(pointers);
        helper_fail(report->helper, "not enough memory to tell what of disk %s could not be read", report->export->name);
        return -1;
    }
    note_all(report, bad);
    for (size_t i = 0; i < bad->count; i++) {
        p2v__bad_range__init(&ranges[i]);
        ranges[i].offset = bad->ranges[i].begin;
        ranges[i].length = bad->ranges[i].end - bad->ranges[i].begin;
        pointers[i] = &ranges[i];
    }
    list.ranges = pointers;
    list.n_ranges = bad->count;
    list.more = bad->more;
    P2v__Envelope envelope = ENVELOPE(bad_ranges, BAD_RANGES, &list);
    int rc = helper_send(report->helper, &envelope, NULL, 0);
    free(ranges);
    free(pointers);
    return rc;
}

void report_progress(const struct report *report)
{
    const struct export *export = report->export;
    P2v__Progress progress = P2V__PROGRESS__INIT;
    progress.name = (char *)export->name;
    progress.size_bytes = export->disk.size;
    progress.sent_bytes = progress_sent(export->progress);
    progress.zero_bytes = progress_zero(export->progress);
    P2v__Envelope envelope = ENVELOPE(progress, PROGRESS, &progress);
    (void)helper_send(report->helper, &envelope, NULL, 0);
}
