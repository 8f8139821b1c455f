"""A run that was copied to where nothing may be written, its data moved and renamed meanwhile."""

from __future__ import annotations

import hashlib
import pathlib
import shutil

import pytest

import tfcnn

ROOT = pathlib.Path(__file__).parents[2]
SAMPLE = ROOT / "tests" / "data" / "sample"
ARCHITECTURE = "conv(3,5) max(4) flatten dense(10,act=linear)"
PROGRAMS = {
    "ablate": ("--layer=conv1",),
    "activations": ("--index=3",),
    "attribute": ("--index=3",),
    "classes": ("--probe_images=100",),
    "compare": (),
    "dream": ("--layer=conv1", "--frames=1"),
    "evaluate": (),
    "export": ("--format=npz",),
    "import_weights": (f"--arch={ARCHITECTURE}",),
    "maximize": ("--layer=conv1", "--steps=2"),
    "paste": ("--layer=conv1",),
    "predict": ("--images={}/3.png",),
    "report": (),
    "weights": (),
}
# These write a run, or look at none.
OTHERS = {"arithmetic", "launch", "plain", "prepare_data", "sweep", "train"}
WITHOUT_DATA = {"export", "weights"}
QUICK = {"evaluate", "export", "report"}


def test_every_program_is_tried_or_reads_no_run():
    found = {path.stem for path in (ROOT / "experiments").glob("*.py")} - {"__init__"}
    assert found == PROGRAMS.keys() | OTHERS
    readers = {
        name for name in found if "run_flags" in (ROOT / "experiments" / f"{name}.py").read_text()
    }
    assert readers == PROGRAMS.keys() - {"import_weights"}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Where two runs, their data and a picture were made."""
    folder = tmp_path_factory.mktemp("moved") / "home"
    shutil.copytree(SAMPLE, folder / "digits")
    data = tfcnn.data.load(f"idx:{folder / 'digits'}")
    for seed in (0, 1):
        network = tfcnn.model.Network(tfcnn.model.parse(ARCHITECTURE), (28, 28, 1), seed)
        config = tfcnn.training.TrainConfig(epochs=1, seed=seed)
        tfcnn.training.train(network, data, config, folder / "runs" / f"{seed}", progress=False)
    tfcnn.report.draw_image_grid(
        data.test.images[3:4] / 255.0, [""], folder / "3.png", "", "A digit."
    )
    return folder


@pytest.fixture
def moved(home, tmp_path):
    """A copy of the runs that nobody may write to, whoever it is."""
    runs = shutil.copytree(home / "runs", tmp_path / "moved")
    paths = [runs, *runs.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield runs
    for path in paths:
        path.chmod(0o755 if path.is_dir() else 0o644)


def flags_of(program, home, runs, output):
    """The flags that say what is read and, unless that is the run's folder, what is written."""
    given = [flag.format(home) for flag in PROGRAMS[program]]
    if program == "compare":
        given.append(f"--run_dirs={runs / '0'},{runs / '1'}")
    elif program == "import_weights":
        given.append(f"--weights={runs / '0' / 'weights.safetensors'}")
    else:
        given.append(f"--run_dir={runs / '0'}")
    if output:
        where = {"export": "path", "import_weights": "run_dir"}.get(program, "output_dir")
        given.append(f"--{where}={output / 'n.npz' if program == 'export' else output}")
    return given


def contents(folder):
    """Everything that is there, with its bytes and when it was last changed."""
    return {
        path: (
            path.stat().st_mtime_ns,
            path.stat().st_mode,
            hashlib.sha256(path.read_bytes()).digest() if path.is_file() else None,
        )
        for path in (folder, *folder.rglob("*"))
    }


@pytest.mark.parametrize(
    "program",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.soak) for name in PROGRAMS],
)
def test_every_program_says_the_same_of_it_and_leaves_it_alone(
    run_program, home, moved, tmp_path, program
):
    aside = tmp_path / "before" if program in ("export", "import_weights") else None
    flags = flags_of(program, home, home / "runs", aside)
    if program == "import_weights":
        flags.append(f"--dataset=idx:{home / 'digits'}")
    before = run_program(program, *flags).written()
    (home / "digits").rename(tmp_path / "renamed")
    kept = contents(moved)
    try:
        flags = flags_of(program, home, moved, tmp_path / "out")
        if program not in WITHOUT_DATA:
            flags.append(f"--dataset=idx:{tmp_path / 'renamed'}")
        after = run_program(program, *flags, obeys_modes=True).written()
    finally:
        (tmp_path / "renamed").rename(home / "digits")
    assert after.keys() == before.keys()
    assert {path.parent for path in after.values()} == {tmp_path / "out"}
    for name, path in after.items():
        if path.suffix in (".csv", ".json", ".npz", ".safetensors") and name != "config.json":
            assert path.read_bytes() == before[name].read_bytes()
    assert contents(moved) == kept


def test_without_another_place_for_pictures_it_is_refused(run_program, home, moved):
    done = run_program("evaluate", *flags_of("evaluate", home, moved, None), obeys_modes=True)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.endswith(
        f"found {moved}/0/plots: Permission denied; --output_dir names another place"
    )
