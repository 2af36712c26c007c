// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a helper that has been taken over would try.  The table (attempts.c) is linked into the test build of every helper, which
// makes one attempt a process, and into the driver, which starts those processes and judges them.
#ifndef P2V_TESTS_ATTACK_ATTEMPTS_H
#define P2V_TESTS_ATTACK_ATTEMPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// The layers that a test build can leave out; the shipped programs have no such switch.
enum layer { LAYER_SECCOMP = 1, LAYER_UID = 2, LAYER_NAMESPACES = 4, LAYER_LANDLOCK = 8, LAYER_LIMITS = 16, LAYER_ALL = 31 };

enum attacker {
    INSPECT = 1, CONTENTS = 2, PLAN = 4, EXPORT = 8, EXTERNAL = 16, TRANSPORT = 32, FETCH = 64, UI_TEXT = 128, UI_TERMINAL = 256, UI_GTK = 512,
};
#define ALL_ATTACKERS 1023
#define DISK_HOLDERS (CONTENTS | EXPORT | EXTERNAL)

// What is there to be attacked; made by the driver (scene.c), below a directory that its own mount namespace alone has.
#define SCENE "/mnt"
#define SCENE_OPEN SCENE "/open"               // a directory that everybody may write to
#define SCENE_FILE SCENE_OPEN "/file"          // a file in it, likewise
#define SCENE_NEW SCENE_OPEN "/new"            // not there
#define SCENE_POINT SCENE "/point"             // a directory to mount on
#define SCENE_MOUNTED SCENE "/mounted"         // a mount
#define SCENE_SOCKET SCENE "/socket"           // a Unix socket that everybody may connect to
#define SCENE_ABSTRACT "\0p2v-attack"          // the same without a name in any file system
#define SCENE_PORT 60706                       // TCP and UDP on 127.0.0.1
#define SCENE_SHM 0x70327600                   // System V shared memory for everybody, by its key
#define SCENE_HOST "p2v-scene"

// What an attempt is told of the scene and of itself, by the environment (SCENE_VARIABLE) but for the disk.
struct scene {
    pid_t sibling;                             // a helper of the same kind, so of the same uid, wholly locked
    pid_t root;                                // a process of root's, as virt-p2v is
    char other_disk[32];                       // a device that was never handed over
    int disk;                                  // the descriptor of the disk that was; -1: none
};
#define SCENE_VARIABLE "P2V_SCENE"             // "ATTEMPT LAYERS SIBLING ROOT OTHER-DISK"
#define ATTEMPT_WAIT (-1)                      // in place of an attempt: be a victim

struct attempt {
    const char *group, *name;                  // name: what would have been done
    int (*make)(const struct scene *scene);    // 0: it got through; else the errno that refused it
    bool (*outside)(const struct scene *scene);        // in the driver, where make() was 0: has it happened outside? NULL: yes.  Undoes it
    unsigned attackers;                        // who tries it
    unsigned job;                              // whose work it is, so that it must succeed
    const char *note;                          // what is to be said of it; or NULL
};

extern const struct attempt attempts[];
extern const size_t attempt_count;

// -1 with errno is that errno, anything else 0.
int refusal(long rc);

// The same, where `reached` is an error that comes after the kernel's permission: then it is as good as done.
int refusal_but(long rc, int reached);

#define ATTEMPT(NAME) int NAME(const struct scene *scene)
ATTEMPT(read_shadow); ATTEMPT(read_passwd); ATTEMPT(list_root); ATTEMPT(list_home); ATTEMPT(stat_shadow); ATTEMPT(read_proc_root);
ATTEMPT(open_other_disk); ATTEMPT(create_file); ATTEMPT(write_file); ATTEMPT(truncate_file); ATTEMPT(remove_file); ATTEMPT(chmod_file);
ATTEMPT(make_device); ATTEMPT(change_root);
ATTEMPT(connect_tcp); ATTEMPT(bind_tcp); ATTEMPT(send_udp); ATTEMPT(connect_unix); ATTEMPT(connect_abstract); ATTEMPT(bind_unix);
ATTEMPT(socket_inet); ATTEMPT(socket_netlink); ATTEMPT(socket_packet); ATTEMPT(socket_raw); ATTEMPT(socket_vsock);
ATTEMPT(fork_process); ATTEMPT(execute); ATTEMPT(execute_library); ATTEMPT(execute_memory); ATTEMPT(ptrace_sibling); ATTEMPT(ptrace_root); ATTEMPT(kill_sibling);
ATTEMPT(kill_root); ATTEMPT(kill_thread); ATTEMPT(kill_by_pidfd); ATTEMPT(steal_descriptor); ATTEMPT(read_environ); ATTEMPT(open_memory);
ATTEMPT(read_maps); ATTEMPT(list_descriptors); ATTEMPT(read_memory); ATTEMPT(write_memory); ATTEMPT(slow_down); ATTEMPT(enter_namespace);
ATTEMPT(become_root); ATTEMPT(become_group); ATTEMPT(gain_capability); ATTEMPT(make_user_namespace); ATTEMPT(be_dumpable);
ATTEMPT(load_filter); ATTEMPT(foreign_entry);
ATTEMPT(map_writable_code); ATTEMPT(protect_to_code); ATTEMPT(map_memfd_code); ATTEMPT(make_memfd); ATTEMPT(read_implies_exec);
ATTEMPT(mount_there); ATTEMPT(unmount_there); ATTEMPT(remount_root); ATTEMPT(open_filesystem);
ATTEMPT(write_disk); ATTEMPT(pwrite_disk); ATTEMPT(punch_disk); ATTEMPT(submit_write); ATTEMPT(sendfile_disk); ATTEMPT(map_disk);
ATTEMPT(reopen_by_proc); ATTEMPT(reopen_by_dev); ATTEMPT(discard); ATTEMPT(set_writable); ATTEMPT(scsi_command); ATTEMPT(read_partitions);
ATTEMPT(flush_buffers);
ATTEMPT(make_io_uring); ATTEMPT(make_bpf_map); ATTEMPT(watch_performance); ATTEMPT(add_a_key); ATTEMPT(make_userfaultfd);
ATTEMPT(load_kernel); ATTEMPT(load_module); ATTEMPT(restart_machine); ATTEMPT(rename_machine); ATTEMPT(set_clock); ATTEMPT(adjust_clock);
ATTEMPT(silence_kernel_log); ATTEMPT(swap_on); ATTEMPT(account); ATTEMPT(be_realtime); ATTEMPT(attach_shared_memory); ATTEMPT(type_for_person);

#endif
