// SPDX-License-Identifier: GPL-2.0-or-later
//
// virt-p2v's command line.  Touches: argv, out of which it wipes --cmdline's text: a password may be in it, and
// /proc/PID/cmdline is for everybody to read.
#include "p2v-runner/options.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "install-paths.h"
#include "p2v-runner/print-sandbox.h"
#include "proto/config-print.h"
#include "proto/helper.h"
#include "proto/nbd-servers.h"

static const char usage[] =
    "Usage: virt-p2v [OPTION...]\n"
    "Converts this physical machine to a virtual one, by virt-v2v on a conversion server.\n"
    "What to convert, and where to, is said by p2v.* words on the kernel command line:\n"
    "see --help-config.  p2v.dump_config_and_exit prints what they come to.\n"
    "\n"
    "      --audit-log=FILE     append to FILE a line of JSON for each message between the programs,\n"
    "                           without its secrets, and for each process\n"
    "      --cmdline=WORDS      take WORDS in place of /proc/cmdline, as in\n"
    "                           'p2v.server=HOST p2v.password=SECRET p2v.o=libvirt'\n"
    "      --allow-shell        the dialogs offer a shell and the network's configuration, with\n"
    "                           the rights that virt-p2v was started with (--iso does as well)\n"
    "      --colours, --colors  use colours even where the output is no terminal\n"
    "      --helper-dir=DIR     where p2v-inspect, p2v-export and the other helpers are\n"
    "                           (default " P2V_HELPER_DIR ")\n"
    "      --iso                this is the boot image, on a machine to be converted\n"
    "      --nbd=SERVER,...     what serves the disks, the first of these that is installed:\n"
    "                           builtin (the default), qemu-nbd, qemu-nbd-no-sa, nbdkit,\n"
    "                           nbdkit-no-sa (-no-sa: without socket activation)\n"
    "      --print-sandbox[=json]\n"
    "                           print what the supervisor and each helper may do, and what the\n"
    "                           kernel enforces of it; nothing is converted\n"
    "      --test-disk=PATH     convert this file in place of the machine's disks; given\n"
    "                           again, it is the next disk\n"
    "      --ui=KIND            text, terminal (dialogs) or gtk (dialogs on a display); without\n"
    "                           it dialogs ask where no p2v.server is given, on a display if\n"
    "                           there is one, else on the terminal\n"
    "  -v, --verbose            tell more of what is done\n"
    "  -h, --help               show this\n"
    "      --help-config        show every p2v.* key: names, kind, what is allowed, default\n"
    "  -V, --version            show the version\n"
    "\n"
    "Exit status: 0 converted, 1 failed, 2 usage, 3 cancelled.\n";

enum { OPTION_CMDLINE = 0x100, OPTION_ALLOW_SHELL, OPTION_AUDIT_LOG, OPTION_COLOURS, OPTION_HELPER_DIR, OPTION_HELP_CONFIG, OPTION_ISO, OPTION_NBD, OPTION_PRINT_SANDBOX,
       OPTION_TEST_DISK, OPTION_UI };

static const struct option long_options[] = {
    { "allow-shell", no_argument, NULL, OPTION_ALLOW_SHELL },
    { "audit-log", required_argument, NULL, OPTION_AUDIT_LOG },
    { "cmdline", required_argument, NULL, OPTION_CMDLINE },
    { "colours", no_argument, NULL, OPTION_COLOURS },
    { "colors", no_argument, NULL, OPTION_COLOURS },
    { "helper-dir", required_argument, NULL, OPTION_HELPER_DIR },
    { "help-config", no_argument, NULL, OPTION_HELP_CONFIG },
    { "iso", no_argument, NULL, OPTION_ISO },
    { "nbd", required_argument, NULL, OPTION_NBD },
    { "print-sandbox", optional_argument, NULL, OPTION_PRINT_SANDBOX },
    { "test-disk", required_argument, NULL, OPTION_TEST_DISK },
    { "ui", required_argument, NULL, OPTION_UI },
    { "verbose", no_argument, NULL, 'v' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { NULL },
};

static bool usage_error(const char *what)
{
    fprintf(stderr, "virt-p2v: error: %s.  Try 'virt-p2v --help'.\n", what);
    return false;
}

static bool take_cmdline(struct options *options, char *text)
{
    config_wipe(&options->cmdline);        // of one before it
    options->cmdline = strdup(text);
    explicit_bzero(text, strlen(text));
    return options->cmdline != NULL || usage_error("out of memory");
}

static bool take_nbd(struct options *options, const char *list)
{
    struct error err;
    options->nbd = list;
    return nbd_list_check(list, &err) || usage_error(err.text);
}

static bool take_path(struct options *options, int option, const char *path)
{
    if (path[0] != '/')
        return usage_error(option == OPTION_TEST_DISK ? "--test-disk needs an absolute path" : "--helper-dir needs an absolute path");
    if (option == OPTION_HELPER_DIR)
        options->helper_dir = path;
    else if (options->test_disk_count == MAX_TEST_DISKS)
        return usage_error("--test-disk is given too often");
    else
        options->test_disks[options->test_disk_count++] = path;
    return true;
}

static bool take_audit_log(struct options *options, const char *path)
{
    options->audit_log = path;
    return (path[0] != '\0' && strlen(path) < PATH_MAX) || usage_error("--audit-log needs the path of a file");
}

static bool take_ui(struct options *options, const char *kind)
{
    static const char *const kinds[] = { [UI_TEXT] = "text", [UI_TERMINAL] = "terminal", [UI_GTK] = "gtk" };
    for (size_t i = UI_TEXT; i <= UI_GTK; i++)
        if (strcmp(kind, kinds[i]) == 0) {
            options->ui = (enum ui)i;
            return true;
        }
    return usage_error("--ui is text, terminal or gtk");
}

static bool take_flag(struct options *options, int option)
{
    options->verbose |= option == 'v';
    options->colours |= option == OPTION_COLOURS;
    options->iso |= option == OPTION_ISO;
    options->allow_shell |= option == OPTION_ISO || option == OPTION_ALLOW_SHELL;
    return option == 'v' || option == OPTION_COLOURS || option == OPTION_ISO || option == OPTION_ALLOW_SHELL;
}

static bool take(struct options *options, int option, char *argument)
{
    if (option == OPTION_AUDIT_LOG)
        return take_audit_log(options, argument);
    return option == OPTION_UI ? take_ui(options, argument) :
           option == OPTION_CMDLINE ? take_cmdline(options, argument) :
           option == OPTION_NBD ? take_nbd(options, argument) : take_path(options, option, argument);
}

// --help, --help-config and --version: what is asked for is the output.
static int show(int option)
{
    if (option == 'V')
        printf("virt-p2v %s\n", P2V_VERSION);
    else if (option == 'h')
        fputs(usage, stdout);
    else
        config_help(stdout);
    return fflush(stdout) != 0 || ferror(stdout) ? EXIT_FAILED : EXIT_OK;
}

bool options_parse(struct options *options, int argc, char *argv[], int *status)
{
    *options = (struct options){ .helper_dir = P2V_HELPER_DIR, .nbd = nbd_servers[0].name };
    *status = EXIT_USAGE;
    const char *print = NULL;              // --print-sandbox: how
    for (int option; (option = getopt_long(argc, argv, "hvV", long_options, NULL)) != -1;) {
        if (option == 'h' || option == 'V' || option == OPTION_HELP_CONFIG)
            return *status = show(option), false;
        if (option == '?')
            return fputs("Try 'virt-p2v --help'.\n", stderr), false;
        if (option == OPTION_PRINT_SANDBOX && optarg != NULL && strcmp(optarg, "json") != 0)
            return usage_error("--print-sandbox prints text, or with =json JSON");
        if (option == OPTION_PRINT_SANDBOX)
            print = optarg != NULL ? optarg : "";
        else if (!take_flag(options, option) && (optarg == NULL || !take(options, option, optarg)))
            return false;
    }
    if (optind < argc)
        return usage_error("virt-p2v takes no arguments but options");
    if (print != NULL)
        return *status = print_sandboxes(options->helper_dir, print[0] != '\0'), false;
    return true;
}
