// SPDX-License-Identifier: GPL-2.0-or-later
//
// Attempts on the kernel and the machine.  Nothing here could harm the machine of the test: what must not succeed is asked for
// with an argument that the kernel refuses only after the permission, and that refusal counts as done.
#include "tests/hostile/attack/attempts.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/reboot.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

ATTEMPT(make_io_uring)
{
    (void)scene;
    struct io_uring_params parameters = { 0 };
    return refusal(syscall(SYS_io_uring_setup, 1L, &parameters));
}

ATTEMPT(make_bpf_map)
{
    (void)scene;
    union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };
    return refusal(syscall(SYS_bpf, (long)BPF_MAP_CREATE, &attr, sizeof attr));
}

ATTEMPT(watch_performance)
{
    (void)scene;
    struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .size = sizeof attr, .config = PERF_COUNT_SW_TASK_CLOCK };
    return refusal(syscall(SYS_perf_event_open, &attr, 0L, -1L, -1L, 0L));
}

ATTEMPT(add_a_key)
{
    (void)scene;
    return refusal(syscall(SYS_add_key, "user", "p2v-attack", "x", 1L, (long)KEY_SPEC_PROCESS_KEYRING));
}

ATTEMPT(make_userfaultfd)
{
    (void)scene;
    return refusal(syscall(SYS_userfaultfd, 0L));
}

// No such flags.
ATTEMPT(load_kernel)
{
    (void)scene;
    return refusal_but(syscall(SYS_kexec_load, 0L, 0L, NULL, 0xffL), EINVAL);
}

// No module.
ATTEMPT(load_module)
{
    (void)scene;
    return refusal_but(syscall(SYS_init_module, "none", 4L, ""), ENOEXEC);
}

// No such command.
ATTEMPT(restart_machine)
{
    (void)scene;
    return refusal_but(syscall(SYS_reboot, (long)LINUX_REBOOT_MAGIC1, (long)LINUX_REBOOT_MAGIC2, 1L, NULL), EINVAL);
}

ATTEMPT(rename_machine)
{
    (void)scene;
    return refusal(syscall(SYS_sethostname, "p2v-attacked", 12L));
}

// No such time zone.
ATTEMPT(set_clock)
{
    (void)scene;
    struct timezone zone = { .tz_minuteswest = 100000 };
    return refusal_but(syscall(SYS_settimeofday, NULL, &zone), EINVAL);
}

// No such tick.
ATTEMPT(adjust_clock)
{
    (void)scene;
    struct timex change = { .modes = ADJ_TICK, .tick = 1 };
    return refusal_but(syscall(SYS_clock_adjtime, (long)CLOCK_REALTIME, &change), EINVAL);
}

// No such level.
ATTEMPT(silence_kernel_log)
{
    (void)scene;
    return refusal_but(syscall(SYS_syslog, 8L, NULL, 0L), EINVAL);
}

ATTEMPT(swap_on)
{
    (void)scene;
    return refusal_but(syscall(SYS_swapon, "/nonexistent/swap", 0L), ENOENT);
}

ATTEMPT(account)
{
    (void)scene;
    return refusal_but(syscall(SYS_acct, "/nonexistent/accounts"), ENOENT);
}

ATTEMPT(be_realtime)
{
    (void)scene;
    struct sched_param priority = { .sched_priority = 1 };
    return refusal(syscall(SYS_sched_setscheduler, 0L, (long)SCHED_FIFO, &priority));
}

ATTEMPT(attach_shared_memory)
{
    (void)scene;
    long id = syscall(SYS_shmget, (long)SCENE_SHM, 0L, 0L);
    return id < 0 ? errno : refusal(syscall(SYS_shmat, id, NULL, (long)SHM_RDONLY));
}

ATTEMPT(type_for_person)
{
    (void)scene;
    return refusal(ioctl(0, TIOCSTI, "x"));
}
