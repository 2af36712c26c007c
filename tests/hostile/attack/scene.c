// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/hostile/attack/scene.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define DISK_BYTES 65536

// ---- namespaces ------------------------------------------------------------------------------------------

static int raise_loopback(void)
{
    struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int rc = fd < 0 ? -1 : ioctl(fd, SIOCSIFFLAGS, &request);
    if (fd >= 0)
        close(fd);
    return rc;
}

int scene_enter(struct error *err)
{
    if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID) < 0)
        return error_set_errno(err, errno, "cannot make namespaces");
    pid_t pid = fork();
    if (pid > 0) {
        int status = 0;
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            continue;
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
    }
    if (pid < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL) < 0 || mount("none", SCENE, "tmpfs", 0, "mode=755") < 0 ||
        mount("none", "/tmp", "tmpfs", 0, "mode=1777") < 0 || sethostname(SCENE_HOST, strlen(SCENE_HOST)) < 0 || raise_loopback() < 0)
        return error_set_errno(err, errno, "cannot make a scene");
    return 0;
}

// ---- sockets ---------------------------------------------------------------------------------------------

static int listen_unix(const char *name, size_t size)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    memcpy(at.sun_path, name, size);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size)) < 0 ||
        (name[0] != '\0' && chmod(name, 0777) < 0))
        return -1;
    return listen(fd, 4096);           // nobody accepts: a connection that waits is one
}

static int listen_loopback(int type)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(SCENE_PORT), .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), yes = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
        return -1;
    return type == SOCK_STREAM ? listen(fd, 4096) : 0;
}

static int make_sockets(struct error *err)
{
    static const char display[] = "/tmp/.X11-unix/X60706";
    if (mkdir("/tmp/.X11-unix", 0755) < 0 || listen_unix(display, sizeof display) < 0 ||
        listen_unix(SCENE_SOCKET, sizeof SCENE_SOCKET) < 0 || listen_unix(SCENE_ABSTRACT, sizeof SCENE_ABSTRACT - 1) < 0 ||
        listen_loopback(SOCK_STREAM) < 0 || listen_loopback(SOCK_DGRAM) < 0)
        return error_set_errno(err, errno, "cannot make sockets");
    return 0;
}

// ---- disks -----------------------------------------------------------------------------------------------

// A loop device that goes when nobody has it open.  The descriptor, or -1 with errno.
static int attach(const char *file, char path[32])
{
    int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), backing = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600), fd = -1;
    if (control < 0 || backing < 0 || ftruncate(backing, DISK_BYTES) < 0)
        return -1;
    for (int i = 0; fd < 0 && i < 100; i++) {              // another test may be faster
        struct loop_config config = { .fd = (uint32_t)backing, .info.lo_flags = LO_FLAGS_AUTOCLEAR };
        snprintf(path, 32, "/dev/loop%d", ioctl(control, LOOP_CTL_GET_FREE));
        fd = open(path, O_RDWR | O_CLOEXEC);
        if (fd >= 0 && ioctl(fd, LOOP_CONFIGURE, &config) < 0) {
            close(fd);
            fd = -1;
        }
    }
    close(control);
    close(backing);
    return fd;
}

static int make_disks(struct machine *machine, struct error *err)
{
    char *path = machine->disk_path;
    machine->disk_writable = attach(SCENE "/disk", path);
    machine->disk = machine->disk_writable < 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    machine->disk_direct = machine->disk < 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_DIRECT);
    if (machine->disk_direct < 0 || attach(SCENE "/other-disk", machine->scene.other_disk) < 0)
        return error_set_errno(err, errno, "cannot make a loop device");
    return 0;
}

// ---- all of it -------------------------------------------------------------------------------------------

int scene_make(struct machine *machine, struct error *err)
{
    if (mkdir(SCENE_OPEN, 0777) < 0 || chmod(SCENE_OPEN, 0777) < 0 || mkdir(SCENE_POINT, 0755) < 0 || mkdir(SCENE_MOUNTED, 0755) < 0 ||
        mount("none", SCENE_MOUNTED, "tmpfs", 0, NULL) < 0 || shmget(SCENE_SHM, 4096, IPC_CREAT | 0666) < 0)
        return error_set_errno(err, errno, "cannot make files");
    return make_sockets(err) < 0 ? -1 : make_disks(machine, err);
}

static pid_t start_root_process(void)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;)
        pause();
}

int scene_mend(struct machine *machine, struct error *err)
{
    int read_only = 0, fd = open(SCENE_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    bool failed = fd < 0 || fchmod(fd, 0666) < 0 || write(fd, "x", 1) != 1 || (unlink(SCENE_NEW) < 0 && errno != ENOENT);
    if (fd >= 0)
        close(fd);
    if (failed || ioctl(machine->disk_writable, BLKROSET, &read_only) < 0)
        return error_set_errno(err, errno, "cannot mend the scene");
    if (machine->scene.root == 0 || kill(machine->scene.root, 0) < 0)
        machine->scene.root = start_root_process();
    return machine->scene.root > 0 ? 0 : error_set_errno(err, errno, "cannot start a process");
}
