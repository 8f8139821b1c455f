from __future__ import annotations

import errno
import gzip
import pathlib

import pytest

from tfcnn.data import checksums
from tfcnn.data.acquire import acquire, default_cache
from tfcnn.data.sources.source import UnavailableError
from tfcnn.errors import InputError


class Fake:
    """A source that counts how often it was asked."""

    def __init__(self, name, answer):
        self.name = name
        self.answer = answer
        self.asked = 0
        self.source = {name: self.fetch}

    def fetch(self):
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return dict(self.answer)


def contents(folder: pathlib.Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def wrong_payloads(sample_payloads):
    labels = bytearray(sample_payloads[checksums.TRAIN_LABELS])
    labels[-1] = (labels[-1] + 1) % 10
    return {**sample_payloads, checksums.TRAIN_LABELS: bytes(labels)}


@pytest.mark.usefixtures("sample_is_mnist")
class TestAcquire:
    def test_first_source_that_has_it_wins_and_fills_the_cache(self, tmp_path, sample_payloads):
        no = Fake("no", UnavailableError("closed"))
        yes, late = Fake("yes", sample_payloads), Fake("late", sample_payloads)
        data = acquire("mnist", tmp_path / "c", no.source | yes.source | late.source)
        assert (no.asked, yes.asked, late.asked) == (1, 1, 0)
        assert data.train.images.tobytes() == sample_payloads[checksums.TRAIN_IMAGES][16:]
        assert data.test.labels.tolist() == list(sample_payloads[checksums.TEST_LABELS][8:])
        assert contents(tmp_path / "c") == sample_payloads

    def test_second_start_asks_nobody(self, tmp_path, sample_payloads):
        first, second = Fake("first", sample_payloads), Fake("second", sample_payloads)
        acquire("mnist", tmp_path / "c", first.source)
        data = acquire("mnist", tmp_path / "c", second.source)
        assert second.asked == 0
        assert len(data.train) == 400

    def test_wrong_bytes_are_refused_and_never_cached(self, tmp_path, wrong_payloads, caplog):
        liar = Fake("liar", wrong_payloads)
        with pytest.raises(InputError, match=r"liar: liar/train-labels-idx1-ubyte: expected"):
            acquire("mnist", tmp_path / "c", liar.source)
        assert not (tmp_path / "c").exists()
        assert "liar" in caplog.text

    def test_after_wrong_bytes_the_next_source_is_asked(
        self, tmp_path, wrong_payloads, sample_payloads
    ):
        liar, honest = Fake("liar", wrong_payloads), Fake("honest", sample_payloads)
        acquire("mnist", tmp_path / "c", liar.source | honest.source)
        assert contents(tmp_path / "c") == sample_payloads

    def test_after_an_error_of_the_system_the_next_source_is_asked(self, tmp_path, sample_payloads):
        full = Fake("full", OSError(errno.ENOSPC, "No space left on device"))
        acquire("mnist", tmp_path / "c", full.source | Fake("honest", sample_payloads).source)
        assert contents(tmp_path / "c") == sample_payloads
        with pytest.raises(InputError, match=r"^mnist: no source .*; full: .*No space left on dev"):
            acquire("mnist", tmp_path / "d", full.source)

    def test_wrong_bytes_never_take_the_place_of_good_files(
        self, tmp_path, wrong_payloads, sample_payloads
    ):
        acquire("mnist", tmp_path / "c", Fake("honest", sample_payloads).source)
        (tmp_path / "c" / checksums.TEST_LABELS).unlink()
        before = contents(tmp_path / "c")
        with pytest.raises(InputError):
            acquire("mnist", tmp_path / "c", Fake("liar", wrong_payloads).source)
        assert contents(tmp_path / "c") == before

    def test_damaged_cache_is_told_of_and_mended(self, tmp_path, sample_payloads, caplog):
        honest = Fake("honest", sample_payloads)
        acquire("mnist", tmp_path / "c", honest.source)
        (tmp_path / "c" / checksums.TRAIN_IMAGES).write_bytes(b"half a fi")
        acquire("mnist", tmp_path / "c", honest.source)
        assert honest.asked == 2
        assert checksums.TRAIN_IMAGES in caplog.text
        assert contents(tmp_path / "c") == sample_payloads

    def test_gzip_files_put_into_the_cache_by_hand_are_used(self, tmp_path, sample_payloads):
        for part, payload in sample_payloads.items():
            (tmp_path / f"{part}.gz").write_bytes(gzip.compress(payload))
        assert len(acquire("mnist", tmp_path, {}).test) == 100

    def test_refusal_lists_every_source_with_its_reason(self, tmp_path):
        sources = [Fake("a", UnavailableError("closed")), Fake("b", InputError("two\nlines"))]
        with pytest.raises(InputError) as caught:
            acquire("mnist", tmp_path / "c", sources[0].source | sources[1].source)
        assert str(caught.value) == (
            f"mnist: no source has it (cache: {tmp_path}/c does not exist; a: closed; b: two lines)"
        )

    def test_cache_that_cannot_be_written_is_no_obstacle(self, tmp_path, sample_payloads, caplog):
        (tmp_path / "c").write_text("a file where the folder should be")
        data = acquire("mnist", tmp_path / "c", Fake("yes", sample_payloads).source)
        assert len(data.train) == 400
        assert "not cached" in caplog.text


@pytest.mark.parametrize(
    "variables, expected",
    [
        ({"TFCNN_CACHE": "/a", "XDG_CACHE_HOME": "/b"}, "/a"),
        ({"XDG_CACHE_HOME": "/b"}, "/b/tfcnn"),
        ({"HOME": "/home/eve"}, "/home/eve/.cache/tfcnn"),
    ],
)
def test_default_cache(monkeypatch, variables, expected):
    for name in ("TFCNN_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert default_cache() == pathlib.Path(expected)
