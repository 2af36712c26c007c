// SPDX-License-Identifier: GPL-2.0-or-later
//
// The one display that p2v-ui-gtk may reach: found before the lock, spoken to after it.
//
// A Wayland compositor lets in whoever connects as its own user or root: so it is connected to here, and GTK gets the
// descriptor by a number, WAYLAND_SOCKET.  An X server lets in whoever has its cookie, and libX11 takes no descriptor: so its
// socket is shown to the locked program, with a copy of the cookie.  No byte of either is read here.
#include "p2v-ui-gtk/display.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define X_SOCKETS "/tmp/.X11-unix/X"
#define MAX_NUMBER 5                   // digits of a display

static void add_path(struct display *display, const struct sandbox_path *path)
{
    size_t i = 0;
    while (display->paths[i].path != NULL)
        i++;
    if (i < UI_GTK_MAX_PATHS - 1)      // the last row stays the end
        display->paths[i] = *path;
}

// A connection, O_CLOEXEC, or -1 with errno.
static int connect_to(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return -1;
}

// ---- Wayland -------------------------------------------------------------------------------------------

static int find_wayland(const char *name, char number[16], struct error *err)
{
    char path[PATH_MAX];
    const char *directory = getenv("XDG_RUNTIME_DIR");
    if (name[0] != '/' && (directory == NULL || directory[0] != '/'))
        return error_set(err, "the display %s cannot be found: XDG_RUNTIME_DIR is not set", name);
    if (snprintf(path, sizeof path, "%s%s%s", name[0] == '/' ? "" : directory, name[0] == '/' ? "" : "/", name) >= (int)sizeof path)
        return error_set(err, "the display %s cannot be found: its name is too long", name);
    int fd = connect_to(path);
    if (fd < 0)
        return error_set_errno(err, errno, "cannot connect to the display %s", path);
    snprintf(number, 16, "%d", fd);
    return 0;
}

// ---- X11 -----------------------------------------------------------------------------------------------

// ":N", ":N.S", "unix:N": a display of this machine.  The number's digits, or 0.
static size_t local_number(const char *name, const char **digits)
{
    *digits = strncmp(name, "unix:", 5) == 0 ? name + 5 : name + 1;
    if (name[0] != ':' && *digits != name + 5)
        return 0;
    size_t size = strspn(*digits, "0123456789");
    const char *rest = *digits + size;
    bool screen = rest[0] == '.' && rest[1] != '\0' && rest[1 + strspn(rest + 1, "0123456789")] == '\0';
    return size <= MAX_NUMBER && (rest[0] == '\0' || screen) ? size : 0;
}

static void find_cookie(struct display *display)
{
    const char *file = getenv("XAUTHORITY"), *home = getenv("HOME");
    if (file != NULL)
        snprintf(display->cookie, sizeof display->cookie, "%s", file);
    else if (home != NULL)
        snprintf(display->cookie, sizeof display->cookie, "%s/.Xauthority", home);
    if (display->cookie[0] != '/' || access(display->cookie, R_OK) < 0)
        display->cookie[0] = '\0';     // a server may do without; if this one does not, it says so
}

static int find_x(struct display *display, const char *name, struct error *err)
{
    const char *digits;
    size_t size = local_number(name, &digits);
    if (size == 0)
        return error_set(err, "the display '%s' cannot be used: only one of this machine can, as in ':0'", name);
    snprintf(display->socket, sizeof display->socket, X_SOCKETS "%.*s", (int)size, digits);
    int fd = connect_to(display->socket);
    if (fd < 0)
        return error_set_errno(err, errno, "cannot connect to the display %s", name);
    close(fd);
    find_cookie(display);
    add_path(display, &(struct sandbox_path){ display->socket, false, "the X server", SANDBOX_CONNECT });
    if (display->cookie[0] != '\0')
        add_path(display, &(struct sandbox_path){ display->cookie, false, "its cookie", SANDBOX_COPY });
    return 0;
}

// ---- the environment -----------------------------------------------------------------------------------

// What libraries look at in it is much and changes: GTK finds this, and nothing else.
static const char *const environment[][2] = {
    { "HOME", "/nonexistent" },
    { "XDG_RUNTIME_DIR", "/nonexistent" },     // GTK takes no Wayland descriptor where there is none
    { "GSK_RENDERER", "cairo" },               // software, as it is on a server
    { "GDK_DEBUG", "gl-disable,vulkan-disable" },
    { "GTK_A11Y", "none" },                    // no accessibility bus: see policy.c
    { "DBUS_SESSION_BUS_ADDRESS", "disabled:" },       // else GLib would start one
    { "GSETTINGS_BACKEND", "memory" },         // GTK's settings are its defaults and the display's
    { "GIO_USE_VFS", "local" },
    { "GIO_MODULE_DIR", "/nonexistent" },      // no plugins: no code is mapped after the lock
    { "GTK_PATH", "/nonexistent" },
    { "GTK_IM_MODULE", "gtk-im-context-simple" },
};

static const char *const kept[] = { "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "LC_NUMERIC", "LC_TIME", "G_DEBUG" };
#define KEPT (sizeof kept / sizeof kept[0])

static int replace_environment(const struct display *display, const char *name, const char *wayland_fd, struct error *err)
{
    char *values[KEPT], *x = strdup(name);
    int rc = 0;
    for (size_t i = 0; i < KEPT; i++) {
        const char *value = getenv(kept[i]);
        values[i] = value != NULL ? strdup(value) : NULL;
    }
    clearenv();
    for (size_t i = 0; i < KEPT; i++)
        rc |= values[i] != NULL ? setenv(kept[i], values[i], 1) : 0;
    for (size_t i = 0; i < sizeof environment / sizeof environment[0]; i++)
        rc |= setenv(environment[i][0], environment[i][1], 1);
    bool wayland = display->socket[0] == '\0';
    rc |= setenv("GDK_BACKEND", wayland ? "wayland" : "x11", 1);
    rc |= wayland ? setenv("WAYLAND_SOCKET", wayland_fd, 1) : x == NULL ? -1 : setenv("DISPLAY", x, 1);
    rc |= display->cookie[0] != '\0' ? setenv("XAUTHORITY", display->cookie, 1) : 0;
    for (size_t i = 0; i < KEPT; i++)
        free(values[i]);
    free(x);
    return rc == 0 ? 0 : error_set(err, "out of memory");
}

int display_find(struct display *display, struct error *err)
{
    const char *wayland = getenv("WAYLAND_DISPLAY"), *x = getenv("DISPLAY");
    char number[16] = "";
    *display = (struct display){ .policy = ui_gtk_policy };
    for (const struct sandbox_path *path = ui_gtk_policy.paths; path->path != NULL; path++)
        add_path(display, path);
    display->policy.paths = display->paths;

    bool has_x = x != NULL && x[0] != '\0', found = false;
    error_set(err, "there is no display: neither WAYLAND_DISPLAY nor DISPLAY is set");
    if (wayland != NULL && wayland[0] != '\0')
        found = find_wayland(wayland, number, err) == 0;
    if (!found && has_x)
        found = find_x(display, x, err) == 0;
    return found ? replace_environment(display, x != NULL ? x : "", number, err) : -1;
}
