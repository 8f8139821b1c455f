"""``evaluate`` and ``predict`` as processes, on a network of clothes with long names."""

from __future__ import annotations

import hashlib
import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image

import tfcnn

NAMES = ["Ankle boot", "T-shirt/top", "Trouser"]


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    """Three classes of 10 x 8 pictures: a bright upper, middle or lower part, in noise."""
    folder = tmp_path_factory.mktemp("clothes")
    generator = np.random.default_rng(0)
    for part, count in (("train", 60), ("test", 20)):
        for label, name in enumerate(NAMES):
            place = folder / part / name.replace("/", "-")
            place.mkdir(parents=True)
            for number in range(count):
                pixels = generator.integers(0, 180, (10, 8), np.uint8)
                pixels[3 * label : 3 * label + 3] //= 2
                pixels[3 * label : 3 * label + 3] += 90
                Image.fromarray(pixels).save(place / f"{number}.png")
    data = tfcnn.data.load(f"folder:{folder}")
    text = "conv(4,3) flatten dense(3,act=linear)"
    network = tfcnn.model.Network(tfcnn.model.parse(text), (10, 8, 1), seed=0)
    config = tfcnn.training.TrainConfig(epochs=3, batch_size=20, learning_rate=0.01)
    tfcnn.training.train(network, data, config, folder / "run", progress=False)
    return folder / "run"


def test_evaluate_agrees_with_the_training_and_with_itself(run_program, run_dir):
    done = run_program("evaluate", f"--run_dir={run_dir}")
    files = done.written()
    assert set(files) == {
        *("confusions.png", "confusions.csv", "classes.csv", "reliability.png", "hardest.png"),
        "evaluation.json",
    }
    found = json.loads(files["evaluation.json"].read_text())
    trained = json.loads((run_dir / "metrics.jsonl").read_text().splitlines()[-1])
    assert found["accuracy"] == pytest.approx(trained["test_accuracy"], abs=1e-6)
    assert found["negative_log_likelihood"] == pytest.approx(trained["test_loss"], rel=1e-4)
    counts = np.array([list(row.values())[1:] for row in done.rows("confusions.csv")], int)
    assert counts.sum(axis=1).tolist() == [20, 20, 20]
    assert 0 < np.trace(counts) < 60  # Neither all nor none: there is something to see.
    for number, row in enumerate(done.rows("classes.csv")):
        assert row["class"] == NAMES[number].replace("/", "-")
        precision = counts[number, number] / counts[:, number].sum()
        assert float(row["recall"]) == pytest.approx(counts[number, number] / 20, abs=5.1e-5)
        assert float(row["precision"]) == pytest.approx(precision, abs=5.1e-5)


def test_evaluate_refuses_data_that_changed(run_program, run_dir):
    path = run_dir.parent / "test" / "Trouser" / "7.png"
    before = path.read_bytes()
    Image.fromarray(np.zeros((10, 8), np.uint8)).save(path)
    try:
        done = run_program("evaluate", f"--run_dir={run_dir}")
    finally:
        path.write_bytes(before)
    assert done.returncode == 2
    assert re.fullmatch(
        r"evaluate: --dataset: expected the data that .*/run was trained on, found other "
        r"checksums in folder:.*; other_data goes on with them\n",
        done.stderr,
    )


def test_predict_says_what_the_network_says(run_program, run_dir, tmp_path):
    data, network = tfcnn.data.load(f"folder:{run_dir.parent}"), tfcnn.load_run(run_dir)
    files = [run_dir.parent / "test" / "Trouser" / f"{number}.png" for number in range(9)]
    flags = (f"--run_dir={run_dir}", f"--images={','.join(map(str, files))}", "--preprocess=none")
    done = run_program("predict", *flags)
    shown = [np.repeat(np.asarray(Image.open(file))[..., np.newaxis], 3, axis=2) for file in files]
    together = b"".join(b"(10, 8, 3)" + pixels.tobytes() for pixels in shown)
    stem = f"predictions_9_pictures_{hashlib.sha256(together).hexdigest()[:8]}_none"
    assert set(done.written()) == {f"{stem}{end}" for end in (".png", "_2.png", ".csv")}
    pixels = np.stack([np.asarray(Image.open(file)) for file in files])[..., np.newaxis]
    logits = network(pixels / np.float32(255)).numpy().astype(float)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    for row, file, expected in zip(done.rows(f"{stem}.csv"), files, shares, strict=True):
        assert row["file"] == str(file)
        assert row["says"] == data.class_names[expected.argmax()]
        said = [float(row[name]) for name in data.class_names]
        np.testing.assert_allclose(said, expected, atol=6e-5)


def table_of(done):
    """The name of the table of a finished predict."""
    [name] = [name for name in done.written() if name.endswith(".csv")]
    return name


def test_other_pictures_leave_the_sheets_of_these(run_program, run_dir, tmp_path):
    """Of twenty pictures, then one of them, then another one of its name; then again of twenty."""
    folder = run_dir.parent / "test" / "Trouser"
    many = [folder / f"{number}.png" for number in range(10)]
    other = run_dir.parent / "test" / "Bag" / "7.png"
    other = other if other.exists() else next(run_dir.parent.glob("test/[!T]*/7.png"))

    def predict(files):
        flags = f"--images={','.join(map(str, files))}", "--preprocess=none"
        done = run_program("predict", f"--run_dir={run_dir}", f"--output_dir={tmp_path}", *flags)
        return {name: path.read_bytes() for name, path in done.written().items()}

    written = [predict(many), predict(many[7:8]), predict([other])]
    assert [len(files) for files in written] == [3, 2, 2]
    expected = {name: content for files in written for name, content in files.items()}
    assert len(expected) == 7
    digest = hashlib.sha256((run_dir / "weights.safetensors").read_bytes()).hexdigest()
    note = {"run_dir": str(run_dir.resolve()), "weights_sha256": digest}
    expected["run.json"] = json.dumps(note, indent=2).encode() + b"\n"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == expected
    assert predict(many).keys() == written[0].keys()
    assert len(list(tmp_path.iterdir())) == 8


def test_pictures_on_other_data_have_a_folder_of_their_own(run_program, run_dir, tmp_path):
    shutil.copytree(run_dir.parent, tmp_path / "copy")
    changed = next((tmp_path / "copy" / "test" / "Trouser").glob("*.png"))
    Image.fromarray(np.zeros((10, 8), np.uint8)).save(changed)
    dataset = f"folder:{tmp_path / 'copy'}"
    own = run_program("evaluate", f"--run_dir={run_dir}").written()
    before = {path: path.read_bytes() for path in own.values()}
    on_other = f"--run_dir={run_dir}", f"--dataset={dataset}", "--other_data"
    written = run_program("evaluate", *on_other).written()
    assert written.keys() == own.keys()
    assert {path: path.read_bytes() for path in own.values()} == before
    [folder] = {path.parent for path in written.values()}
    assert folder.parent == run_dir / "plots"
    digits = hashlib.sha256(dataset.encode()).hexdigest()[:8]
    assert re.fullmatch(rf"on_.*_copy_{digits}", folder.name)
    [page] = run_program("report", *on_other).written().values()
    assert page == folder / "report.html"
    shutil.rmtree(folder)  # Other tests look at the run, too.


def shares_of(logits):
    return np.exp(logits) / np.exp(logits).sum()


def test_predict_takes_clothes_as_they_are(run_program, run_dir, tmp_path):
    pixels = np.full((10, 8), 220, np.uint8)  # What on a page would be paper, with ink on it.
    pixels[3:6, 2:5] = 40
    Image.fromarray(pixels).save(tmp_path / "shirt.png")
    flags = (f"--run_dir={run_dir}", f"--images={tmp_path / 'shirt.png'}")
    done = run_program("predict", *flags)
    [auto] = done.rows(table_of(done))
    logits = tfcnn.load_run(run_dir)(pixels[None, ..., None] / np.float32(255)).numpy()[0]
    assert float(auto["Ankle boot"]) == pytest.approx(shares_of(logits)[0], abs=6e-5)


def test_predict_finds_the_ink_of_a_photographed_digit(run_program, tmp_path, sample):
    run_dir = tmp_path / "run"
    network = tfcnn.model.Network(tfcnn.model.parse("flatten dense(10,act=linear)"), (28, 28, 1))
    config = tfcnn.training.TrainConfig(epochs=1)
    tfcnn.training.train(network, sample, config, run_dir, progress=False)
    page = np.full((100, 120), 220, np.uint8)
    page[20:60, 30:40] = 40
    Image.fromarray(page).save(tmp_path / "page.jpg")
    flags = (f"--run_dir={run_dir}", f"--images={tmp_path / 'page.jpg'}")
    done = run_program("predict", *flags)
    [auto] = done.rows(table_of(done))
    mnist = tfcnn.data.Preparation("dark", "mass", 20)
    _, found = tfcnn.data.prepare_single(tmp_path / "page.jpg", (28, 28, 1), mnist)
    image = found.image
    assert np.median(image) == 0 and image.max() > 200
    logits = network(image[np.newaxis] / np.float32(255)).numpy()[0]
    assert float(auto["1"]) == pytest.approx(shares_of(logits)[1], abs=6e-5)
