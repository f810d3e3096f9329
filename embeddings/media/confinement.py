"""What a child gives up before it sees a customer's first byte: all but computing and answering.

Afterwards it opens no file and no socket, starts no process or thread, reaches no other process,
and dies with its parent. Where the kernel filters system calls (Linux on x86-64 or arm64) it is
left with those that computing needs.
"""

import ctypes
import os
import resource
import signal
import struct
import sys

PR_SET_PDEATHSIG = 1
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2

_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO with EPERM
_LOAD, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06  # of the kernel's packet filter language
_AT_NUMBER, _AT_ARCHITECTURE, _AT_FIRST_ARGUMENT, _AT_SECOND_ARGUMENT = 0, 4, 16, 24
# Architecture, then the numbers of: read write close fstat lseek mmap mprotect munmap brk mremap
# madvise rt_sigaction rt_sigprocmask rt_sigreturn sched_yield sendto recvfrom exit exit_group
# getrusage futex clock_gettime gettimeofday getrandom restart_syscall gettid getpid; and prlimit64.
_CALLS: dict[str, tuple[int, tuple[int, ...], int]] = {
    "x86_64": (
        0xC000003E,
        (
            *(0, 1, 3, 5, 8, 9, 10, 11, 12, 25, 28, 13, 14, 15, 24, 44, 45, 60, 231),
            *(98, 202, 228, 96, 318, 219, 186, 39),
        ),
        302,
    ),
    "aarch64": (
        0xC00000B7,
        (
            *(63, 64, 57, 80, 62, 222, 226, 215, 214, 216, 233, 134, 135, 139, 124, 206, 207),
            *(93, 94, 165, 98, 113, 169, 278, 128, 178, 172),
        ),
        261,
    ),
}


def die_with(parent_pid: int) -> None:
    """End when the parent's thread that started this process ends; at once if it has ended."""
    if sys.platform == "linux":
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        raise SystemExit(1)


def confine(memory_bytes_max: int) -> None:
    """Give up everything but computing. Comes after all imports: they open files."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, 0)
    if sys.platform == "linux":
        _limit(resource.RLIMIT_AS, memory_bytes_max)
        _limit(resource.RLIMIT_NPROC, 0)
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
        _filter_calls()


def allow_cpu(seconds: int) -> None:
    """Let this process compute for so many seconds from now; then the kernel ends it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    ends_at = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (ends_at, resource.RLIM_INFINITY))


def _limit(what: int, value: int) -> None:
    resource.setrlimit(what, (value, value))


def _prctl(option: int, value: int, pointer: int = 0) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(pointer), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _filter_calls() -> None:
    machine = os.uname().machine
    if machine not in _CALLS:
        return  # the limits above hold everywhere
    steps = _program(*_CALLS[machine])
    program = ctypes.create_string_buffer(b"".join(steps))
    head = ctypes.create_string_buffer(struct.pack("HP", len(steps), ctypes.addressof(program)))
    _prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(head))


def _program(architecture: int, calls: tuple[int, ...], prlimit: int) -> list[bytes]:
    """The filter: refuse another architecture, allow the calls, and a limit of our own time."""
    steps = [
        _step(_LOAD, _AT_ARCHITECTURE),
        _step(_IF_EQUAL, architecture, then=1),
        _step(_RETURN, _REFUSE),
        _step(_LOAD, _AT_NUMBER),
    ]
    for number in calls:
        steps += [_step(_IF_EQUAL, number, otherwise=1), _step(_RETURN, _ALLOW)]
    return [
        *steps,
        _step(_IF_EQUAL, prlimit, otherwise=5),
        _step(_LOAD, _AT_FIRST_ARGUMENT),
        _step(_IF_EQUAL, 0, otherwise=3),
        _step(_LOAD, _AT_SECOND_ARGUMENT),
        _step(_IF_EQUAL, resource.RLIMIT_CPU, otherwise=1),
        _step(_RETURN, _ALLOW),
        _step(_RETURN, _REFUSE),
    ]


def _step(code: int, value: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("HBBI", code, then, otherwise, value)
