"""The programs of ``make demo`` with what Windows has not got hidden, and as strict about files."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]

# Imported by every interpreter that has its folder in PYTHONPATH, before anything else.
_WINDOWS = '''
import errno, os, re, signal, stat, sys

for name in ("fcntl", "resource", "termios", "tty", "pty", "grp", "pwd", "syslog"):
    sys.modules[name] = None  # Importing it raises ImportError.
for name in ("SIGHUP", "SIGKILL", "SIGQUIT", "SIGPIPE", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGCHLD",
             "SIGTSTP", "pause", "alarm", "sigwait", "pthread_sigmask", "pthread_kill"):
    delattr(signal, name)
for name in ("fork", "forkpty", "killpg", "setsid", "pread", "pwrite", "preadv", "pwritev",
             "mkfifo", "mknod", "fchmod", "fchown", "chown", "statvfs", "getuid", "geteuid",
             "getgid", "getpgid", "getpgrp", "setpgid", "sched_getaffinity", "sched_setaffinity",
             "pidfd_open", "openpty", "register_at_fork", "posix_fallocate", "posix_fadvise",
             "sync", "fdatasync", "sendfile", "memfd_create", "O_NONBLOCK", "O_NOFOLLOW",
             "O_DIRECTORY", "O_CLOEXEC", "O_SYNC", "O_DSYNC", "O_NOCTTY", "O_TMPFILE"):
    delattr(os, name)

set_handler = signal.signal

def set_handler_but_sigterm(number, handler):
    if number == signal.SIGTERM:
        raise ValueError("signal number not allowed here")
    return set_handler(number, handler)

signal.signal = set_handler_but_sigterm

FORBIDDEN = re.compile(r'[<>:"|?*\\\\\\x00-\\x1f]|[ .]$')

def refuse(number, path):
    raise OSError(number, os.strerror(number), os.fspath(path))

def is_open(path):
    """Whether this process has it open or mapped: then Windows neither renames nor removes it."""
    try:
        found = os.stat(path)
    except OSError:
        return False
    if not stat.S_ISREG(found.st_mode):
        return False
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            if os.path.samestat(os.fstat(int(descriptor)), found):
                return True
        except OSError:
            pass
    real = os.path.realpath(path)
    return any(line.rstrip().endswith(real) for line in open("/proc/self/maps", encoding="utf-8"))

def checked(function, overwrites=False):
    def act(source, target=None, **options):
        for path in (source, target):
            if path is not None and is_open(path):
                refuse(errno.EACCES, path)
        if target is None:
            return function(source, **options)
        if os.path.lexists(target) and (os.path.isdir(target) or not overwrites):
            refuse(errno.EEXIST, target)
        return function(source, target, **options)
    return act

os.rename, os.replace = checked(os.rename), checked(os.replace, overwrites=True)
os.remove = os.unlink = checked(os.unlink)
open_file, flush, opened_to_read = os.open, os.fsync, set()

def open_as_there(path, flags, *arguments, **options):
    if os.path.isdir(path):
        refuse(errno.EACCES, path)
    descriptor = open_file(path, flags, *arguments, **options)
    opened_to_read.discard(descriptor)
    if not flags & (os.O_WRONLY | os.O_RDWR):
        opened_to_read.add(descriptor)
    return descriptor

def flush_as_there(descriptor):
    if descriptor in opened_to_read:
        refuse(errno.EBADF, str(descriptor))
    return flush(descriptor)

os.open, os.fsync = open_as_there, flush_as_there

import tempfile  # Not before: it and what it imports take their functions when they are imported.

tempfile.TemporaryFile = tempfile.NamedTemporaryFile  # As there; else it removes an open file.

def watch(event, arguments):
    if event in ("open", "os.mkdir", "os.rename"):
        path = arguments[1] if event == "os.rename" else arguments[0]
        if isinstance(path, str) and not path.startswith(("/proc", "/dev")):
            if any(FORBIDDEN.search(part) for part in path.split("/") if part not in (".", "..")):
                refuse(errno.EINVAL, path)

sys.addaudithook(watch)
'''


@pytest.fixture
def run_there(tmp_path):
    """Runs ``python -m experiments.NAME FLAG ...`` as on another system, as far as Python goes."""
    (tmp_path / "sitecustomize.py").write_text(_WINDOWS)

    def run(name, *flags):
        return subprocess.run(
            [sys.executable, "-m", f"experiments.{name}", *flags],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=600,
        )

    return run


@pytest.fixture
def train_there(tmp_path, run_there, sample_folder):
    """Trains to the end, and goes on to one epoch more; gives the run."""
    flags = f"--dataset=idx:{sample_folder}", f"--run_dir={tmp_path / 'run'}", "--batch_size=32"

    def train(*more):
        for epochs in (2, 3):
            done = run_there("train", *flags, *more, f"--epochs={epochs}", "--keep_checkpoints=1")
            assert done.returncode == 0, done.stderr
        return tmp_path / "run"

    return train


def test_a_training_needs_nothing_that_windows_has_not_got(train_there):
    run_dir = train_there("--arch=conv(4,5,stride=4) flatten dense(10,act=linear)")
    kept = {path.name for path in (run_dir / "checkpoints").iterdir()}
    assert kept == {"step-00000000", "step-00000039"}
    assert not (run_dir / "lock").exists()


@pytest.mark.soak
def test_the_demo_needs_nothing_that_windows_has_not_got(train_there, run_there):
    flag = f"--run_dir={train_there('--arch=simple')}"
    for name, *more in (("maximize", "--layer=conv3", "--filters=0,7"), ("weights",), ("report",)):
        done = run_there(name, flag, *more)
        assert done.returncode == 0, done.stderr
