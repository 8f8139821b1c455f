"""What all rooms share: how the fuzz tests are run, where programs start, and real digits."""

from __future__ import annotations

import contextlib
import datetime
import pathlib
import resource
import socket

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

import tfcnn

# The same few hundred inputs each time, or many new ones. Time is bounded for each: nothing that a
# stranger wrote may hold a program up.
_SHARED = {
    "deadline": datetime.timedelta(seconds=20),
    "database": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}
settings.register_profile("short", derandomize=True, max_examples=200, **_SHARED)
settings.register_profile("soak", max_examples=5_000, print_blob=True, **_SHARED)
settings.load_profile("short")

ROOT = pathlib.Path(__file__).parents[1]


@pytest.fixture(scope="session", autouse=True)
def _in_the_project_s_folder():
    """Programs that a test starts find the project, wherever pytest was started."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        yield


@pytest.fixture(scope="session")
def differences():
    """Central differences of a function of no argument by places of an array that it reads."""

    def measured(function, array, places, step):
        found = []
        for place in places:
            kept = array[place]
            array[place] = kept + step
            above = function()
            array[place] = kept - step
            found.append((above - function()) / (2 * step))
            array[place] = kept
        return np.array(found)

    return measured


@pytest.fixture(scope="session")
def sample_folder():
    """The folder of the shipped digits, four IDX files."""
    return ROOT / "tests" / "data" / "sample"


@pytest.fixture(scope="session")
def sample(sample_folder):
    """The shipped digits as a data set: 400 for training and 100 for the test."""
    return tfcnn.data.load(f"idx:{sample_folder}")


@pytest.fixture
def small_network():
    """One convolution, one pool and the logits: all that a fast training needs."""
    architecture = tfcnn.model.parse("conv(4,3,stride=2) max(2) flatten dense(10,act=linear)")
    return tfcnn.model.Network(architecture, (28, 28, 1))


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


@pytest.fixture
def kept_addresses():
    """Gives so many addresses of this machine that refuse calls, and that nobody else is given.

    A program may listen there: Linux lets it, as both sockets reuse addresses.
    """
    with contextlib.ExitStack() as sockets:

        def keep(count: int) -> tuple[str, ...]:
            kept = [sockets.enter_context(socket.socket()) for _ in range(count)]
            for each in kept:
                each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                each.bind(("127.0.0.1", 0))
            return tuple(f"127.0.0.1:{each.getsockname()[1]}" for each in kept)

        yield keep
