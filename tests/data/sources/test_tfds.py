from __future__ import annotations

import functools
import http.server
import pathlib
import select
import socket
import sys
import threading

import pytest

from tfcnn.data import catalog
from tfcnn.data.sources import reachable, tfds, tfds_arrays
from tfcnn.data.sources.source import UnavailableError


def test_base_name():
    assert tfds.base_name("emnist/letters:3.1.0") == "emnist"
    assert tfds.base_name("cifar10:3.0.2") == "cifar10"


def test_default_folder_is_that_of_tfds_itself(monkeypatch, tmp_path):
    from tensorflow_datasets.core import constants

    monkeypatch.delenv("TFDS_DATA_DIR", raising=False)
    assert tfds.default_folder() == pathlib.Path(constants.get_default_data_dir())
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    assert tfds.default_folder() == pathlib.Path(constants.get_default_data_dir()) == tmp_path


def test_known_servers_are_those_of_the_official_builders():
    module = tfds.import_tfds()
    for name, published in catalog.PUBLISHED.items():
        assert published.tfds_server in module.builder_cls(name).url_infos


def test_nothing_prepared(tmp_path):
    with pytest.raises(UnavailableError, match="holds no mnist"):
        tfds.prepared("mnist", tmp_path)
    (tmp_path / "mnist" / "1.0.0").mkdir(parents=True)
    (tmp_path / "mnist" / "1.0.0" / "dataset_info.json").write_text("{}")
    with pytest.raises(UnavailableError, match=r"mnist/3\.0\.1 is not prepared"):
        tfds.prepared("mnist", tmp_path)


def test_a_folder_that_vanishes_while_it_is_searched(tmp_path, let_vanish):
    (tmp_path / "mnist" / "3.0.1").mkdir(parents=True)
    let_vanish("3.0.1")
    with pytest.raises(UnavailableError, match="holds no mnist"):
        tfds.prepared("mnist", tmp_path)


def test_unknown_configuration(tmp_path):
    (tmp_path / "emnist" / "runes").mkdir(parents=True)
    (tmp_path / "emnist" / "runes" / "dataset_info.json").write_text("{}")
    with pytest.raises(UnavailableError, match="does not open emnist/runes"):
        tfds.prepared("emnist/runes", tmp_path)


def test_tfds_that_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(UnavailableError, match="tensorflow-datasets cannot be imported"):
        tfds.import_tfds()


TINY = """
import tensorflow_datasets as tfds
class Tiny(tfds.core.GeneratorBasedBuilder):
    VERSION = tfds.core.Version("1.0.0")
    def _info(self):
        features = {"image": tfds.features.Image(shape=(2, 2, 1)),
                    "label": tfds.features.ClassLabel(num_classes=2)}
        return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features),
                                     supervised_keys=("image", "label"))
    def _split_generators(self, dl_manager):
        path = dl_manager.download("URL")
        return {"train": self._generate_examples(path), "test": self._generate_examples(path)}
    def _generate_examples(self, path):
        import numpy as np
        for number, value in enumerate(open(path, "rb").read()):
            yield number, {"image": np.full((2, 2, 1), value, np.uint8), "label": number % 2}
"""


@pytest.fixture
def tiny(monkeypatch):
    """A data set `tiny`, known to the downloading process alone, at a server given by its URL."""

    def publish(url):
        monkeypatch.setattr(tfds, "download", functools.partial(tfds.download, server=url))
        monkeypatch.setattr(tfds, "_PREPARE", TINY.replace("URL", url) + tfds._PREPARE)

    monkeypatch.setenv("no_proxy", "*")
    return publish


class Serve(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(bytes([5, 50, 250]))

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


def test_download_is_prepared_in_place_and_nothing_else_is_left(
    tmp_path, tiny, clock_of_the_client
):
    clock_of_the_client()  # On a busy machine TensorFlow's import alone takes long.
    with http.server.HTTPServer(("127.0.0.1", 0), Serve) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        tiny(f"http://127.0.0.1:{server.server_port}/tiny.bin")
        data = tfds_arrays.read(
            "tiny", tfds.download("tiny", tmp_path, progress=False), progress=False
        )
        server.shutdown()
    assert sorted(data.train.images[:, 0, 0, 0].tolist()) == [5, 50, 250]
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]
    assert [path.name for path in (tmp_path / "tiny").iterdir()] == ["1.0.0"]


def test_server_that_goes_silent_is_left(tmp_path, tiny, monkeypatch, clock_of_the_client):
    """It takes connections and never answers: TFDS alone would wait for good."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        tiny(f"http://127.0.0.1:{silent.getsockname()[1]}/tiny.bin")
        monkeypatch.setattr(reachable, "check", lambda url: None)
        # Time passes when it has called.
        clock_of_the_client(lambda: 1.0 if select.select([silent], [], [], 0)[0] else 0.0)
        with pytest.raises(UnavailableError, match="made no progress for 10 s"):
            tfds.download("tiny", tmp_path, progress=False)
    assert list(tmp_path.iterdir()) == []


def test_what_another_process_prepared_meanwhile_is_kept(tmp_path, monkeypatch):
    ours, place = tmp_path / "new" / "tiny" / "1.0.0", tmp_path / "tiny" / "1.0.0"
    ours.mkdir(parents=True)
    (ours / "dataset_info.json").write_text("ours")
    real = pathlib.Path.mkdir

    def mkdir(path, *arguments, **options):
        real(path, *arguments, **options)
        real(place, parents=True)
        (place / "dataset_info.json").write_text("theirs")

    monkeypatch.setattr(pathlib.Path, "mkdir", mkdir)
    tfds._move_prepared(tmp_path / "new", tmp_path, "tiny")
    assert (place / "dataset_info.json").read_text() == "theirs"


def test_folder_that_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr(reachable, "check", lambda url: None)
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match="file: File exists"):
        tfds.download("mnist", tmp_path / "file", progress=False)
