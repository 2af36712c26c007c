// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-inspect: what is this machine?  Under the supervisor it answers InspectStart with one Inventory and ends; by hand it
// prints a table.  Reads sysfs, a little of /proc, udev's data; writes nothing.  What it may do is in policy.c.
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "p2v-inspect/inventory.h"
#include "p2v-inspect/policy.h"
#include "p2v-inspect/print.h"
#include "proto/helper.h"

static const char usage[] =
    "p2v-inspect: what is this machine?\n"
    "\n"
    "Prints its disks, removable drives, network interfaces, processor, memory, clock and firmware.\n"
    "p2v-supervisor runs it to make the inventory of a conversion; by hand it prints a table.\n"
    "\n"
    "  --root DIR        look at a recorded tree (DIR/sys, DIR/proc ...) in place of this machine\n"
    "  --print-sandbox   lock this process, print what it may do and what the kernel enforces of it\n"
    "  --no-sandbox      do not lock this process (by hand alone)\n"
    "  -h, --help        this text\n"
    "  -V, --version     version\n";

enum { OPTION_ROOT = 1 };

static const struct option own_options[] = {
    { "root", required_argument, NULL, OPTION_ROOT },
    { NULL },
};

// What the options changed.
struct program {
    struct helper helper;
    char directory[PATH_MAX];          // of --root; "" : this machine
    struct sandbox_policy tree_policy;
    struct sandbox_path tree_paths[2];
};

static bool take_option(int option, const char *argument, void *context)
{
    struct program *program = context;
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

static int by_hand(struct program *program, struct inspection *in)
{
    if (look(program, in) != EXIT_OK)
        return EXIT_FAILED;
    if (print_inventory(&in->inventory->message) < 0)
        return helper_fail(in->helper, "the inventory cannot be written: %s", strerror(errno));
    return EXIT_OK;
}

static int answer(struct program *program, struct inspection *in)
{
    if (look(program, in) != EXIT_OK)
        return EXIT_FAILED;
    P2v__Envelope envelope = ENVELOPE(inventory, INVENTORY, &in->inventory->message);
    return helper_send(in->helper, &envelope, NULL, 0) == 0 ? EXIT_OK : EXIT_FAILED;
}

static int serve(struct program *program, struct inspection *in)
{
    struct message message = { 0 };
    int received = helper_receive(&program->helper, &message);
    int status = received == 0 ? EXIT_OK : EXIT_FAILED;
    if (received == 1)
        status = message.envelope->body_case == P2V__ENVELOPE__BODY_INSPECT_START ? answer(program, in) :
                 helper_unexpected(&program->helper, &message);
    message_clear(&message);
    return status;
}

int main(int argc, char *argv[])
{
    static struct program program = { .helper.policy = &inspect_policy };
    static struct inventory inventory;
    static struct in_use in_use;
    struct inspection in = { .inventory = &inventory, .in_use = &in_use };
    int status;

    int first = helper_options(&program.helper, argc, argv, usage, own_options, take_option, &program, &status);
    if (first < 0)
        return status;
    if (first < argc) {
        fprintf(stderr, "p2v-inspect: %s: no such argument is known. Try 'p2v-inspect --help'.\n", argv[first]);
        return EXIT_USAGE;
    }
    in.smbios = open_early(&program, "sys/firmware/dmi/tables/DMI");
    in.mounts = open_early(&program, "proc/self/mountinfo");
    if (helper_lock(&program.helper) < 0)
        return EXIT_FAILED;
    return program.helper.by_hand ? by_hand(&program, &in) : serve(&program, &in);
}
