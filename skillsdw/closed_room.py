"""The room in which a reader's SQL runs: what its process may open and ask the kernel for, whoever takes it over.

Landlock lets it open the files that it was given, and Python's own libraries, for reading; seccomp denies it other
processes, new programs, new namespaces and the network. Neither needs a right that an ordinary user has not, and
neither can be taken off again. A worker loads this file by its path and calls `close` before it opens anything of a
reader's; it imports nothing of the project.
"""

import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

# Read while a query runs: modules that Python and pyarrow import late, time zones, the loader's list, and how much
# memory and how many processors there are, without which DuckDB ends itself.
_LIBRARIES = (
    *(sys.prefix, sys.base_prefix, "/lib", "/lib64", "/usr/lib", "/usr/share/zoneinfo", "/etc/ld.so.cache"),
    *("/proc/self/cgroup", "/sys/fs/cgroup", "/sys/devices/system/cpu/online"),
)
# Other processes, other programs, other roots, the kernel itself.
_DENIED = (
    *("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "kcmp"),
    *("perf_event_open", "bpf", "userfaultfd", "execve", "execveat", "fork", "vfork"),
    *("unshare", "setns", "mount", "umount2", "move_mount", "open_tree", "fsopen", "fsmount", "pivot_root", "chroot"),
    *("open_by_handle_at", "name_to_handle_at", "keyctl", "add_key", "request_key", "memfd_create", "memfd_secret"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register", "init_module", "finit_module", "delete_module"),
    *(
        "kexec_load",
        "kexec_file_load",
        "reboot",
        "swapon",
        "swapoff",
        "acct",
        "setpriority",
        "settimeofday",
        "clock_settime",
    ),
    *("mq_open", "shmget", "shmat", "msgget", "semget", "connect", "sendmsg", "sendmmsg", "socketpair"),
    *("chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat", "setxattr", "fsetxattr", "utimensat"),
)
_TO_OTHERS = ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")  # their first argument is a process
_OF_OTHERS = ("prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr")  # 0 is itself
_CLONE_THREAD = 0x10000
_AF_INET, _DATAGRAM, _RAW = 2, 2, 3


def missing() -> list[str]:
    """What this machine cannot close a room with: "landlock", "seccomp"."""
    lacking = []
    try:
        import landlock

        if landlock.landlock_abi_version() < 1:
            lacking.append("landlock")
    except (ImportError, OSError):
        lacking.append("landlock")
    try:
        import pyseccomp

        pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    except (ImportError, OSError, RuntimeError):
        lacking.append("seccomp")
    return lacking


def close(files: Sequence[str], *, listens: bool = False) -> None:
    """Close the room around this process, for good: it may read `files`, and listen on a port of IPv4 if `listens`.

    Called before a second thread runs. What the machine lacks (`missing`) is left out: whoever starts the process says
    so.
    """
    lacking = missing()
    if "landlock" not in lacking:
        _close_files(files)
    if "seccomp" not in lacking:
        _close_kernel(listens)


def _close_files(files: Sequence[str]) -> None:
    import landlock

    rules = landlock.Ruleset()
    reads = landlock.FSAccess.READ_FILE
    for library in _LIBRARIES:
        if Path(library).exists():
            rules.allow(library, rules=reads | landlock.FSAccess.READ_DIR if Path(library).is_dir() else reads)
    for file in files:
        rules.allow(file, rules=reads)
    rules.apply()


def _close_kernel(listens: bool) -> None:
    import pyseccomp as seccomp

    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    refused = seccomp.ERRNO(errno.EPERM)
    for name in _DENIED:
        _add(rules, refused, name)
    # Threads are made by clone, too; of clone3 nothing can be asked, so that the C library falls back to clone.
    _add(rules, seccomp.ERRNO(errno.ENOSYS), "clone3")
    _add(rules, refused, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, _CLONE_THREAD, 0))
    own = os.getpid()
    for name in _TO_OTHERS:
        _add(rules, refused, name, seccomp.Arg(0, seccomp.NE, own))
    for name in _OF_OTHERS:
        _add(rules, refused, name, seccomp.Arg(0, seccomp.NE, 0))
    if listens:  # a stream of IPv4 that others come to; what is sent has no address of its own
        _add(rules, refused, "socket", seccomp.Arg(0, seccomp.NE, _AF_INET))
        for kind in (_DATAGRAM, _RAW):
            _add(rules, refused, "socket", seccomp.Arg(1, seccomp.MASKED_EQ, 0xF, kind))
        _add(rules, refused, "sendto", seccomp.Arg(4, seccomp.NE, 0))
    else:
        for name in ("socket", "bind", "listen", "accept", "accept4"):
            _add(rules, refused, name)
    rules.load()


def _add(rules: object, action: int, name: str, *arguments: object) -> None:
    with suppress(OSError, ValueError, KeyError):  # a call that this kernel or machine has not
        rules.add_rule(action, name, *arguments)
