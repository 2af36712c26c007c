// SPDX-License-Identifier: GPL-2.0-or-later
//
// Landlock (kernel Documentation/userspace-api/landlock.rst): nothing of any file system but what the policy's paths are for,
// no TCP port bound, no abstract socket or signal outside.  Each kernel gets what its ABI knows.
#include "sandbox/layers.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <sched.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// The kernel's struct as of ABI 6, and the names that older headers lack; an older kernel is given a shorter size.
struct ruleset_attr {
    uint64_t handled_access_fs;
    uint64_t handled_access_net;      // ABI 4
    uint64_t scoped;                  // ABI 6
};
#define FS_ABI_1 ((UINT64_C(1) << 13) - 1)   // EXECUTE .. MAKE_SYM
#define FS_REFER (UINT64_C(1) << 13)         // ABI 2
#define FS_TRUNCATE (UINT64_C(1) << 14)      // ABI 3
#define FS_IOCTL_DEV (UINT64_C(1) << 15)     // ABI 5
#define NET_BIND_TCP (UINT64_C(1) << 0)
#define NET_CONNECT_TCP (UINT64_C(1) << 1)
#define SCOPE_ALL UINT64_C(3)                // abstract unix sockets, signals

static const uint64_t rights[] = {
    [SANDBOX_READ] = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    [SANDBOX_LIBRARIES] = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    [SANDBOX_PROGRAM] = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE,
    [SANDBOX_DEVICE] = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE,
    [SANDBOX_DISK] = LANDLOCK_ACCESS_FS_READ_FILE | FS_IOCTL_DEV,         // it is asked for its size, here or by who is handed it
    [SANDBOX_SOCKETS] = LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE,
    [SANDBOX_CONNECT] = 0,                                                // no ABI handles connect(2) by a path
    [SANDBOX_COPY] = LANDLOCK_ACCESS_FS_READ_FILE,
};
#define FILE_RIGHTS (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | FS_IOCTL_DEV)

// Permits it, for `path` or (above) for the directory above it.  0 as well where there is no such path; -1 with errno.
static int add_rule(int ruleset, const struct sandbox_path *path, bool above, uint64_t access, struct sandbox_report *report)
{
    char full[PATH_MAX];
    snprintf(full, sizeof full, "%s%s", path->path, above ? "/.." : "");
    int fd = open(full, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return path->optional ? 0 : -1;
    struct stat st;
    bool file = fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode);
    struct landlock_path_beneath_attr beneath = { .allowed_access = file ? access & FILE_RIGHTS : access, .parent_fd = fd };
    long rc = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
    int error = errno;
    if (rc == 0 && report->rule_count < sizeof report->rules / sizeof report->rules[0])
        report->rules[report->rule_count++] = (struct sandbox_rule){ path->path, above, beneath.allowed_access };
    close(fd);
    errno = error;
    return (int)rc;
}

static int allow(int ruleset, const struct sandbox_path *path, struct sandbox_report *report, struct error *err)
{
    if (rights[path->use] == 0)
        return 0;                      // an empty rule is an error
    int rc = add_rule(ruleset, path, false, rights[path->use] & report->landlock_files, report);
    if (rc == 0 && path->use == SANDBOX_SOCKETS)        // taken away when the sockets are made, so that nothing stays behind
        rc = add_rule(ruleset, path, true, LANDLOCK_ACCESS_FS_REMOVE_DIR, report);
    return rc == 0 ? 0 : error_set_errno(err, errno, "cannot permit the use of %s", path->path);
}

int landlock_restrict(const struct sandbox_policy *policy, struct sandbox_report *report, struct error *err)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1) {
        report_add(report, "landlock", false, "this kernel has none");
        return 0;
    }
    struct ruleset_attr attr = {
        .handled_access_fs = FS_ABI_1 | (abi >= 2 ? FS_REFER : 0) | (abi >= 3 ? FS_TRUNCATE : 0) | (abi >= 5 ? FS_IOCTL_DEV : 0),
        // A program with a network namespace of its own connects to nothing; the other one never listens.
        .handled_access_net = NET_BIND_TCP | (policy->namespaces & CLONE_NEWNET ? NET_CONNECT_TCP : 0),
        .scoped = SCOPE_ALL,
    };
    size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
    if (ruleset < 0)
        return error_set_errno(err, errno, "cannot make a Landlock ruleset");
    report->landlock_abi = abi;
    report->landlock_files = attr.handled_access_fs;
    report->landlock_tcp = abi >= 4 ? attr.handled_access_net : 0;
    report->landlock_scopes = abi >= 6 ? attr.scoped : 0;
    int rc = 0;
    for (const struct sandbox_path *path = policy->paths; rc == 0 && path != NULL && path->path != NULL; path++)
        rc = allow(ruleset, path, report, err);
    if (rc == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        rc = error_set_errno(err, errno, "cannot enter the Landlock ruleset");
    close(ruleset);
    if (rc == 0)
        report_add(report, "landlock", true, "ABI %ld: files%s%s", abi, abi >= 4 ? ", TCP" : "", abi >= 6 ? ", abstract sockets, signals" : "");
    return rc;
}
