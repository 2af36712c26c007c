# SPDX-License-Identifier: GPL-2.0-or-later
#
# The seccomp filter of a running process, as the kernel has it (ptrace(2), PTRACE_SECCOMP_GET_FILTER; root alone), and what it
# answers to a system call (kernel Documentation/networking/filter.rst: the few instructions that seccomp has).
import contextlib
import ctypes
import os
import re
import struct

PTRACE_GETREGS, PTRACE_SETREGS, PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_SECCOMP_GET_FILTER = 12, 13, 17, 0x4206, 0x4207, 0x420C
AUDIT_ARCH_X86_64 = 0xC000003E
ALLOW, ERRNO, TRAP, KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x00030000, 0x80000000

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def _ptrace(request, pid, address=None, data=None):
    result = _libc.ptrace(request, pid, address, data)
    if result < 0:
        raise OSError(ctypes.get_errno(), "ptrace %#x" % request)
    return result


def numbers():
    """Names of system calls -> numbers, of this architecture's header."""
    with open("/usr/include/x86_64-linux-gnu/asm/unistd_64.h") as header:
        return {name: int(number) for name, number in re.findall(r"#define __NR_(\w+) (\d+)", header.read())}


@contextlib.contextmanager
def stopped(pid):
    """Stops the process for a while, and looks over its shoulder."""
    _ptrace(PTRACE_SEIZE, pid)
    _ptrace(PTRACE_INTERRUPT, pid)
    os.waitpid(pid, 0x40000000)            # __WALL
    try:
        yield
    finally:
        _ptrace(PTRACE_DETACH, pid)


def take_over(pid, number):
    """Has the process make another system call, without arguments, in place of the one that it waits in."""
    with stopped(pid):
        raw = ctypes.create_string_buffer(27 * 8)          # struct user_regs_struct
        _ptrace(PTRACE_GETREGS, pid, 0, raw)
        registers = list(struct.unpack("<27Q", raw.raw))
        for place, value in ((10, number), (15, 2 ** 64 - 1), (16, registers[16] - 2), (12, 0), (13, 0), (14, 0)):
            registers[place] = value       # rax; orig_rax, so that nothing is restarted; rip, back on "syscall"; rdx, rsi, rdi
        _ptrace(PTRACE_SETREGS, pid, 0, struct.pack("<27Q", *registers))


def read_filter(pid):
    """The filter's instructions: (code, jump if true, jump if not, k)."""
    with stopped(pid):
        count = _ptrace(PTRACE_SECCOMP_GET_FILTER, pid, 0)
        raw = ctypes.create_string_buffer(count * 8)
        _ptrace(PTRACE_SECCOMP_GET_FILTER, pid, 0, raw)
    return list(struct.iter_unpack("<HBBI", raw.raw))


def answer(program, number, arguments=(), arch=AUDIT_ARCH_X86_64):
    """What the filter answers: an action, with its data in the low 16 bits."""
    data = struct.pack("<iIQ6Q", number, arch, 0, *(list(arguments) + [0] * 6)[:6])
    a, at, scratch = 0, 0, [0] * 16
    while True:
        code, yes, no, k = program[at]
        at += 1
        if code == 0x20:
            a = struct.unpack_from("<I", data, k)[0]
        elif code == 0x54:
            a &= k
        elif code == 0x02:
            scratch[k] = a
        elif code == 0x60:
            a = scratch[k]
        elif code == 0x06:
            return k
        elif code == 0x05:
            at += k
        elif code in (0x15, 0x25, 0x35):
            at += yes if {0x15: a == k, 0x25: a > k, 0x35: a >= k}[code] else no
        else:
            raise ValueError("instruction %#x" % code)
