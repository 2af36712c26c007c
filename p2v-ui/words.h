// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a model holds, in words that every front end uses.  Pure memory; translated.
#ifndef P2V_UI_WORDS_H
#define P2V_UI_WORDS_H

#include "p2v-ui/model.h"

// "512 GiB", "1.5 MiB".
void words_size(char *text, size_t size, uint64_t bytes);

// "45 s", "3 min 20 s", "2 h 05 min".
void words_time(char *text, size_t size, uint64_t seconds);

// What is on a disk: "vfat, ext4 boot, volume group vg0"; "contents not known", "nothing that is known".
void words_contents(char *text, size_t size, const struct model_disk *disk);

// Why a disk is not offered, or a warning of its use: "the running system is on it"; "": neither.
void words_disk(char *text, size_t size, const struct model_disk *disk);

// "52:54:00:12:34:56, link, 1000 Mb/s".
void words_nic(char *text, size_t size, const struct model_nic *nic);

// "120 MiB/s, 3.1 GiB zeroes skipped, 3 min 20 s left"; "not begun"; when it is all there, nothing has come for a while or there is
// a verdict, "16 GiB sent, 3.1 GiB zeroes skipped".  now_ms: of the clock that model_take() is given.
void words_progress(char *text, size_t size, const struct model *model, const struct model_disk *disk, uint64_t now_ms);

// Where the conversion is, in one line.
void words_phase(char *text, size_t size, const struct model *model);

// A question's text, whole.
void words_question(char *text, size_t size, const struct model_question *question);

// What the person should do after the verdict.
const char *words_after(const struct model *model);

// That the test of the connection went well.
void words_connected(char *text, size_t size, const struct model *model);

// Where virt-v2v's log is; "": that is not known yet.
void words_directory(char *text, size_t size, const struct model *model);

// Where our log was saved.
void words_saved(char *text, size_t size, const struct model_answer *answer);

// The questions whether this machine is to be shut down, or to start anew.
const char *words_shutdown(void);
const char *words_reboot(const struct model *model);

// What virt-p2v is, for "About".
void words_about(char *text, size_t size);

#endif
