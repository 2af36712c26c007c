// SPDX-License-Identifier: GPL-2.0-or-later
//
// Dialog 2 on a terminal: disks and network.  It has four pages, so that it fits 80x24; where a machine has more than a page
// holds, "More" shows the next ones.
#include <stdio.h>
#include <string.h>

#include "p2v-ui/terminal.h"
#include "p2v-ui/words.h"
#include "proto/translate.h"

#define LABELS 25                      // columns
#define ENTRIES 44
#define FIRST_ROW 2                    // of a page
#define MORE_ROW 11
#define MESSAGE_ROW 12
#define MESSAGE_ROWS 4
#define HINT_ROW 16
#define BUTTON_ROW 17
#define SAID_MAX ((MAX_FINDINGS + 4) * ERROR_TEXT_MAX)
#define PER_PAGE 4                     // disks or interfaces, of two rows each
#define DRIVES_PER_PAGE 8              // removable ones, of one

enum page { GUEST, DISKS, DRIVES, NICS, PAGES };
enum { NAME, VCPUS, MEMORY, CONNECTION, STORAGE, FORMAT, MISC, FIELDS };

static const struct { const char *name; int left, top, labels, width; } places[FIELDS] = {
    [NAME] = { "guestname", 1, 2, LABELS, ENTRIES }, [VCPUS] = { "vcpu.cores", 1, 3, LABELS, 8 }, [MEMORY] = { "memory", 38, 3, 20, 13 },
    [CONNECTION] = { "output.connection", 1, 6, LABELS, ENTRIES }, [STORAGE] = { "output.storage", 1, 7, LABELS, ENTRIES },
    [FORMAT] = { "output.format", 1, 8, LABELS, ENTRIES }, [MISC] = { "output.misc", 1, 9, LABELS, ENTRIES },
};

static struct {
    enum page page;
    size_t first;                      // disk, drive or interface of this page
    newtComponent entries[FIELDS], marks[FIELDS], topology, type, allocation, change_type, change_allocation;
    newtComponent boxes[DRIVES_PER_PAGE], networks[PER_PAGE], identify[PER_PAGE];
    newtComponent tabs[PAGES], tab_marks[PAGES], more, message, hint, back, start, quit;
    bool told;                         // that the conversion was refused
    char said[SAID_MAX];               // against the choice
    char shown[SAID_MAX + 2 * ERROR_TEXT_MAX];     // in the dialog
} parts;

static const char *const page_names[PAGES] = { N_("Guest"), N_("Disks"), N_("Removable"), N_("Network") };

// Which page shows this key.
static enum page page_of(const char *name)
{
    if (strcmp(name, "disks") == 0)
        return DISKS;
    if (strcmp(name, "removable") == 0)
        return DRIVES;
    return strcmp(name, "interfaces") == 0 || strcmp(name, "network_map") == 0 ? NICS : GUEST;
}

static size_t count_of(const struct model *model)
{
    const size_t counts[PAGES] = { [DISKS] = model->disk_count, [DRIVES] = model->removable_count, [NICS] = model->nic_count };
    return counts[parts.page];
}

static size_t per_page(void)
{
    return parts.page == DRIVES ? DRIVES_PER_PAGE : PER_PAGE;
}

// How many this page shows.
static size_t shown_here(const struct model *model)
{
    size_t left = count_of(model) - parts.first;
    return left < per_page() ? left : per_page();
}

// ---- the pages -----------------------------------------------------------------------------------------

static void build_guest(struct dialogs *dialogs)
{
    struct model *model = &dialogs->session.model;
    char text[128 + MODEL_SHOWN_MAX];
    int left;
    for (int i = 0; i < FIELDS; i++) {
        struct model_field *field = model_field(model, places[i].name);
        screen_label(dialogs->form, places[i].left, places[i].top, places[i].labels - 1, _(field->key->label));
        parts.marks[i] = screen_label(dialogs->form, places[i].left + places[i].labels, places[i].top, 1, " ");
        parts.entries[i] = dialogs_entry(dialogs, dialogs->form, places[i].left + places[i].labels + 2, places[i].top, places[i].width,
                                          field->value, false);
        if (i == MEMORY) {
            struct model_field *topology = model_field(model, "vcpu.phys_topo");
            parts.topology = dialogs_checkbox(dialogs, dialogs->form, 1, 4, TERMINAL_WIDTH - 2, _(topology->key->label), model_is_set(topology));
            screen_label(dialogs->form, 1, 5, LABELS, _(model_field(model, "output.type")->key->label));
            parts.type = screen_label(dialogs->form, LABELS + 3, 5, 12, model_field(model, "output.type")->value);
            left = LABELS + 16;
            parts.change_type = screen_button(dialogs->form, &left, 5, _("Change"));
        }
    }
    screen_label(dialogs->form, 1, 10, LABELS, _(model_field(model, "output.allocation")->key->label));
    parts.allocation = screen_label(dialogs->form, LABELS + 3, 10, 12, model_field(model, "output.allocation")->value);
    left = LABELS + 16;
    parts.change_allocation = screen_button(dialogs->form, &left, 10, _("Change"));
    snprintf(text, sizeof text, _("virt-p2v %s here, virt-v2v %s on the conversion server"), P2V_VERSION, model->virt_v2v);
    screen_label(dialogs->form, 1, 11, TERMINAL_WIDTH - 2, text);
}

static void build_disk(struct dialogs *dialogs, size_t at, int row)
{
    const struct model_disk *disk = &dialogs->session.model.disks[parts.first + at];
    char size[32], line[SCREEN_TEXT_MAX + 2 * MODEL_SHOWN_MAX + 8], said[2 * MODEL_SHOWN_MAX], contents[SCREEN_TEXT_MAX];
    words_size(size, sizeof size, disk->size_bytes);
    snprintf(line, sizeof line, "%-7s %9s  %s%s%s", disk->name, size, disk->model, disk->serial[0] != '\0' ? _("  s/n ") : "", disk->serial);
    if (model_disk_offered(disk))
        parts.boxes[at] = dialogs_checkbox(dialogs, dialogs->form, 1, row, TERMINAL_WIDTH - 2, line, disk->chosen);
    else
        screen_label(dialogs->form, 5, row, TERMINAL_WIDTH - 6, line);
    words_disk(said, sizeof said, disk);
    words_contents(contents, sizeof contents, disk);
    snprintf(line, sizeof line, "%s%s%s", said, said[0] != '\0' ? "; " : "", contents);
    screen_label(dialogs->form, 7, row + 1, TERMINAL_WIDTH - 8, line);
}

static void build_drive(struct dialogs *dialogs, size_t at, int row)
{
    const struct model_removable *drive = &dialogs->session.model.removables[parts.first + at];
    char line[2 * MODEL_SHOWN_MAX];
    snprintf(line, sizeof line, "%-7s %s", drive->name, drive->model);
    parts.boxes[at] = dialogs_checkbox(dialogs, dialogs->form, 1, row, TERMINAL_WIDTH - 2, line, drive->chosen);
}

static void build_nic(struct dialogs *dialogs, size_t at, int row)
{
    const struct model_nic *nic = &dialogs->session.model.nics[parts.first + at];
    char line[2 * MODEL_SHOWN_MAX];
    int left = 60;
    snprintf(line, sizeof line, "%-10s %s", nic->shown, nic->product);
    parts.boxes[at] = dialogs_checkbox(dialogs, dialogs->form, 1, row, 57, line, nic->chosen);
    parts.identify[at] = screen_button(dialogs->form, &left, row, _("Identify"));
    words_nic(line, sizeof line, nic);
    screen_label(dialogs->form, 5, row + 1, 39, line);
    screen_label(dialogs->form, 45, row + 1, 13, _(model_field(&dialogs->session.model, "network_map")->key->label));
    parts.networks[at] = dialogs_entry(dialogs, dialogs->form, 59, row + 1, 13, nic->network, false);
}

static void build_items(struct dialogs *dialogs)
{
    static void (*const builders[PAGES])(struct dialogs *, size_t, int) = { [DISKS] = build_disk, [DRIVES] = build_drive, [NICS] = build_nic };
    const struct model *model = &dialogs->session.model;
    size_t count = count_of(model), here = shown_here(model);
    char text[128];
    for (size_t i = 0; i < here; i++)
        builders[parts.page](dialogs, i, FIRST_ROW + (int)i * (parts.page == DRIVES ? 1 : 2));
    if (count == 0)
        screen_label(dialogs->form, 1, FIRST_ROW, TERMINAL_WIDTH - 2, _("This machine has none."));
    if (count <= per_page())
        return;
    int left = 1;
    parts.more = screen_button(dialogs->form, &left, MORE_ROW, _("More"));
    snprintf(text, sizeof text, _("%zu to %zu of %zu"), parts.first + 1, parts.first + here, count);
    screen_label(dialogs->form, left, MORE_ROW, 40, text);
}

static void build(struct dialogs *dialogs)
{
    struct model *model = &dialogs->session.model;
    enum page page = parts.page;
    size_t first = parts.first;
    bool told = parts.told;
    char title[128];
    memset(&parts, 0, sizeof parts);
    parts.page = page;
    parts.first = first < count_of(model) ? first : 0;
    parts.told = told;
    snprintf(title, sizeof title, "%s: %s", _("virt-p2v - Disks and network"), _(page_names[page]));
    screen_window(TERMINAL_WIDTH, TERMINAL_HEIGHT, title);
    dialogs->form = newtForm(NULL, NULL, NEWT_FLAG_NOF12);
    if (page == GUEST)
        build_guest(dialogs);
    else
        build_items(dialogs);
    parts.message = newtTextbox(1, MESSAGE_ROW, TERMINAL_WIDTH - 2, MESSAGE_ROWS, NEWT_FLAG_WRAP);
    newtFormAddComponent(dialogs->form, parts.message);
    parts.hint = screen_label(dialogs->form, 1, HINT_ROW, TERMINAL_WIDTH - 2, " ");
    newtFormAddHotKey(dialogs->form, NEWT_KEY_PGDN);
    int left = 1;
    parts.back = screen_button(dialogs->form, &left, BUTTON_ROW, _("Back"));
    parts.start = screen_button(dialogs->form, &left, BUTTON_ROW, _("Start conversion"));
    parts.quit = screen_button(dialogs->form, &left, BUTTON_ROW, _("Quit"));
    left = 1;
    for (int i = 0; i < PAGES; i++) {
        parts.tabs[i] = screen_button(dialogs->form, &left, 0, _(page_names[i]));
        parts.tab_marks[i] = screen_label(dialogs->form, left - 2, 0, 1, " ");
    }
}

// ---- what was typed ------------------------------------------------------------------------------------

static void take_item(struct model *model, size_t at, uint64_t now)
{
    size_t item = parts.first + at;
    bool checked = parts.boxes[at] != NULL && dialogs_checked(parts.boxes[at]);
    if (parts.page == DISKS)
        model_choose_disk(model, item, checked, now);
    if (parts.page == DRIVES)
        model_choose_removable(model, item, checked, now);
    if (parts.page == NICS) {
        model_choose_nic(model, item, checked, now);
        model_set_network(model, item, newtEntryGetValue(parts.networks[at]), now);
    }
}

static void take(struct dialogs *dialogs)
{
    struct model *model = &dialogs->session.model;
    uint64_t now = session_now();
    for (size_t i = 0; parts.page != GUEST && i < shown_here(model); i++)
        take_item(model, i, now);
    if (parts.page != GUEST)
        return;
    for (int i = 0; i < FIELDS; i++)
        model_set(model, model_field(model, places[i].name), newtEntryGetValue(parts.entries[i]), now);
    model_set(model, model_field(model, "vcpu.phys_topo"), dialogs_checked(parts.topology) ? "true" : "false", now);
}

// ---- what is said --------------------------------------------------------------------------------------

static void add_said(char *text, size_t size, const char *label, const char *said)
{
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%s%s%s%s", used > 0 ? "\n" : "", label, label[0] != '\0' ? ": " : "", said);
}

// The field where the cursor is; NULL: it is elsewhere.
static const char *current_key(struct dialogs *dialogs)
{
    newtComponent current = newtFormGetCurrent(dialogs->form);
    for (int i = 0; parts.page == GUEST && i < FIELDS; i++)
        if (parts.entries[i] == current)
            return places[i].name;
    return NULL;
}

static void add_mistakes(struct model *model, const char *current, bool of_current, char *text, bool marked[PAGES])
{
    for (size_t i = 0; i < model->field_count; i++) {
        const struct model_field *field = &model->fields[i];
        bool here = current != NULL && strcmp(field->key->name, current) == 0;
        if (field->key->dialog != 2 || field->wrong[0] == '\0' || here != of_current)
            continue;
        marked[page_of(field->key->name)] = true;
        add_said(text, SAID_MAX, _(field->key->label), field->wrong);
    }
    for (size_t i = 0; !of_current && i < model->nic_count; i++)
        if (model->nics[i].wrong[0] != '\0') {
            marked[NICS] = true;
            add_said(text, SAID_MAX, "", model->nics[i].wrong);
        }
}

static void add_findings(struct model *model, const char *current, bool of_current, char *text, bool marked[PAGES])
{
    for (size_t i = 0; i < model->finding_count; i++) {
        const struct model_finding *finding = &model->findings[i];
        const struct model_field *field = model_finding_is_general(model, finding) ? NULL : model_field(model, finding->name);
        bool here = current != NULL && strcmp(finding->name, current) == 0;
        if ((field != NULL && field->wrong[0] != '\0') || here != of_current)
            continue;                  // it was said of what stood there before the mistake
        if (field != NULL)
            marked[page_of(finding->name)] = true;
        add_said(text, SAID_MAX, field != NULL ? _(field->key->label) : "", finding->text);
    }
}

// All that is said against the choice, that of the field where the cursor is first.
static void collect(struct dialogs *dialogs, char text[SAID_MAX], bool marked[PAGES])
{
    struct model *model = &dialogs->session.model;
    const char *current = current_key(dialogs);
    text[0] = '\0';
    for (int turn = 0; turn < 2; turn++) {
        add_mistakes(model, current, turn == 0, text, marked);
        add_findings(model, current, turn == 0, text, marked);
    }
}

static void start_all_the_same(struct dialogs *dialogs)
{
    model_start(&dialogs->session.model, true);
}

// The supervisor's answer to "Start" was not that it begins.  The question comes first: it is seen, however much there is to say.
static void tell_refused(struct dialogs *dialogs, const char *said)
{
    static char text[SAID_MAX + SCREEN_TEXT_MAX];
    bool overrule = model_can(&dialogs->session.model, MODEL_OVERRULE);
    snprintf(text, sizeof text, "%s\n\n%s", overrule ? _("Start the conversion all the same?") : _("The conversion cannot begin so."), said);
    if (overrule)
        dialogs_confirm(dialogs, _("Start conversion"), text, start_all_the_same);
    else
        dialogs_remark(dialogs, _("Start conversion"), text);
}

static void show_fields(struct model *model)
{
    for (int i = 0; i < FIELDS; i++) {
        bool error;
        screen_set_label(parts.marks[i], 1, dialogs_mark(model_said_of(model, places[i].name, &error), model_field(model, places[i].name)));
    }
    screen_set_label(parts.type, 12, model_field(model, "output.type")->value);
    screen_set_label(parts.allocation, 12, model_field(model, "output.allocation")->value);
}

static void show(struct dialogs *dialogs)
{
    struct model *model = &dialogs->session.model;
    bool marked[PAGES] = { false };
    char *said = parts.said, warning[ERROR_TEXT_MAX + 64];
    dialogs_warning(dialogs, warning);
    collect(dialogs, said, marked);
    for (int i = 0; i < PAGES; i++)
        screen_set_label(parts.tab_marks[i], 1, marked[i] ? "!" : " ");
    if (parts.page == GUEST)
        show_fields(model);
    if (model->starting)
        snprintf(parts.shown, sizeof parts.shown, "%s", _("Starting ..."));
    else if (model->requested[P2V__UI_REQUEST_KIND__UI_REQUEST_IDENTIFY])
        snprintf(parts.shown, sizeof parts.shown, "%s", _("The light of this interface blinks ..."));
    else
        snprintf(parts.shown, sizeof parts.shown, "%s%s", parts.page == GUEST && said[0] == '\0' ? dialogs_hidden(model, 2) : said, warning);
    dialogs_say(parts.message, MESSAGE_ROWS, parts.hint, parts.shown + (parts.shown[0] == '\n'));
    if (model->refused && !parts.told && model->finding_count > 0)
        tell_refused(dialogs, said);
    parts.told = model->refused;
}

// PgDn shows what the dialog has no room for.
static void key(struct dialogs *dialogs, int key_code)
{
    (void)key_code;
    dialogs_show_all(dialogs, parts.message, MESSAGE_ROWS, parts.shown);
}

// ---- buttons -------------------------------------------------------------------------------------------

static void choose_type(struct dialogs *dialogs, const char *text)
{
    model_set(&dialogs->session.model, model_field(&dialogs->session.model, "output.type"), text, session_now());
}

static void choose_allocation(struct dialogs *dialogs, const char *text)
{
    model_set(&dialogs->session.model, model_field(&dialogs->session.model, "output.allocation"), text, session_now());
}

static void list_types(struct dialogs *dialogs)
{
    struct model *model = &dialogs->session.model;
    const char *texts[MODEL_DRIVERS_MAX];
    for (size_t i = 0; i < model->driver_count; i++)
        texts[i] = model->drivers[i];
    struct model_field *field = model_field(model, "output.type");
    if (model->driver_count > 0)
        dialogs_list(dialogs, _(field->key->label), texts, model->driver_count, field->value, choose_type);
}

static void list_allocations(struct dialogs *dialogs)
{
    static const char *const texts[] = { "sparse", "preallocated" };
    struct model_field *field = model_field(&dialogs->session.model, "output.allocation");
    dialogs_list(dialogs, _(field->key->label), texts, 2, field->value, choose_allocation);
}

static void turn_to(struct dialogs *dialogs, enum page page, size_t first)
{
    parts.page = page;
    parts.first = first;
    dialogs->rebuild = true;
}

static void press(struct dialogs *dialogs, newtComponent button)
{
    struct model *model = &dialogs->session.model;
    for (int i = 0; i < PAGES; i++)
        if (button == parts.tabs[i])
            turn_to(dialogs, (enum page)i, 0);
    for (size_t i = 0; parts.page == NICS && i < shown_here(model); i++)
        if (button == parts.identify[i])
            model_request(model, P2V__UI_REQUEST_KIND__UI_REQUEST_IDENTIFY, model->nics[parts.first + i].name);
    if (button == parts.back)
        model_back(model);
    else if (button == parts.quit)
        dialogs_quit(dialogs);
    else if (button == parts.start && !model_start(model, false) && !model->starting)
        dialogs_remark(dialogs, "virt-p2v", _("First the fields with a ! beside them must be mended."));
    else if (button == parts.more)
        turn_to(dialogs, parts.page, parts.first + per_page() < count_of(model) ? parts.first + per_page() : 0);
    else if (parts.page == GUEST && button == parts.change_type)
        list_types(dialogs);
    else if (parts.page == GUEST && button == parts.change_allocation)
        list_allocations(dialogs);
}

const struct dialogs_form dialogs_choice = { .build = build, .take = take, .show = show, .press = press, .key = key };
