// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-inspect: what is this machine?  Under the supervisor it answers InspectStart with one Inventory and ends; by hand it
// prints a table.  Reads sysfs, a little of /proc, udev's data; writes nothing.  With --contents it looks at what is on one disk,
// and can see nothing else.  What it may do is in policy.c and contents-policy.c.
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "p2v-inspect/contents.h"
#include "p2v-inspect/inventory.h"
#include "p2v-inspect/policy.h"
#include "p2v-inspect/print.h"
#include "p2v-inspect/survey.h"
#include "proto/check.h"
#include "proto/disk-file.h"
#include "proto/helper.h"
#include "proto/text.h"

static const char usage[] =
    "p2v-inspect: what is this machine?\n"
    "\n"
    "Prints its disks and what is on them, removable drives, network interfaces, processor, memory, clock and firmware.\n"
    "p2v-supervisor runs it to make the inventory of a conversion; by hand it prints a table.\n"
    "\n"
    "  --json            print one JSON object in place of the table\n"
    "  --contents [DISK] look at what is on one disk (or a file with a disk's content), and at nothing else\n"
    "  --root DIR        look at a recorded tree (DIR/sys, DIR/proc ...) in place of this machine\n"
    "  --print-sandbox[=json]\n"
    "                    print what this program may do, and what the kernel enforces of it\n"
    "  --no-sandbox      do not lock this process (by hand alone)\n"
    "  -h, --help        this text\n"
    "  -V, --version     version\n";

enum { OPTION_ROOT = 1, OPTION_JSON, OPTION_CONTENTS };

static const struct option own_options[] = {
    { "root", required_argument, NULL, OPTION_ROOT },
    { "json", no_argument, NULL, OPTION_JSON },
    { "contents", no_argument, NULL, OPTION_CONTENTS },
    { NULL },
};

// What the options changed.
struct program {
    struct helper helper;
    bool json, contents;
    int disk;                          // of --contents by hand
    uint64_t disk_size;                // bytes
    const char *disk_path;
    char directory[PATH_MAX];          // of --root; "" : this machine
    struct sandbox_policy tree_policy;
    struct sandbox_path tree_paths[2];
};

static bool take_option(int option, const char *argument, void *context)
{
    struct program *program = context;
    if (option == OPTION_JSON)
        return program->json = true;
    if (option == OPTION_CONTENTS) {
        program->helper.policy = &contents_policy;
        return program->contents = true;
    }
    if (option != OPTION_ROOT)
        return false;
    if (realpath(argument, program->directory) == NULL) {
        fprintf(stderr, "%s: --root %s: %s\n", program->helper.policy->program, argument, strerror(errno));
        return false;
    }
    policy_for_tree(program->directory, &program->tree_policy, program->tree_paths);
    program->helper.policy = &program->tree_policy;
    return true;
}

// Opened, unread, before the lock: only root may read the SMBIOS table, and after it mountinfo would be of our own root.
static int open_early(const struct program *program, const char *file)
{
    char path[PATH_MAX + 64];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", program->directory, file);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
        return fd;
    close(fd);
    return -1;
}

static int look(struct program *program, struct inspection *in)
{
    const char *root = program->directory[0] != '\0' ? program->directory : "/";
    inventory_init(in->inventory);
    in->helper = &program->helper;
    in->recorded = program->directory[0] != '\0';
    in->root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (in->root < 0)
        return helper_fail(in->helper, "%s cannot be opened: %s", root, strerror(errno));
    inspect_machine(in);
    close(in->root);
    return EXIT_OK;
}

static int print(struct program *program, const struct findings *findings)
{
    if (print_findings(findings, program->json) < 0)
        return helper_fail(&program->helper, "what was found cannot be written: %s", strerror(errno));
    return EXIT_OK;
}

static int by_hand(struct program *program, struct inspection *in, struct survey *survey)
{
    if (look(program, in) != EXIT_OK)
        return EXIT_FAILED;
    survey_read(survey, &program->helper);
    struct findings findings = { &in->inventory->message, survey->contents, survey->contents_count };
    return print(program, &findings);
}

static void look_into(struct program *program, struct contents *contents, int disk, uint64_t size)
{
    contents_read(contents, disk, size);
    if (contents->left_out)
        helper_note(&program->helper, P2V__LEVEL__WARNING, "%s: not all partitions are looked at: there are more than %d",
                    contents->name, MAX_CONTENTS - 1);
}

static int contents_by_hand(struct program *program, struct contents *contents)
{
    char name[65];
    const char *slash = strrchr(program->disk_path, '/');
    snprintf(name, sizeof name, "%s", slash != NULL ? slash + 1 : program->disk_path);
    for (char *p = name; *p != '\0'; p++)      // a file may be called anything; the disk gets a disk's name
        if (!text_is_device_name((const char[]){ 'a', *p, '\0' }))
            *p = '-';
    if (!text_is_device_name(name))
        snprintf(name, sizeof name, "disk");
    contents_init(contents, name);
    if (program->disk_size == 0)
        return helper_fail(&program->helper, "%s has no size", name);
    look_into(program, contents, program->disk, program->disk_size);
    struct error err;
    P2v__Envelope envelope = ENVELOPE(contents, CONTENTS, &contents->message);
    if (check_envelope(&envelope, 0, &err) < 0)         // as the supervisor would
        return helper_fail(&program->helper, "what is on %s cannot be said: %s", name, err.text);
    P2v__Contents *list[] = { &contents->message };
    struct findings findings = { NULL, list, 1 };
    return print(program, &findings);
}

// ---- under the supervisor ------------------------------------------------------------------------------

static int answer(struct program *program, struct inspection *in)
{
    if (look(program, in) != EXIT_OK)
        return EXIT_FAILED;
    P2v__Envelope envelope = ENVELOPE(inventory, INVENTORY, &in->inventory->message);
    return helper_send(in->helper, &envelope, NULL, 0) == 0 ? EXIT_OK : EXIT_FAILED;
}

static int answer_contents(struct program *program, struct contents *contents, const struct message *message)
{
    const P2v__ContentsStart *start = message->envelope->contents_start;
    contents_init(contents, start->name);
    look_into(program, contents, message->fds[0], start->size_bytes);
    P2v__Envelope envelope = ENVELOPE(contents, CONTENTS, &contents->message);
    return helper_send(&program->helper, &envelope, NULL, 0) == 0 ? EXIT_OK : EXIT_FAILED;
}

static int serve(struct program *program, struct inspection *in, struct contents *contents)
{
    struct message message = { 0 };
    int received = helper_receive(&program->helper, &message);
    int status = received == 0 ? EXIT_OK : EXIT_FAILED;
    P2v__Envelope__BodyCase wanted = program->contents ? P2V__ENVELOPE__BODY_CONTENTS_START : P2V__ENVELOPE__BODY_INSPECT_START;
    if (received == 1)
        status = message.envelope->body_case != wanted ? helper_unexpected(&program->helper, &message) :
                 program->contents ? answer_contents(program, contents, &message) : answer(program, in);
    message_clear(&message);
    return status;
}

// What is needed of the machine and can be had before the lock alone.
static int open_all(struct program *program, struct inspection *in, struct survey *survey, struct error *err)
{
    bool by_hand = program->helper.by_hand;
    if (program->contents && by_hand) {
        program->disk = disk_file_open(program->disk_path, true, &program->disk_size, err);
        return program->disk >= 0 ? 0 : -1;
    }
    if (program->contents)
        return 0;
    in->smbios = open_early(program, "sys/firmware/dmi/tables/DMI");
    in->mounts = open_early(program, "proc/self/mountinfo");
    if (program->directory[0] != '\0')
        return 0;
    in->clock = open("/dev/rtc", O_RDONLY | O_CLOEXEC | O_NONBLOCK);           // not every machine has one
    if (in->clock < 0)
        in->clock = open("/dev/rtc0", O_RDONLY | O_CLOEXEC | O_NONBLOCK);      // the other name is a link by udev
    if (by_hand)
        survey_ask(survey);
    return 0;
}

int main(int argc, char *argv[])
{
    static struct program program = { .helper.policy = &inspect_policy };
    static struct inventory inventory;
    static struct in_use in_use;
    static struct contents contents;
    static struct survey survey = { .program = "/proc/self/exe", .patience_ms = 60000 };        // a failing disk may try again for long
    static struct inspection in = { .inventory = &inventory, .in_use = &in_use, .smbios = -1, .mounts = -1, .clock = -1 };
    struct error err;
    int status;

    int first = helper_options(&program.helper, argc, argv, usage, own_options, take_option, &program, &status);
    if (first < 0)
        return status;
    bool by_hand_contents = program.contents && program.helper.by_hand;
    if (first != argc - (by_hand_contents ? 1 : 0)) {
        fprintf(stderr, "p2v-inspect: %s. Try 'p2v-inspect --help'.\n",
                by_hand_contents ? "--contents takes the name of one disk" : "no such argument is known");
        return EXIT_USAGE;
    }
    if (program.contents && program.directory[0] != '\0') {
        fprintf(stderr, "p2v-inspect: --contents looks at one disk, --root at a tree: give one of them. Try 'p2v-inspect --help'.\n");
        return EXIT_USAGE;
    }
    program.disk_path = argv[first];
    if (open_all(&program, &in, &survey, &err) < 0) {
        fprintf(stderr, "p2v-inspect: %s\n", err.text);
        return EXIT_FAILED;
    }
    if (helper_lock(&program.helper) < 0)
        return EXIT_FAILED;
    if (!program.helper.by_hand)
        return serve(&program, &in, &contents);
    return program.contents ? contents_by_hand(&program, &contents) : by_hand(&program, &in, &survey);
}
