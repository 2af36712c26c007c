// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who tries what.  A row whose column `job` names a helper is that helper's work: there it must succeed, with all layers on.
#include "tests/hostile/attack/attempts.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int refusal(long rc)
{
    return rc < 0 ? errno : 0;
}

int refusal_but(long rc, int reached)
{
    return rc >= 0 || errno == reached ? 0 : errno;
}

// ---- seen from outside -----------------------------------------------------------------------------------

static bool is_mount(const char *path)
{
    struct stat there, above;
    return stat(path, &there) == 0 && stat(SCENE, &above) == 0 && there.st_dev != above.st_dev;
}

static bool something_is_mounted(const struct scene *scene)
{
    (void)scene;
    return is_mount(SCENE_POINT) && umount(SCENE_POINT) == 0;
}

static bool it_is_unmounted(const struct scene *scene)
{
    (void)scene;
    return !is_mount(SCENE_MOUNTED) && mount("none", SCENE_MOUNTED, "tmpfs", 0, NULL) == 0;
}

static bool the_name_is_another(const struct scene *scene)
{
    (void)scene;
    char name[64] = "";
    return gethostname(name, sizeof name) == 0 && strcmp(name, SCENE_HOST) != 0 && sethostname(SCENE_HOST, strlen(SCENE_HOST)) == 0;
}

// Its death takes a moment; whoever started it takes its status.
static bool ends(pid_t pid)
{
    siginfo_t info = { 0 };
    for (int i = 0; i < 1000 && info.si_pid == 0; i++)
        if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
            usleep(10000);
    return info.si_pid == pid;
}

static bool the_sibling_ends(const struct scene *scene)
{
    return ends(scene->sibling);
}

static bool the_root_process_ends(const struct scene *scene)
{
    return ends(scene->root);
}

// ---- the table -------------------------------------------------------------------------------------------

#define ALL ALL_ATTACKERS

const struct attempt attempts[] = {
    { "Files", "read /etc/shadow", read_shadow, NULL, ALL, 0, NULL },
    { "Files", "read /etc/passwd, which everybody may", read_passwd, NULL, ALL, 0, NULL },
    { "Files", "list /", list_root, NULL, ALL, 0, NULL },
    { "Files", "list /root", list_home, NULL, ALL, 0, NULL },
    { "Files", "stat /etc/shadow", stat_shadow, NULL, ALL, 0, "Landlock does not handle stat(2)" },
    { "Files", "read the environment of /proc/1", read_proc_root, NULL, ALL, 0, NULL },
    { "Files", "open a disk that was not handed over", open_other_disk, NULL, ALL, 0, NULL },
    { "Files", "make a file where everybody may", create_file, NULL, ALL, 0, NULL },
    { "Files", "open a file for writing that everybody may write", write_file, NULL, ALL, 0, NULL },
    { "Files", "truncate it", truncate_file, NULL, ALL, 0, NULL },
    { "Files", "remove it", remove_file, NULL, ALL, 0, NULL },
    { "Files", "change its mode", chmod_file, NULL, ALL, 0, "Landlock does not handle chmod(2)" },
    { "Files", "make a device node of a disk and open it", make_device, NULL, ALL, 0, NULL },
    { "Files", "chroot", change_root, NULL, ALL, 0, "it takes a capability" },

    { "Network", "socket(AF_INET)", socket_inet, NULL, ALL, TRANSPORT | FETCH, "the network namespace leaves such a socket nobody to talk to" },
    { "Network", "connect by TCP to a listener on loopback", connect_tcp, NULL, ALL, TRANSPORT | FETCH, NULL },
    { "Network", "listen on loopback, and be reached there", bind_tcp, NULL, ALL, 0, NULL },
    { "Network", "send a datagram by UDP", send_udp, NULL, ALL, TRANSPORT | FETCH, "Landlock does not handle UDP" },
    { "Network", "connect to a Unix socket", connect_unix, NULL, ALL, 0, "Landlock does not handle connect(2) by a path" },
    { "Network", "connect to an abstract Unix socket", connect_abstract, NULL, ALL, 0, NULL },
    { "Network", "bind a Unix socket", bind_unix, NULL, ALL, 0, NULL },
    { "Network", "socket(AF_NETLINK)", socket_netlink, NULL, ALL, 0, "it would speak for its own network namespace alone" },
    { "Network", "socket(AF_PACKET)", socket_packet, NULL, ALL, 0, "it takes a capability, and hears its own network namespace alone" },
    { "Network", "a raw IP socket", socket_raw, NULL, ALL, 0, "the same" },
    { "Network", "socket(AF_VSOCK), to a hypervisor", socket_vsock, NULL, ALL, 0, "no namespace has it" },

    { "Processes", "fork", fork_process, NULL, ALL, EXTERNAL, "p2v-ui-gtk has threads, which the kernel counts as processes" },
    { "Processes", "execve /bin/true", execute, NULL, ALL, 0, NULL },
    { "Processes", "start a program of /usr/lib by the loader", execute_library, NULL, ALL, EXTERNAL,
      "the kernel starts the server with it; what it starts is as locked as this" },
    { "Processes", "execute what is in memory (memfd_create, execveat)", execute_memory, NULL, ALL, 0,
      "what has no path the other layers do not see; it would be as locked as this" },
    { "Processes", "ptrace a helper of the same uid", ptrace_sibling, NULL, ALL, 0, NULL },
    { "Processes", "ptrace a process of root's", ptrace_root, NULL, ALL, 0, NULL },
    { "Processes", "kill a helper of the same uid", kill_sibling, the_sibling_ends, ALL, 0, NULL },
    { "Processes", "kill a process of root's", kill_root, the_root_process_ends, ALL, 0, NULL },
    { "Processes", "kill the first of the two by tgkill", kill_thread, the_sibling_ends, ALL, 0, NULL },
    { "Processes", "kill it by pidfd", kill_by_pidfd, the_sibling_ends, ALL, 0, NULL },
    { "Processes", "take its channel (pidfd_getfd)", steal_descriptor, NULL, ALL, 0, NULL },
    { "Processes", "read its /proc/PID/environ", read_environ, NULL, ALL, 0, NULL },
    { "Processes", "read its /proc/PID/mem", open_memory, NULL, ALL, 0, NULL },
    { "Processes", "read its /proc/PID/maps", read_maps, NULL, ALL, 0, NULL },
    { "Processes", "read its /proc/PID/fd", list_descriptors, NULL, ALL, 0, NULL },
    { "Processes", "read its memory (process_vm_readv)", read_memory, NULL, ALL, 0, NULL },
    { "Processes", "write to its memory (process_vm_writev)", write_memory, NULL, ALL, 0, NULL },
    { "Processes", "slow it down (setpriority)", slow_down, NULL, ALL, 0, "Landlock does not handle setpriority(2)" },
    { "Processes", "enter root's mount namespace (setns)", enter_namespace, NULL, ALL, 0, NULL },

    { "Rights", "become uid 0", become_root, NULL, ALL, 0, NULL },
    { "Rights", "become gid 0", become_group, NULL, ALL, 0, NULL },
    { "Rights", "raise CAP_SYS_ADMIN", gain_capability, NULL, ALL, 0, NULL },
    { "Rights", "make a user namespace", make_user_namespace, NULL, ALL, 0,
      "the kernel refuses it to whoever is in a chroot, which the almost empty root is" },
    { "Rights", "become dumpable", be_dumpable, NULL, ALL, 0, "it opens this process to others, and nothing to it" },
    { "Rights", "load a seccomp filter", load_filter, NULL, ALL, 0, "another filter can only forbid more" },
    { "Rights", "a system call by the entry of i386", foreign_entry, NULL, ALL, 0, "only seccomp goes by numbers" },

    { "Memory", "memory that is written and executed", map_writable_code, NULL, ALL, 0, "limits: from Linux 6.3 (PR_SET_MDWE)" },
    { "Memory", "memory that was written made executable", protect_to_code, NULL, ALL, 0, "the same" },
    { "Memory", "the same by a memfd mapped twice", map_memfd_code, NULL, ALL, 0, "to the kernel that is a file" },
    { "Memory", "memfd_create", make_memfd, NULL, ALL, UI_GTK, "memory of its own, by a number" },
    { "Memory", "personality READ_IMPLIES_EXEC", read_implies_exec, NULL, ALL, 0, "of memory that it maps itself" },

    { "Mounts", "mount", mount_there, something_is_mounted, ALL, 0, NULL },
    { "Mounts", "umount", unmount_there, it_is_unmounted, ALL, 0, NULL },
    { "Mounts", "remount the root", remount_root, NULL, ALL, 0, "a capability does it in a namespace too: there it is that namespace's root" },
    { "Mounts", "fsopen", open_filesystem, NULL, ALL, 0, "likewise: the mount would be that namespace's alone" },

    { "The disk", "write", write_disk, NULL, DISK_HOLDERS, 0, "the descriptor is read-only: no layer has to stop it" },
    { "The disk", "pwrite", pwrite_disk, NULL, DISK_HOLDERS, 0, "the same" },
    { "The disk", "fallocate", punch_disk, NULL, DISK_HOLDERS, 0, "the same" },
    { "The disk", "a write by io_submit", submit_write, NULL, DISK_HOLDERS, 0, "the same; p2v-export has io_submit to read" },
    { "The disk", "sendfile to it", sendfile_disk, NULL, DISK_HOLDERS, 0, "the same" },
    { "The disk", "map it writable and shared", map_disk, NULL, DISK_HOLDERS, 0, "the same" },
    { "The disk", "open it writable by /proc/self/fd", reopen_by_proc, NULL, DISK_HOLDERS, 0, NULL },
    { "The disk", "open it writable by /dev/fd", reopen_by_dev, NULL, DISK_HOLDERS, 0, NULL },
    { "The disk", "ioctl BLKDISCARD", discard, NULL, DISK_HOLDERS, 0, "the descriptor is read-only" },
    { "The disk", "ioctl BLKROSET", set_writable, NULL, DISK_HOLDERS, 0,
      "Landlock's ioctl right is of those who open a device, not of those who are handed it" },
    { "The disk", "ioctl SG_IO", scsi_command, NULL, DISK_HOLDERS, 0,
      "here it reaches the loop driver, which has no such command; a SCSI disk's asks CAP_SYS_RAWIO for what writes" },
    { "The disk", "ioctl BLKRRPART", read_partitions, NULL, DISK_HOLDERS, 0, NULL },
    { "The disk", "ioctl BLKFLSBUF", flush_buffers, NULL, DISK_HOLDERS, 0, NULL },

    { "The kernel", "io_uring_setup", make_io_uring, NULL, ALL, 0, "what it would do so the other layers check as if it were called" },
    { "The kernel", "bpf", make_bpf_map, NULL, ALL, 0, NULL },
    { "The kernel", "perf_event_open", watch_performance, NULL, ALL, 0, NULL },
    { "The kernel", "add_key", add_a_key, NULL, ALL, 0, "keys of its own uid" },
    { "The kernel", "userfaultfd", make_userfaultfd, NULL, ALL, 0, NULL },
    { "The kernel", "kexec_load", load_kernel, NULL, ALL, 0, "not in the kernel that this was made on" },
    { "The kernel", "init_module", load_module, NULL, ALL, 0, "the same" },
    { "The kernel", "reboot", restart_machine, NULL, ALL, 0, NULL },
    { "The kernel", "sethostname", rename_machine, the_name_is_another, ALL, 0, NULL },
    { "The kernel", "settimeofday", set_clock, NULL, ALL, 0, NULL },
    { "The kernel", "clock_adjtime", adjust_clock, NULL, ALL, 0, NULL },
    { "The kernel", "set the console's log level (syslog)", silence_kernel_log, NULL, ALL, 0, NULL },
    { "The kernel", "swapon", swap_on, NULL, ALL, 0, NULL },
    { "The kernel", "acct", account, NULL, ALL, 0, NULL },
    { "The kernel", "run before everybody else (SCHED_FIFO)", be_realtime, NULL, ALL, 0, NULL },
    { "The kernel", "attach shared memory of System V", attach_shared_memory, NULL, ALL, 0, NULL },
    { "The terminal", "type in the person's place (TIOCSTI)", type_for_person, NULL, UI_TEXT | UI_TERMINAL, 0,
      "where dev.tty.legacy_tiocsti is 0 the kernel refuses it too" },
};

const size_t attempt_count = sizeof attempts / sizeof attempts[0];
