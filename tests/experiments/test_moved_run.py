"""A run that was copied to where nothing may be written, its data moved and renamed meanwhile."""

from __future__ import annotations

import hashlib
import pathlib
import shutil

import pytest

import tfcnn

SAMPLE = pathlib.Path(__file__).parents[1] / "data" / "sample"
PROGRAMS = {
    "ablate": ("--layer=conv1",),
    "activations": ("--index=3",),
    "attribute": ("--index=3",),
    "classes": ("--probe_images=100",),
    "dream": ("--layer=conv1", "--frames=1"),
    "evaluate": (),
    "maximize": ("--layer=conv1", "--steps=2"),
    "paste": ("--layer=conv1",),
    "predict": ("--images={}/3.png",),
    "report": (),
    "weights": (),
}
QUICK = {"evaluate", "report"}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """The run as it was, where it was copied to, and where its data are now."""
    folder = tmp_path_factory.mktemp("moved")
    shutil.copytree(SAMPLE, folder / "home" / "digits")
    data = tfcnn.data.load(f"idx:{folder / 'home' / 'digits'}")
    network = tfcnn.model.Network(
        tfcnn.model.parse("conv(3,5) max(4) flatten dense(10,act=linear)"), (28, 28, 1)
    )
    config = tfcnn.training.TrainConfig(epochs=1)
    tfcnn.training.train(network, data, config, folder / "home" / "run", progress=False)
    tfcnn.report.draw_image_grid(
        data.test.images[3:4] / 255.0, [""], folder / "home" / "3.png", "", "A digit."
    )
    return folder


def contents(folder):
    return {
        path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(
    "program",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.soak) for name in PROGRAMS],
)
def test_every_program_says_the_same_of_it_and_leaves_it_alone(
    run_program, places, tmp_path, program
):
    home, moved = places / "home", tmp_path / "moved"
    flags = [flag.format(home) for flag in PROGRAMS[program]]
    shutil.copytree(home / "run", moved / "run")
    before = run_program(program, f"--run_dir={home / 'run'}", *flags).written()
    (home / "digits").rename(tmp_path / "renamed")
    kept = contents(moved)
    try:
        flags += [f"--run_dir={moved / 'run'}", f"--output_dir={tmp_path / 'out'}"]
        if program != "weights":
            flags.append(f"--dataset=idx:{tmp_path / 'renamed'}")
        after = run_program(program, *flags).written()
    finally:
        (tmp_path / "renamed").rename(home / "digits")
    assert after.keys() == before.keys()
    assert {path.parent for path in after.values()} == {tmp_path / "out"}
    for name, path in after.items():
        if path.suffix in (".csv", ".json"):
            assert path.read_bytes() == before[name].read_bytes()
    assert contents(moved) == kept
