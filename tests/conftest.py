"""How the fuzz tests are run: the same few hundred inputs each time, or many new ones."""

from __future__ import annotations

import contextlib
import datetime
import pathlib
import resource

import pytest
from hypothesis import HealthCheck, settings

# Time is bounded for each input: nothing that a stranger wrote may hold a program up.
_SHARED = {
    "deadline": datetime.timedelta(seconds=20),
    "database": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}
settings.register_profile("short", derandomize=True, max_examples=200, **_SHARED)
settings.register_profile("soak", max_examples=5_000, print_blob=True, **_SHARED)
settings.load_profile("short")


@pytest.fixture(scope="session")
def little_memory():
    """A context in which no more than so many further bytes can be had, native code included."""

    @contextlib.contextmanager
    def limit(further: int = 256 * 2**20):
        pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
        before = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(
            resource.RLIMIT_AS, (pages * resource.getpagesize() + further, before[1])
        )
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_AS, before)

    return limit
