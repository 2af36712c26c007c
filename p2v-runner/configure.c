// SPDX-License-Identifier: GPL-2.0-or-later
//
// What this run is to do.  Touches: /proc/cmdline, the environment's words for displays, which programs are installed, standard error.
#include "p2v-runner/configure.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "p2v-runner/kernel-cmdline.h"

static void warn(const char *text)
{
    fprintf(stderr, "virt-p2v: warning: %s\n", text);
}

int configure(struct options *options, struct config *config, struct error *err)
{
    bool from_kernel = options->cmdline == NULL;
    char *line = from_kernel ? kernel_cmdline_read(err) : options->cmdline;
    if (line == NULL)
        return -1;
    size_t size = from_kernel ? KERNEL_CMDLINE_MAX : strlen(line);
    int rc = config_init(config, err) < 0 ? -1 : kernel_cmdline_parse(line, config, warn, err);
    explicit_bzero(line, size);
    free(line);
    options->cmdline = NULL;
    if (rc == 0 && from_kernel && geteuid() == 0 && config->post == NULL && config->server != NULL)
        rc = config_set(config, "post", "poweroff", err);            // as the manual has it, not in the boot image alone
    if (rc == 0 && options->iso && !config_given(config, &config->wait))
        rc = config_set(config, "wait", "3600", err);                // a machine that has just been booted
    return rc;
}

const struct nbd_server *configure_nbd(const struct options *options, const struct config *config, struct error *err)
{
    const struct nbd_server *nbd = nbd_list_choose(options->nbd, err);
    bool zeroes = config->read_errors != NULL && strcmp(config->read_errors, "zero") == 0;
    if (nbd != NULL && nbd->family != NBD_BUILTIN && zeroes && !config->dump_config_and_exit)
        error_set(err, "p2v.read_errors=zero is not for --nbd=%s: the builtin server alone does it", nbd->name);
    return nbd != NULL ? nbd : &nbd_servers[0];
}

static bool is_installed(const struct options *options, const char *program)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", options->helper_dir, program);
    return access(path, X_OK) == 0;
}

enum ui configure_ui(const struct options *options, const struct config *config)
{
    bool display = getenv("WAYLAND_DISPLAY") != NULL || getenv("DISPLAY") != NULL;
    if (config->dump_config_and_exit)
        return UI_TEXT;
    if (options->ui != UI_AUTO)
        return options->ui;
    if (config->server != NULL)
        return UI_TEXT;
    return display && is_installed(options, "p2v-ui-gtk") ? UI_GTK : isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) ? UI_TERMINAL : UI_TEXT;
}
