"""The examples in docs/distributed name clusters that a worker would take."""

from __future__ import annotations

import pathlib
import re

import pytest

from tfcnn.distributed.cluster import read_cluster

DOCS = pathlib.Path(__file__).parents[2] / "docs" / "distributed"


@pytest.mark.parametrize(
    ("name", "index", "second"),
    [
        ("tfcnn@.service", "%i", "10.0.0.2:2222"),
        ("kubernetes.yaml", "$(INDEX)", "tfcnn-1.tfcnn:2222"),
    ],
)
def test_the_cluster_of_an_example(name, index, second):
    [config] = re.findall(r'(\{"cluster.*\})\'', (DOCS / name).read_text(encoding="utf-8"))
    cluster = read_cluster({"TF_CONFIG": config.replace(index, "1")})
    assert cluster.index == 1
    assert cluster.addresses[1] == second
