"""Which processes train together (TF_CONFIG), which of them this one is, and its cores."""

import contextlib
import dataclasses
import json
import os
import re
import socket
from collections.abc import Mapping
from typing import Any

from tfcnn.errors import InputError, wrong

_NAME = "TF_CONFIG"
_EXAMPLE = (
    '{"cluster": {"worker": ["10.0.0.1:2222", "10.0.0.2:2222"]}, '
    '"task": {"type": "worker", "index": 0}}'
)


@dataclasses.dataclass(frozen=True)
class Cluster:
    """The workers of a training.

    Attributes:
      addresses: ``host:port`` of each; the first one is the chief, which writes the files.
      index: Which of them this process is.
    """

    addresses: tuple[str, ...]
    index: int

    def name_of(self, index: int) -> str:
        """A worker as messages name it."""
        return f"worker {index} at {self.addresses[index]}"


def available_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def local_environments(count: int) -> list[dict[str, str]]:
    """TF_CONFIG for each of ``count`` processes on this machine, at free ports."""
    with contextlib.ExitStack() as stack:
        listeners = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        addresses = [f"127.0.0.1:{listener.getsockname()[1]}" for listener in listeners]
    cluster = {"worker": addresses}
    return [
        {_NAME: json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}})}
        for index in range(count)
    ]


def split_address(address: str) -> tuple[str, int]:
    """Host and port of ``host:port``; an IPv6 host may stand in brackets."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def read_cluster(environment: Mapping[str, str]) -> Cluster:
    """Reads TF_CONFIG as TensorFlow documents it.

    A ``chief``, where there is one, is counted as the first worker.

    Args:
      environment: Such as ``os.environ``.

    Raises:
      InputError: TF_CONFIG is missing or malformed; the message says where.
    """
    text = environment.get(_NAME)
    if not text:
        raise wrong(_NAME, f"JSON such as {_EXAMPLE}", "none")
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise wrong(_NAME, f"JSON such as {_EXAMPLE}", _short(text)) from None
    jobs = _entry(values, "cluster", dict, "an object with a list of workers")
    task = _entry(values, "task", dict, "an object with type and index")
    kind = _entry(task, "type", str, "worker or chief", "task.")
    index = _entry(task, "index", int, "a whole number from 0", "task.")
    if unknown := jobs.keys() - {"chief", "worker"}:
        raise _wrong("cluster", "only chief and worker", sorted(unknown)[0])
    chiefs, workers = (_addresses(jobs, job) for job in ("chief", "worker"))
    if len(chiefs) > 1:
        raise _wrong("cluster.chief", "one address", jobs["chief"])
    addresses = chiefs + workers
    if not addresses:
        raise _wrong("cluster", "at least one worker", jobs)
    if len(set(addresses)) < len(addresses):
        raise _wrong("cluster", "every address once", addresses)
    own = {"chief": chiefs, "worker": workers}.get(kind)
    if own is None:
        raise _wrong("task.type", "worker or chief", kind)
    if isinstance(index, bool) or not 0 <= index < len(own):
        expected = f"from 0 to below the number of {kind} addresses, {len(own)}"
        raise _wrong("task.index", expected, index)
    return Cluster(tuple(addresses), index + (len(chiefs) if kind == "worker" else 0))


def _entry(values: Any, name: str, kind: type, expected: str, within: str = "") -> Any:
    found = values.get(name) if isinstance(values, dict) else None
    if not isinstance(found, kind):
        raise _wrong(f"{within}{name}", expected, found)
    return found


def _addresses(jobs: dict[str, Any], job: str) -> list[str]:
    found = jobs.get(job, [])
    if not isinstance(found, list):
        raise _wrong(f"cluster.{job}", "a list of host:port", found)
    for number, address in enumerate(found):
        if not (isinstance(address, str) and _is_address(address)):
            expected = "host:port with a port from 1 to 65535"
            raise _wrong(f"cluster.{job}[{number}]", expected, address)
    return found


def _is_address(text: str) -> bool:
    host, _, port = text.rpartition(":")
    try:
        host.encode("idna")  # What a socket does with it; 10.0.0..2 has no such form.
    except UnicodeError:
        return False
    return bool(host) and re.fullmatch("[0-9]{1,5}", port) is not None and 0 < int(port) < 2**16


def _wrong(where: str, expected: str, found: object) -> InputError:
    return wrong(f"{_NAME}: {where}", expected, _short(repr(found)))


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}..."
