// SPDX-License-Identifier: GPL-2.0-or-later
//
// Namespaces of its own, and a root that holds only what the policy names, read-only (namespaces(7), pivot_root(2)).
#include "sandbox/layers.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COVERED "/tmp"      // exists on every system; hidden for a moment in our own mount namespace, never touched
#define OWN_ROOT "/root"    // in what covers it: see enter_new_root()
#define NEW_ROOT COVERED OWN_ROOT
#define MAX_COPY 32768      // bytes of a file that is copied: the root has 64 KiB

// mkdir -p of path below NEW_ROOT; the last part is a file where `file` is true.
static int make_mount_point(const char *path, bool file)
{
    char full[PATH_MAX];
    if (snprintf(full, sizeof full, NEW_ROOT "%s", path) >= (int)sizeof full) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (char *slash = strchr(full + sizeof NEW_ROOT, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(full, 0755) < 0 && errno != EEXIST)
            return -1;
        *slash = '/';
    }
    if (!file)
        return mkdir(full, 0755) < 0 && errno != EEXIST ? -1 : 0;
    int fd = open(full, O_WRONLY | O_CREAT | O_CLOEXEC, 0444);
    return fd < 0 ? -1 : close(fd);
}

// Lies in a directory that has been shown already, at the same place.
static bool is_there(const struct sandbox_policy *policy, const struct sandbox_path *path)
{
    for (const struct sandbox_path *before = policy->paths; before != path; before++) {
        size_t n = strlen(before->path);
        if (strncmp(path->path, before->path, n) == 0 && path->path[n] == '/')
            return true;
    }
    return false;
}

// An empty directory of its own, in memory.
static int show_sockets(const struct sandbox_policy *policy, const char *path, const char *full, struct error *err)
{
    char data[80];
    snprintf(data, sizeof data, "size=64k,nr_inodes=16,mode=700,uid=%u,gid=%u", policy->uid, policy->uid);
    if (make_mount_point(path, false) < 0 || mount("none", full, "tmpfs", MS_NOSUID | MS_NOEXEC | MS_NODEV, data) < 0)
        return error_set_errno(err, errno, "cannot make the directory %s for sockets", path);
    return 0;
}

// A disk, whoever may read the original.  A device: a node of its own, which the program's group may read and nobody
// change: opening an inherited descriptor again by /proc would ask the original node's permissions.  A file: that file,
// out of the mount namespace that it was opened in (tree).
static int show_disk(const struct sandbox_policy *policy, const struct sandbox_path *path, int tree, const char *full, struct error *err)
{
    struct stat st;
    int rc = stat(path->source, &st);
    bool device = rc == 0 && S_ISBLK(st.st_mode);
    if (rc == 0 && device)
        rc = mknod(full, S_IFBLK, st.st_rdev) < 0 || chown(full, 0, policy->uid) < 0 || chmod(full, 0040) < 0 ? -1 :
             mount(full, full, NULL, MS_BIND, NULL);       // a mount of its own, for the root's permits no devices
    else if (rc == 0 && (rc = make_mount_point(path->path, true)) == 0)
        rc = move_mount(tree, "", AT_FDCWD, full, MOVE_MOUNT_F_EMPTY_PATH);
    if (rc < 0 || mount(NULL, full, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NOEXEC | (device ? 0 : MS_NODEV), NULL) < 0)
        return error_set_errno(err, errno, "cannot show the disk to this program");
    return 0;
}

// A Unix socket, wherever it lies.  Connecting writes nothing, but asks for the right to write: the mount may be read-only.
static int show_socket(const char *path, int tree, const char *full, struct error *err)
{
    if (make_mount_point(path, true) < 0 || move_mount(tree, "", AT_FDCWD, full, MOVE_MOUNT_F_EMPTY_PATH) < 0 ||
        mount(NULL, full, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL) < 0)
        return error_set_errno(err, errno, "cannot show %s to this program", path);
    return 0;
}

// The content of a file that the program's own uid may not read, in a file that nobody else may.
static int show_copy(const struct sandbox_policy *policy, const char *path, int original, const char *full, struct error *err)
{
    char bytes[MAX_COPY];
    ssize_t size = read(original, bytes, sizeof bytes);
    if (size == sizeof bytes)
        return error_set(err, "cannot show %s to this program: it is larger than %d bytes", path, MAX_COPY - 1);
    int fd = size < 0 || make_mount_point(path, true) < 0 ? -1 : open(full, O_WRONLY | O_CLOEXEC);
    int rc = fd < 0 || write(fd, bytes, (size_t)size) != size || fchown(fd, policy->uid, policy->uid) < 0 || fchmod(fd, 0400) < 0 ? -1 : 0;
    if (rc < 0)
        error_set_errno(err, errno, "cannot show %s to this program", path);
    explicit_bzero(bytes, sizeof bytes);
    if (fd >= 0)
        close(fd);
    return rc;
}

// Shows one path of the old root in the new one, read-only.  taken: what take() has taken of it.
static int show(const struct sandbox_policy *policy, const struct sandbox_path *path, int taken, struct error *err)
{
    static const unsigned long allowed[] = { [SANDBOX_LIBRARIES] = MS_NOEXEC, [SANDBOX_PROGRAM] = MS_NOEXEC,
                                             [SANDBOX_DEVICE] = MS_NODEV, [SANDBOX_SOCKETS] = 0 };
    struct stat st;
    char full[PATH_MAX];
    if (snprintf(full, sizeof full, NEW_ROOT "%s", path->path) >= (int)sizeof full)
        return error_set_errno(err, ENAMETOOLONG, "cannot show %s to this program", path->path);
    if (path->use == SANDBOX_SOCKETS)
        return show_sockets(policy, path->path, full, err);
    if (path->use == SANDBOX_DISK)
        return show_disk(policy, path, taken, full, err);
    if (path->use == SANDBOX_CONNECT || path->use == SANDBOX_COPY) {
        if (taken < 0)
            return path->optional ? 0 : error_set(err, "cannot show %s to this program: it is not there", path->path);
        return path->use == SANDBOX_COPY ? show_copy(policy, path->path, taken, full, err) : show_socket(path->path, taken, full, err);
    }
    if (is_there(policy, path))
        return 0;
    if (stat(path->path, &st) < 0) {
        if (path->optional)
            return 0;
        return error_set_errno(err, errno, "cannot show %s to this program", path->path);
    }
    bool file = !S_ISDIR(st.st_mode);
    if (make_mount_point(path->path, file) < 0)
        return error_set_errno(err, errno, "cannot show %s to this program", path->path);
    // A mount point whose own file has been deleted is there for stat() and cannot be bound: as good as absent.
    int rc = mount(path->path, full, NULL, MS_BIND, NULL);     // without what is mounted below: read-only holds for one mount
    if (rc < 0 && errno == ENOENT && path->optional)
        return unlink(full) == 0 ? 0 : error_set_errno(err, errno, "cannot hide %s", path->path);
    unsigned long flags = MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NOEXEC | MS_NODEV;
    if (rc < 0 || mount(NULL, full, NULL, flags & ~allowed[path->use], NULL) < 0)
        return error_set_errno(err, errno, "cannot show %s to this program", path->path);
    return 0;
}

static int enter_new_root(const struct sandbox_policy *policy, const int *taken, struct error *err)
{
    // Nothing of this may be seen outside, so the whole tree becomes private to this namespace first.
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("none", COVERED, "tmpfs", MS_NOSUID | MS_NOEXEC | MS_NODEV, "size=64k,mode=755") < 0 || mkdir(NEW_ROOT, 0755) < 0)
        return error_set_errno(err, errno, "cannot make an empty root");
    for (const struct sandbox_path *path = policy->paths; path != NULL && path->path != NULL; path++)
        if (show(policy, path, taken[path - policy->paths], err) < 0)
            return -1;
    // pivot_root(2): with both arguments ".", the old root lies on the new one and is taken off at once.
    if (chdir(COVERED) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0 ||
        mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NOEXEC | MS_NODEV, "size=64k,mode=755") < 0)
        return error_set_errno(err, errno, "cannot enter the empty root");
    // A directory of it is the root, and not all of it: to a process in a chroot the kernel refuses a user namespace
    // (user_namespaces(7), EPERM), in which it would have every capability again, whatever seccomp says.
    if (chroot(OWN_ROOT) < 0 || chdir("/") < 0)
        return error_set_errno(err, errno, "cannot enter the empty root");
    return 0;
}

// What cannot be shown by its path once the old namespace is left and NEW_ROOT is covered: -1 where there is nothing to take.
// A disk or a socket: a mount that belongs to no namespace yet, for an open file's own mount stays in the namespace that it was
// opened in, and cannot be shown in another one (mount(2), EINVAL).
static int take(const struct sandbox_path *path)
{
    if (path->use == SANDBOX_DISK && path->source != NULL)
        return open_tree(AT_FDCWD, path->source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (path->use == SANDBOX_CONNECT)
        return open_tree(AT_FDCWD, path->path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    return path->use == SANDBOX_COPY ? open(path->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
}

// Namespaces, and the new root in them.
static int enter(const struct sandbox_policy *policy, struct error *err)
{
    int taken[SANDBOX_MAX_PATHS], rc = 0;
    size_t count = 0;
    for (const struct sandbox_path *path = policy->paths; path != NULL && path->path != NULL && count < SANDBOX_MAX_PATHS; path++)
        taken[count++] = take(path);
    if (count == SANDBOX_MAX_PATHS)
        rc = error_set(err, "the policy has too many paths");
    // unshare() would put only children into a new pid namespace, so virt-p2v starts helpers in one.
    else if (unshare(policy->namespaces & ~CLONE_NEWPID) < 0)
        rc = error_set_errno(err, errno, "cannot make namespaces");
    mode_t mask = umask(022);          // the program's own uid must get through the directories made here
    if (rc == 0 && policy->namespaces & CLONE_NEWNS)
        rc = enter_new_root(policy, taken, err);
    umask(mask);
    for (size_t i = 0; i < count; i++)
        if (taken[i] >= 0)
            close(taken[i]);
    return rc;
}

static void report_one(const struct sandbox_policy *policy, struct sandbox_report *report, int flag, const char *name,
                       bool enforced, const char *without)
{
    if (policy->namespaces & flag)
        report_add(report, name, enforced, "%s", enforced ? "own" : without);
}

int namespaces_enter(const struct sandbox_policy *policy, struct sandbox_report *report, struct error *err)
{
    bool root = geteuid() == 0;
    if (root && enter(policy, err) < 0)
        return -1;
    const char *without = "not started by root";
    report_one(policy, report, CLONE_NEWNS, "mount namespace", root, without);
    report_one(policy, report, CLONE_NEWNET, "network namespace", root, without);
    report_one(policy, report, CLONE_NEWIPC, "ipc namespace", root, without);
    report_one(policy, report, CLONE_NEWUTS, "uts namespace", root, without);
    report_one(policy, report, CLONE_NEWPID, "pid namespace", getpid() == 1, "started by hand");
    return 0;
}
