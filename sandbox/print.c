// SPDX-License-Identifier: GPL-2.0-or-later
//
// --print-sandbox: what a locked process may do.  The lock is tried on a child, so that what is printed of it is what the
// kernel says, from outside.  Touches: a child, /proc, the given stream.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/observe.h"
#include "sandbox/sandbox.h"

// ---- the child -----------------------------------------------------------------------------------------

// Every policy may write to standard output: there it tells its report, again and again, until the pipe is full.  Then it
// waits, locked, to be looked at and killed.
_Noreturn static void be_locked(const struct sandbox_policy *policy, int pipe_in)
{
    struct sandbox_report report;
    struct error err = { 0 };
    if (dup2(pipe_in, STDOUT_FILENO) < 0)
        _exit(1);
    if (sandbox_lock(policy, &report, &err) < 0) {
        dprintf(STDERR_FILENO, "%s cannot lock itself: %s\n", policy->program, err.text);
        _exit(1);
    }
    while (write(STDOUT_FILENO, &report, sizeof report) > 0)
        continue;
    _exit(1);
}

// The report's pointers are good here as well: they are the policy's, which was there before the fork.
static int receive_report(int pipe_out, struct sandbox_report *report)
{
    size_t have = 0;
    for (ssize_t n; have < sizeof *report; have += (size_t)n) {
        n = read(pipe_out, (char *)report + have, sizeof *report - have);
        if (n < 0 && errno == EINTR)
            n = 0;
        else if (n <= 0)
            return -1;
    }
    return 0;
}

// ---- what the policy says and what was told to the kernel ------------------------------------------------

static void write_files(struct document *doc, const struct sandbox_policy *policy)
{
    static const char *const uses[] = {
        [SANDBOX_READ] = "read", [SANDBOX_LIBRARIES] = "read, code", [SANDBOX_PROGRAM] = "read, code, start",
        [SANDBOX_DEVICE] = "read, write", [SANDBOX_DISK] = "read a disk", [SANDBOX_SOCKETS] = "make sockets",
        [SANDBOX_CONNECT] = "connect", [SANDBOX_COPY] = "read a copy",
    };
    document_section(doc, "Files");
    document_table(doc, "paths");
    for (const struct sandbox_path *path = policy->paths; path != NULL && path->path != NULL; path++) {
        document_row(doc);
        document_text(doc, "path", path->path);
        document_text(doc, "use", uses[path->use]);
        document_text(doc, "reason", path->reason);
        document_row_end(doc);
    }
    document_table_end(doc);
    document_section_end(doc);
}

// The names of a set's bits; names[] in the order of the bits, at most 16.
static void write_bits(struct document *doc, const char *label, uint64_t bits, const char *const *names, size_t count)
{
    const char *words[17] = { NULL };
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        if (bits >> i & 1)
            words[used++] = names[i];
    document_list(doc, label, words, ",");
}

static void write_landlock(struct document *doc, const struct sandbox_report *report)
{
    static const char *const files[] = {               // LANDLOCK_ACCESS_FS_*, in the kernel's order
        "execute", "write-file", "read-file", "read-dir", "remove-dir", "remove-file", "make-char", "make-dir",
        "make-reg", "make-sock", "make-fifo", "make-block", "make-sym", "refer", "truncate", "ioctl-dev",
    };
    static const char *const tcp[] = { "bind", "connect" }, *const scopes[] = { "abstract-sockets", "signals" };
    document_section(doc, "Landlock");
    document_number(doc, "abi", (uint64_t)report->landlock_abi);
    write_bits(doc, "refused of files", report->landlock_files, files, 16);
    write_bits(doc, "refused of tcp", report->landlock_tcp, tcp, 2);
    write_bits(doc, "refused outside", report->landlock_scopes, scopes, 2);
    document_table(doc, "rules");
    for (size_t i = 0; i < report->rule_count; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s%s", report->rules[i].path, report->rules[i].above ? "/.." : "");
        document_row(doc);
        document_text(doc, "path", path);
        write_bits(doc, "permitted", report->rules[i].rights, files, 16);
        document_row_end(doc);
    }
    document_table_end(doc);
    document_section_end(doc);
}

// "arg 1 == 1"; numbers as the kernel compares them.
static void limit_text(const struct scmp_arg_cmp *limit, char *text, size_t size)
{
    static const char *const signs[] = { [SCMP_CMP_NE] = "!=", [SCMP_CMP_LT] = "<", [SCMP_CMP_LE] = "<=", [SCMP_CMP_EQ] = "==",
                                         [SCMP_CMP_GE] = ">=", [SCMP_CMP_GT] = ">" };
    unsigned long long a = limit->datum_a, b = limit->datum_b;
    if (limit->op == SCMP_CMP_MASKED_EQ)
        snprintf(text, size, b < 10 ? "arg %u & %#llx == %llu" : "arg %u & %#llx == %#llx", limit->arg, a, b);
    else
        snprintf(text, size, a < 10 ? "arg %u %s %llu" : "arg %u %s %#llx", limit->arg, signs[limit->op], a);
}

static void write_call(struct document *doc, const struct sandbox_syscall *call)
{
    char limits[3][96], answer[48] = "";
    const char *words[4] = { NULL };
    char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call->number);
    for (unsigned i = 0; i < call->condition_count; i++) {
        limit_text(&call->conditions[i], limits[i], sizeof limits[i]);
        words[i] = limits[i];
    }
    if (call->refuse_errno != 0)
        snprintf(answer, sizeof answer, "answered with %s:", strerrorname_np(call->refuse_errno));
    document_row(doc);
    document_text(doc, "name", name != NULL ? name : "?");
    document_list(doc, "limits", words, ", ");
    document_text(doc, "refused", answer);
    document_text(doc, "reason", call->reason);
    document_row_end(doc);
    free(name);
}

// How many different calls may be made, with whatever arguments.
static size_t count_allowed(const struct sandbox_syscall *calls)
{
    size_t count = 0;
    for (const struct sandbox_syscall *call = calls; call->reason != NULL; call++) {
        const struct sandbox_syscall *before = calls;
        while (before < call && (before->number != call->number || before->refuse_errno != 0))
            before++;
        count += call->refuse_errno == 0 && before == call;
    }
    return count;
}

static void write_calls(struct document *doc, const struct sandbox_policy *policy)
{
    document_section(doc, "System calls");
    document_number(doc, "allowed", count_allowed(policy->syscalls));
    document_text(doc, "all others", "end the process");
    document_table(doc, "rows");
    for (const struct sandbox_syscall *call = policy->syscalls; call->reason != NULL; call++)
        write_call(doc, call);
    document_table_end(doc);
    document_section_end(doc);
}

static void write_layers(struct document *doc, const struct sandbox_report *report)
{
    document_section(doc, "Enforced by the running kernel");
    document_table(doc, "layers");
    for (size_t i = 0; i < report->count; i++) {
        document_row(doc);
        document_text(doc, "layer", report->layers[i].name);
        document_bool(doc, "enforced", report->layers[i].enforced, "", "MISSING:");
        document_text(doc, "detail", report->layers[i].detail);
        document_row_end(doc);
    }
    document_table_end(doc);
    document_section_end(doc);
}

// ---- all of it -----------------------------------------------------------------------------------------

static void write_document(FILE *out, const struct sandbox_policy *policy, bool as_json, const struct sandbox_report *report, pid_t pid)
{
    struct document doc;
    document_begin(&doc, out, as_json, policy->program, policy->option != NULL ? policy->option : "");
    observe_process(&doc, pid);
    write_files(&doc, policy);
    write_landlock(&doc, report);
    write_calls(&doc, policy);
    write_layers(&doc, report);
    document_end(&doc);
}

int sandbox_print(FILE *out, const struct sandbox_policy *policy, bool as_json, struct error *err)
{
    int pipe_fds[2];
    struct sandbox_report report;
    if (pipe2(pipe_fds, O_CLOEXEC) < 0 || (geteuid() == 0 && policy->namespaces & CLONE_NEWPID && unshare(CLONE_NEWPID) < 0))
        return error_set_errno(err, errno, "cannot try the lock");
    pid_t pid = fork();
    if (pid == 0)
        be_locked(policy, pipe_fds[1]);
    close(pipe_fds[1]);
    int rc = pid < 0 ? error_set_errno(err, errno, "cannot try the lock") :
             receive_report(pipe_fds[0], &report) < 0 ? error_set(err, "the lock cannot be taken, so there is nothing to print") : 0;
    if (rc == 0)
        write_document(out, policy, as_json, &report, pid);
    if (pid > 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    close(pipe_fds[0]);
    return rc == 0 && (fflush(out) != 0 || ferror(out)) ? error_set_errno(err, errno, "cannot print") : rc;
}
