// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-ui-gtk: the person, where there is a display.  Under the supervisor it is the dialogs of a conversion; by hand it shows
// them on an invented machine.  What it may do is in policy.c.
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "p2v-ui-gtk/display.h"
#include "p2v-ui-gtk/session.h"
#include "proto/translate.h"

static const char usage[] =
    "p2v-ui-gtk: virt-p2v's dialogs, on an X11 or Wayland display.\n"
    "\n"
    "p2v-supervisor runs it to ask what is to be converted and to show how that goes. By hand it\n"
    "shows the dialogs on an invented machine: nothing is converted.\n"
    "\n"
    "  --demo[=hostile]  the dialogs on an invented machine; hostile: whose every text is meant to harm\n"
    "  --print-sandbox[=json]\n"
    "                    print what this program may do, and what the kernel enforces of it\n"
    "  --no-sandbox      do not lock this process (by hand alone)\n"
    "  -h, --help        this text\n"
    "  -V, --version     version\n";

enum { OPTION_DEMO = 1 };

static const struct option own_options[] = {
    { "demo", optional_argument, NULL, OPTION_DEMO },
    { NULL },
};

struct options {
    bool demo, hostile;
};

static bool take_option(int option, const char *argument, void *context)
{
    struct options *options = context;
    if (option != OPTION_DEMO)
        return false;
    options->demo = true;
    options->hostile = argument != NULL;
    if (argument == NULL || strcmp(argument, "hostile") == 0)
        return true;
    fprintf(stderr, "p2v-ui-gtk: --demo=%s: there is --demo and --demo=hostile\n", argument);
    return false;
}

// With --no-sandbox GTK has the whole environment, and may be debugged with it.
static int lock(struct helper *helper, struct display *display)
{
    struct error err = { 0 };
    if (helper->no_sandbox)
        return helper_lock(helper);
    if (display_find(display, &err) < 0) {
        helper_fail(helper, "%s", err.text);
        return -1;
    }
    helper->policy = &display->policy;
    return helper_lock(helper);
}

static bool is_used_right(const struct helper *helper, const struct options *options, const char *operand)
{
    if (operand != NULL)
        fprintf(stderr, "p2v-ui-gtk: %s: no such argument is known. Try 'p2v-ui-gtk --help'.\n", operand);
    else if (helper->by_hand && !options->demo)
        fprintf(stderr, "p2v-ui-gtk: by hand there is only --demo. Try 'p2v-ui-gtk --help'.\n");
    else if (!helper->by_hand && options->demo)
        fprintf(stderr, "p2v-ui-gtk: --demo is by hand alone.\n");
    else
        return true;
    return false;
}

int main(int argc, char *argv[])
{
    static struct session session;
    static struct display display = { 0 };
    struct helper helper = { .policy = &ui_gtk_policy };
    struct options options = { 0 };
    int status;

    int first = helper_options(&helper, argc, argv, usage, own_options, take_option, &options, &status);
    if (first < 0)
        return status;
    if (!is_used_right(&helper, &options, first < argc ? argv[first] : NULL))
        return EXIT_USAGE;
    signal(SIGPIPE, SIG_IGN);
    translate_begin();
    if (lock(&helper, &display) < 0)
        return EXIT_FAILED;
    gtk_disable_setlocale();
    if (!gtk_init_check())
        return helper_fail(&helper, "the display cannot be used: it refuses this program, or has gone");
    struct demo *demo = options.demo ? demo_new(options.hostile, ui_now()) : NULL;
    if (options.demo && demo == NULL)
        return helper_fail(&helper, "out of memory");
    session_init(&session, &helper, demo);
    status = session_run(&session);
    demo_free(demo);
    return status;
}
