// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the dialogs know, whatever shows them: the machine, the fields and what is wrong with them, which buttons are live, the
// messages that are to be sent, how far the conversion is.  Pure memory: it shows nothing, waits for nothing, asks no clock.
//
// In: the supervisor's messages by model_take(), the person's deeds by the verbs below.  Out: this struct, and the messages that
// model->send() is given.  Nothing is sent that the supervisor would not take at that moment: a verb whose button is not live
// does nothing and is false.  Every text of outside is kept twice where it is needed twice: as it came, to be sent back, and
// made harmless for display ("shown", as neutralise_line() has it).
#ifndef P2V_UI_MODEL_H
#define P2V_UI_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "p2v-ui/neutralise.h"
#include "p2v-ui/rate.h"
#include "proto/config-table.h"
#include "proto/limits.h"
#include "proto/p2v.pb-c.h"

#define MODEL_VALUE_MAX 4096           // bytes of a setting, as proto/check.c has it
#define MODEL_SECRET_MAX 1024          // bytes of an answer, as proto/check.c has it
#define MODEL_SHOWN_MAX 256            // bytes of a text that is shown, its end included
#define MODEL_FIELDS_MAX 24
#define MODEL_DRIVERS_MAX 64
#define MODEL_LINES_MAX 2000           // of the log; the oldest go
#define MODEL_SETTLE_MS 400            // after the last change, before the supervisor is asked what it thinks of it

// Which dialog it is.
enum model_step {
    MODEL_INSPECTING,                  // none yet: the machine is being inspected
    MODEL_CONNECTION,                  // 1: SSH configuration
    MODEL_CHOICE,                      // 2: disks and network
    MODEL_RUNNING,                     // 3: the conversion, and its verdict
};

// A key of the configuration that has a label (config-table.h).  Those of the machine's lists (disks, removable, interfaces,
// network_map) have no value here, but what is wrong with them.
struct model_field {
    const struct config_key *key;
    char value[MODEL_VALUE_MAX + 1];   // as typed, or "true" and "false"; memory in MiB; SECRET of the password
    char wrong[ERROR_TEXT_MAX];        // why it cannot be so; "": it can
    bool hidden;                       // the supervisor has a value that is not shown; it stays, unless something is typed
};

// What the supervisor says against the choice.
struct model_finding {
    char name[33];                     // the key that it is about; "": none in particular
    char text[ERROR_TEXT_MAX];         // shown
    bool error;                        // else a warning
};

struct model_content {
    char type[MODEL_SHOWN_MAX], label[MODEL_SHOWN_MAX];            // shown; "": not known, none
    char set_kind[MODEL_SHOWN_MAX], set_name[MODEL_SHOWN_MAX];     // shown: "volume group", "vg0"; "": of none
};

struct model_disk {
    char name[65];
    uint64_t size_bytes;
    char model[MODEL_SHOWN_MAX], serial[MODEL_SHOWN_MAX];          // shown; vendor and model together
    char in_use[MODEL_SHOWN_MAX];      // shown: "mounted on /srv"; "": it is not
    char same_as[65];                  // another path to that disk; ""
    bool carries_root;
    bool chosen;                       // never true where it cannot be chosen: model_disk_offered()
    bool contents_known;
    struct model_content *contents;    // owned
    size_t content_count;
    uint64_t sent_bytes, zero_bytes;   // while it is converted: at the conversion server, and not sent because they are zeroes
    bool converting;                   // Progress has come for it
    struct rate rate;
};

struct model_removable {
    char name[65];
    char model[MODEL_SHOWN_MAX];       // shown
    bool chosen;
};

struct model_nic {
    char name[16];                     // as it came
    char shown[MODEL_SHOWN_MAX];       // its name, shown
    char mac[18];
    char product[MODEL_SHOWN_MAX];     // shown; vendor and product together
    uint32_t speed_mbits;              // 0: unknown
    P2v__Link link;
    bool chosen;
    char network[MODEL_SHOWN_MAX];     // target network, as typed; "": the default one
    char wrong[ERROR_TEXT_MAX];        // why it cannot be that; "": it can
};

// What the person is asked while a connection is made.
enum model_asked { MODEL_ASKED_NOTHING, MODEL_ASKED_HOST_KEY, MODEL_ASKED_SECRET };
struct model_question {
    enum model_asked asked;
    unsigned number;                   // another one than the last that was seen: it is a new question, or the same again
    char server[MODEL_SHOWN_MAX], type[MODEL_SHOWN_MAX], fingerprint[64];   // shown; of a host key
    bool passphrase;                   // of the identity; else the server asks:
    char prompt[MODEL_SHOWN_MAX];      // shown: its own words
    bool echo, again;                  // what is typed may be seen; the last answer was wrong
    bool too_long;                     // what was typed last was not sent for that: it is asked again
};

struct model_line {
    bool output;                       // of virt-v2v or a hook; else a note
    P2v__Level level;                  // of a note
    char *text;                        // owned; shown; of output it may have SGR sequences (ESC [ ... m) for colours
};

struct model_answer {                  // to a request
    unsigned number;                   // 0: never; another one than the last that was seen: it is new
    bool done;
    char text[ERROR_TEXT_MAX];         // shown; why not, or to which file
};

#define MODEL_REQUESTS (P2V__UI_REQUEST_KIND__UI_REQUEST_SAVE_LOG + 1)

// What the person can do now: a button is live where model_can() says so.
enum model_deed {
    MODEL_EDIT,                        // the fields of this dialog
    MODEL_TEST, MODEL_NEXT, MODEL_SHELL, MODEL_NETWORK, MODEL_IDENTIFY,
    MODEL_BACK, MODEL_START, MODEL_OVERRULE,
    MODEL_CANCEL,                      // the conversion; before there is one, the run
    MODEL_SAVE_LOG, MODEL_SHUTDOWN, MODEL_REBOOT, MODEL_CLOSE,
};

// Sends an envelope to the supervisor (borrowed: it and all in it are gone afterwards).  False where nobody is there any more.
typedef bool model_send(void *context, const P2v__Envelope *envelope);

struct model {
    model_send *send;
    void *context;
    enum model_step step;
    bool started, verbose, dialogs;    // as UiStart has it
    bool granted[MODEL_REQUESTS];

    char hostname[MODEL_SHOWN_MAX], machine[MODEL_SHOWN_MAX];      // shown; vendor and product
    struct model_field fields[MODEL_FIELDS_MAX];
    size_t field_count;
    bool password_typed;               // since the last test that went well
    struct model_disk disks[MAX_DISKS];
    struct model_removable removables[MAX_REMOVABLES];
    struct model_nic nics[MAX_NICS];
    size_t disk_count, removable_count, nic_count;
    bool inventory_known, settings_known;

    bool testing;                      // UiConnect has been sent
    bool outdated;                     // and something was changed since
    bool connected;                    // the last test went well, and nothing was changed since
    char not_connected[ERROR_TEXT_MAX];// shown: why the last test did not; ""
    char not_connected_key[33];        // which key that is about; "": none in particular
    char fingerprint[64], virt_v2v[MODEL_SHOWN_MAX];               // where it is connected
    char drivers[MODEL_DRIVERS_MAX][65];                           // output modes of that server
    size_t driver_count;
    struct model_question question;

    struct model_finding findings[MAX_FINDINGS];
    size_t finding_count;
    bool checking;                     // UiCheck has been sent
    bool starting;                     // UiConvert is wanted or has been sent
    bool convert_sent, overruling;     // of it
    bool refused;                      // findings of the last UiConvert were answered; until something is changed
    uint64_t check_due_ms;             // when UiCheck is to be sent; 0: not

    P2v__Phase phase;
    char server[MODEL_SHOWN_MAX], remote_directory[MODEL_SHOWN_MAX];
    P2v__ConversionResult result;      // CONVERSION_UNKNOWN until the verdict
    char verdict[4096 + 1];            // shown: lines

    bool requested[MODEL_REQUESTS];    // sent, not answered yet
    struct model_answer answers[MODEL_REQUESTS];
    bool finished;                     // UiFinished has been sent: the end

    struct neutraliser neutraliser;
    struct model_line lines[MODEL_LINES_MAX];   // line n (from 0) of line_count is lines[n % MODEL_LINES_MAX]
    size_t line_count;
};

// Prepares a model (which must be zero, or cleared); colours: SGR sequences of virt-v2v's output are kept in the lines.
void model_init(struct model *model, model_send *send, void *context, bool colours);

// Frees all, and wipes the password.
void model_clear(struct model *model);

// Takes a message of the supervisor; now_ms: of a clock that never goes back.  False where it is none that may come now: the
// session must end.
bool model_take(struct model *model, const P2v__Envelope *envelope, uint64_t now_ms);

// ---- fields --------------------------------------------------------------------------------------------

// The field of a key by its long name, "output.storage"; NULL where there is none.
struct model_field *model_field(struct model *model, const char *name);

// What the person typed there.  True where it can be so; else field->wrong says why not.  Here and below nothing of dialog 2 changes
// while the conversion is being started.
bool model_set(struct model *model, struct model_field *field, const char *value, uint64_t now_ms);

// Is a boolean field set?
bool model_is_set(const struct model_field *field);

// Can this disk be chosen at all?  Not where the running system is on it, nor where it is another path to one.
bool model_disk_offered(const struct model_disk *disk);

void model_choose_disk(struct model *model, size_t disk, bool chosen, uint64_t now_ms);
void model_choose_removable(struct model *model, size_t removable, bool chosen, uint64_t now_ms);
void model_choose_nic(struct model *model, size_t nic, bool chosen, uint64_t now_ms);
bool model_set_network(struct model *model, size_t nic, const char *network, uint64_t now_ms);

// What is to be said of a key: its own mistake first, else the supervisor's finding; NULL: nothing.  error: it cannot be so.
const char *model_said_of(const struct model *model, const char *name, bool *error);

// The findings that no field shows: those about no key, or about one that has no label.
bool model_finding_is_general(struct model *model, const struct model_finding *finding);

// ---- deeds ---------------------------------------------------------------------------------------------

bool model_can(const struct model *model, enum model_deed deed);

bool model_test(struct model *model);                     // UiConnect.  When it went well the password is the supervisor's alone
bool model_next(struct model *model, uint64_t now_ms);
bool model_back(struct model *model);
bool model_start(struct model *model, bool overrule);     // UiConvert, after an outstanding UiCheck
bool model_request(struct model *model, P2v__UiRequestKind kind, const char *name);    // UiRequest; name: of an interface, or ""
bool model_close(struct model *model);                    // UiFinished

// Answers the open question.  secret: SECRET, borrowed; not used for a host key or where the answer is no.  Where it is longer than
// MODEL_SECRET_MAX it is false and the question is there again, with a new number.
bool model_answer(struct model *model, P2v__Answer answer, const char *secret);

// To be called now and then: sends what has become due.
void model_tick(struct model *model, uint64_t now_ms);

// Milliseconds until model_tick() has something to do; -1: nothing is due.
int model_due(const struct model *model, uint64_t now_ms);

#endif
