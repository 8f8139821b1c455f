"""On what a run was made: enough to explain a number that differs elsewhere."""

import datetime
import importlib.metadata
import os
import pathlib
import platform
import subprocess
from typing import Any

import tensorflow as tf

from tfcnn.distributed import workers

# Only these, by name: a variable that starts with TF_ may as well be Terraform's, with a secret.
SWITCHES = (
    "OMP_NUM_THREADS",
    "TF_DETERMINISTIC_OPS",
    "TF_ENABLE_ONEDNN_OPTS",
    "TF_NUM_INTEROP_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_XLA_FLAGS",
)
PACKAGES = ("tensorflow", "numpy", "tensorflow-datasets", "safetensors", "scipy", "matplotlib")


def describe_environment() -> dict[str, Any]:
    """Versions, processor, git commit and TensorFlow's switches, ready for JSON.

    A number of threads of 0 leaves the choice to TensorFlow.
    """
    return {
        "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": {
            "an_operation": tf.config.threading.get_intra_op_parallelism_threads(),
            "side_by_side": tf.config.threading.get_inter_op_parallelism_threads(),
        },
        "replicas": tf.distribute.get_strategy().num_replicas_in_sync,
        "workers": workers.count(),
        "git": _git(),
        "tensorflow_switches": {name: os.environ[name] for name in SWITCHES if name in os.environ},
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def _git() -> dict[str, Any] | None:
    """Commit of the source and whether it was changed since; None outside a git checkout."""
    if _run_git("ls-files", "--error-unmatch", pathlib.Path(__file__).name) is None:
        return None  # Installed somewhere inside a checkout of something else.
    commit, status = _run_git("rev-parse", "HEAD"), _run_git("status", "--porcelain")
    if commit is None or status is None:
        return None
    return {"commit": commit.strip(), "dirty": bool(status.strip())}


def _run_git(*arguments: str) -> str | None:
    folder = pathlib.Path(__file__).parent
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
