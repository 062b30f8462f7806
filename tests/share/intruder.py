"""Stands for the rules in a worker that was taken over: Python that tries whatever it likes, once the room is closed.

`verdict` is what the worker calls. What was tried comes back as its detail: name → "refused" or what was got.
"""

import ctypes
import json
import os
import signal
import socket
import subprocess
import threading

LIBC = ctypes.CDLL(None, use_errno=True)


def verdict(_connection: object, query: str) -> dict:
    """`query` is JSON: the files and processes to try."""
    asked = json.loads(query)
    found = {}
    for name, attempt in attempts(asked):
        try:
            found[name] = repr(attempt())[:80]
        except (OSError, subprocess.SubprocessError) as fault:
            found[name] = "refused" if isinstance(fault, OSError) else repr(fault)
    return {"state": "function", "detail": json.dumps(found), "hints": []}


def attempts(asked: dict) -> list:
    other = asked["process"]
    tried = [(f"read {name}", lambda path=path: _read(path)) for name, path in asked["files"].items()]
    tried += [(f"list {name}", lambda path=path: os.listdir(path)) for name, path in asked["folders"].items()]
    tried += [
        (f"read {name} by the root of this process", lambda path=path: _read(f"/proc/self/root{path}"))
        for name, path in asked["files"].items()
    ]
    tried += [
        (f"read {what} of another process", lambda what=what: _read(f"/proc/{other}/{what}")) for what in _OF_PROCESS
    ]
    tried += [
        ("write beside the file", lambda: open(asked["beside"], "w")),
        ("write into /tmp", lambda: open("/tmp/intruder", "w")),
        ("make a folder", lambda: os.mkdir("/tmp/intruder-folder")),
        ("link to the key", lambda: os.link(next(iter(asked["files"].values())), "/tmp/intruder-link")),
        ("remove the file", lambda: os.unlink(asked["own"])),
        ("open the mode of the file", lambda: os.chmod(asked["own"], 0o666)),
        ("connect to a server here", lambda: socket.create_connection(("127.0.0.1", asked["port"]), 2)),
        ("connect to a socket", lambda: _unix(asked["socket"])),
        ("send a datagram", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9))),
        ("a raw socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)),
        ("IPv6", lambda: socket.socket(socket.AF_INET6)),
        ("netlink", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)),
        ("a signal to another process", lambda: os.kill(other, 0)),
        ("the end of another process", lambda: os.kill(other, signal.SIGKILL)),
        ("trace another process", lambda: _call("ptrace", 16, other, 0, 0)),
        ("read another's memory", lambda: _call("process_vm_readv", other, 0, 0, 0, 0, 0)),
        ("a handle of another process", lambda: os.pidfd_open(other)),
        ("run a program", lambda: subprocess.run(["/bin/sh", "-c", "true"], check=True)),
        ("become a program", lambda: os.execv("/bin/true", ["true"])),
        ("fork", os.fork),
        ("a namespace of its own", lambda: _call("unshare", 0x10000000)),
        ("another root", lambda: os.chroot("/tmp")),
        ("a mount", lambda: _call("mount", b"none", b"/mnt", b"tmpfs", 0, None)),
        ("memory as a file", lambda: os.memfd_create("x")),
        ("the kernel's keys", lambda: _syscall(250, 0, -3, 0, 0, 0)),
        ("an io_uring", lambda: _syscall(425, 1, 0, 0, 0, 0)),
        ("another's limits", lambda: __import__("resource").prlimit(other, 7, (8, 8))),
        ("another's turn", lambda: os.setpriority(os.PRIO_PROCESS, other, 19)),
    ]
    # What it may: its own file, threads.
    tried += [("own file", lambda: len(_read(asked["own"]))), ("a thread", _thread)]
    return tried


_OF_PROCESS = ("environ", "mem", "maps", "cmdline", "root/etc/passwd", "fd/0")


def _read(path: str) -> bytes:
    with open(path, "rb") as handle:
        return handle.read(64)


def _unix(path: str) -> object:
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect(path)


def _call(name: str, *arguments: object) -> int:
    return _checked(getattr(LIBC, name)(*arguments))


def _syscall(number: int, *arguments: int) -> int:
    return _checked(LIBC.syscall(number, *arguments))


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _thread() -> str:
    ran = []
    thread = threading.Thread(target=lambda: ran.append(1))
    thread.start()
    thread.join()
    return f"{len(ran)} ran"
