// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-inspect on a made-up sysfs and proc: whatever they say, the inventory can be sent, and be printed.
//
// The input is text.  A line that begins with % begins an entry: "%PATH", and its content is what follows; "%PATH -> TARGET", a
// link; "%PATH/", a directory.  Nothing leads out of the tree: links go up by what they begin with alone, and not above it.
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "p2v-inspect/inventory.h"
#include "p2v-inspect/print.h"
#include "proto/check.h"

#define DEEP "/1/2/3/4/5/6/7/8"        // the tree lies there: p2v-inspect's own .. end in here
#define MAX_DEPTH 24

// ---- the tree ------------------------------------------------------------------------------------------

static char top[64], root[128];

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
    (void)st, (void)kind, (void)walk;
    return remove(path);
}

static void remove_tree(const char *path) { MUST(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0); }
static void remove_all(void) { remove_tree(top); }

static void make_root(void)
{
    if (top[0] == '\0') {
        snprintf(top, sizeof top, "%s/p2v-fuzz-tree.XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        MUST(mkdtemp(top) != NULL && atexit(remove_all) == 0 && freopen("/dev/null", "w", stdout) != NULL);
        snprintf(root, sizeof root, "%s" DEEP, top);
        for (char *slash = root + strlen(top); (slash = strchr(slash + 1, '/')) != NULL; *slash = '/') {
            *slash = '\0';
            MUST(mkdir(root, 0700) == 0);
        }
    }
    MUST(mkdir(root, 0700) == 0);
}

static bool is_name(const char *name) { return name[0] != '\0' && strcmp(name, ".") != 0 && strcmp(name, "..") != 0; }

// The directory that *path is in, made where it is not there; *path is its last part then.  No link is followed, so that
// *depth is how far it is below the root.  -1 where it cannot be.
static int open_parent(char **path, size_t *depth)
{
    int dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char *slash;
    for (*depth = 0; dir >= 0 && (slash = strchr(*path, '/')) != NULL && slash[1] != '\0'; *path = slash + 1, ++*depth) {
        *slash = '\0';
        if (!is_name(*path) || *depth == MAX_DEPTH)
            break;
        int next = openat(dir, *path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0 && mkdirat(dir, *path, 0700) == 0)
            next = openat(dir, *path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        close(dir);
        dir = next;
    }
    if (dir >= 0 && (slash = strchr(*path, '/')) != NULL && slash[1] != '\0') {
        close(dir);
        return -1;
    }
    return dir;
}

static bool stays_inside(const char *target, size_t depth)
{
    for (; strncmp(target, "../", 3) == 0 && depth > 0; depth--)
        target += 3;
    if (strcmp(target, "..") == 0)
        return depth > 0;
    return target[0] != '\0' && target[0] != '/' && strncmp(target, "../", 3) != 0 && strstr(target, "/..") == NULL;
}

static void make_entry(char *head, struct input content)
{
    size_t depth;
    char *target = strstr(head, " -> "), *path = head;
    if (target != NULL) {
        *target = '\0';
        target += 4;
    }
    int dir = open_parent(&path, &depth);
    if (dir < 0)
        return;
    size_t length = strlen(path);
    bool directory = length > 1 && path[length - 1] == '/';
    if (directory)
        path[length - 1] = '\0';
    if (!is_name(path))
        ;
    else if (directory)
        mkdirat(dir, path, 0700);
    else if (target != NULL)
        (void)!(stays_inside(target, depth) && symlinkat(target, dir, path) == 0);
    else {
        int fd = openat(dir, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd >= 0) {
            MUST(write(fd, content.data, content.size) == (ssize_t)content.size);
            close(fd);
        }
    }
    close(dir);
}

static void make_tree(struct input input)
{
    while (input.size > 0 && input.data[0] == '%') {
        input_take(&input, 1);
        char *head = input_text(input_until(&input, '\n'));
        const uint8_t *end = input.size > 1 ? memmem(input.data, input.size, "\n%", 2) : NULL;
        struct input content = { input.data, 0 };
        if (input.size > 0 && input.data[0] != '%')
            content = input_take(&input, end != NULL ? (size_t)(end - input.data) + 1 : input.size);
        make_entry(head, content);
        free(head);
    }
}

// ---- p2v-inspect ---------------------------------------------------------------------------------------

void helper_note(struct helper *helper, P2v__Level level, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    (void)helper, (void)level;
    va_start(args, format);
    MUST(vasprintf(&text, format, args) > 0);
    va_end(args);
    free(text);
}

static void print(const struct inventory *inventory)
{
    char *json = NULL;
    size_t size = 0;
    struct findings findings = { .inventory = &inventory->message };
    FILE *out = open_memstream(&json, &size);
    MUST(out != NULL);
    print_json(out, &findings);
    MUST(fclose(out) == 0 && json[0] == '{');
    free(json);
    MUST(print_findings(&findings, false) == 0);
}

static int open_in(int dir, const char *path) { return openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW); }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct inventory inventory;
    static struct in_use in_use;
    static struct inspection in;
    struct helper helper = { 0 };
    struct error err = { 0 };
    make_root();
    make_tree((struct input){ data, size });
    memset(&in_use, 0, sizeof in_use);
    memset(&in, 0, sizeof in);
    in.helper = &helper;
    in.inventory = &inventory, in.in_use = &in_use;
    in.recorded = true, in.clock = -1;
    inventory_init(&inventory);
    MUST((in.root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC)) >= 0);
    in.smbios = open_in(in.root, "sys/firmware/dmi/tables/DMI");
    in.mounts = open_in(in.root, "proc/self/mountinfo");
    inspect_machine(&in);
    P2v__Envelope envelope = ENVELOPE(inventory, INVENTORY, &inventory.message);
    if (check_envelope(&envelope, 0, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        MUST(false);
    }
    MUST(p2v__envelope__get_packed_size(&envelope) <= CHANNEL_MAX_BYTES);
    print(&inventory);
    close(in.root);
    if (in.smbios >= 0)
        close(in.smbios);
    if (in.mounts >= 0)
        close(in.mounts);
    remove_tree(root);
    return 0;
}
