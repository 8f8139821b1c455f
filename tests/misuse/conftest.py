"""A right call of everything public in seven rooms, on the smallest things that go with each other.

A key is a function, a class or a method as ``tfcnn`` offers it; its value makes the arguments of a
right call from ``Things``. ``self`` is the object of a method.
"""

from __future__ import annotations

import json
import pathlib
import types

import numpy as np
import pytest

import tfcnn
from tfcnn.report.drawing import png

SHAPE, CLASSES = (8, 8, 1), 4
TEXT = f"conv(3,3) max(2) flatten dense({CLASSES},act=linear)"
# What functions give and nobody makes, and what is no function; what a Split holds is refused by
# who reads it.
NOT_CALLED = {
    "data.Split",
    *("model.ZOO", "model.Subject", "model.LayerGeometry"),
    *("inspection.Ablation", "inspection.Calibration", "inspection.ClassPatterns"),
    *("inspection.ClassScores", "inspection.LayerComparison", "inspection.Matching"),
    *("inspection.Pasting", "inspection.Probe", "data.Prepared", "inspection.Comparison"),
    *("exchange.FORMATS", "exchange.ImportedNetwork", "exchange.LAYOUTS", "exchange.QUANTIZATIONS"),
    *("runs.EpochMetrics", "runs.History", "runs.Sweep", "distributed.PeerLostError"),
}


class Things(types.SimpleNamespace):
    """A data set of noise, networks on it, and what the rooms make of them."""


def _things(folder: pathlib.Path, sample: pathlib.Path) -> Things:
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (12, *SHAPE), np.uint8)
    labels = np.arange(12, dtype=np.int32) % CLASSES
    names = ["one", "two", "three", "four"]
    split = tfcnn.data.Split(images, labels)
    data = tfcnn.data.Dataset("noise", CLASSES, tuple(names), split, split, {"all": "0" * 64})
    network, other = (tfcnn.model.Network(TEXT, SHAPE, seed) for seed in (0, 1))
    run = folder / "run"
    tfcnn.runs.save_as_run(run, network, data, {"from": "noise"})
    network.save(folder / "w.safetensors")
    swept = folder / "sweep"
    swept.mkdir()
    results = [{"seed": 1, "test_accuracy": 0.5, "train_accuracy": 0.5}]
    (swept / "results.json").write_text(json.dumps({"varied": ["seed"], "runs": results}))
    for form in ("npz", "tflite"):
        tfcnn.exchange.export(network, form, folder / f"w.{form}")
    from PIL import Image

    Image.fromarray(images[0, ..., 0]).save(folder / "a.png")
    given = {"images": images, "labels": labels, "progress": False}
    evidence = tfcnn.ascent.gather_evidence(network, "conv1", **given, num_classes=CLASSES)
    patterns = tfcnn.ascent.maximize(
        *(network, "conv1"),
        filters=[0, 2],
        restarts=2,
        candidates=8,
        evidence=evidence,
        progress=False,
    )
    birth = tfcnn.ascent.birth(network, [other.tensors()], "conv1", [0, 2], candidates=8)
    logits = np.asarray(network(images / 255))
    found = tfcnn.inspection
    confused = found.confusions(logits, labels)
    pair = {"a": network, "b": other}
    comparison = found.compare(pair, ["conv1"], images, progress=False)
    picture, prepared = tfcnn.data.prepare_picture(
        folder / "a.png", SHAPE, tfcnn.data.Preparation()
    )
    epoch = tfcnn.runs.EpochMetrics(1, 9, 0.1, 1.0, 0.0, 0.5, 1.0, 0.5, 1.0, 9.0, 1.0, 0.5)
    return Things(
        folder=folder, sample=sample, images=images, labels=labels, names=names, split=split,
        data=data, network=network, other=other, run=run, evidence=evidence, patterns=patterns,
        birth=birth, logits=logits, confused=confused, comparison=comparison,
        matching=comparison[0].matching, picture=picture, prepared=prepared, epoch=epoch,
        shares=np.full((12, CLASSES), 1 / CLASSES), image=(images[0] / 255).astype(np.float32),
        likelihoods=found.log_probabilities(logits), scores=found.class_scores(confused),
        ablation=found.ablate(network, "conv1", **given),
        calibration=found.calibrate(np.full((12, CLASSES), 1 / CLASSES), labels),
        class_patterns=found.class_patterns(network, "conv1", images, labels),
        pasting=found.paste(network, patterns.images[0], images, labels),
        probes=found.probe_layers(network, [], (images, labels), (images, labels), False),
        baselines={"x": comparison, "y": comparison}, geometry=tfcnn.model.geometry(TEXT, SHAPE),
        kernel=network.weights["conv1/kernel"].numpy(), preparation=tfcnn.data.Preparation(),
        norms=[{"epoch": 1, "weights": {"a/kernel": 1.0}, "gradients": {"a/kernel": 2.0}}],
        table=tfcnn.report.Table(("a", "b"), (("1", "2"),)), out=folder / "out",
        run_directory=tfcnn.runs.RunDirectory(run), numpy=tfcnn.exchange.NumpyNetwork.load(
            folder / "w.npz"
        ),
        sweep=[{"arch": "a", "test_accuracy": 0.5, "train_accuracy": 0.5}],
    )  # fmt: skip


def _model(t: Things) -> dict[str, dict]:
    images, floats = t.images, (t.images / 255).astype(np.float32)
    return {
        "model.parse": {"text": TEXT},
        "model.shapes_of": {"subject": t.network},
        "model.find": {"name_or_text": "mlp", "classes": 3},
        "model.geometry": {"architecture": TEXT, "input_shape": SHAPE},
        "model.Architecture": {"layers": t.network.architecture.layers},
        "model.Architecture.place": {"self": t.network.architecture, "input_shape": SHAPE},
        "model.Architecture.tensor_shapes": {"self": t.network.architecture, "input_shape": SHAPE},
        "model.TrainingMode": {
            "seed": [0, 1], "precision": tfcnn.model.TrainingMode([0, 1]).precision, "moved": {},
            "at_rest": frozenset(),
        },
        "model.Network": {"architecture": TEXT, "input_shape": SHAPE, "seed": 1},
        "model.Network.__call__": {"self": t.network, "images": floats, "mode": None},
        "model.Network.activations": {"self": t.network, "images": images, "mode": None},
        "model.Network.normalize_to": {"self": t.other, "images": images},
        "model.Network.logits_from": {
            "self": t.network, "layer": "conv1", "values": np.zeros((2, 6, 6, 3), np.float32),
        },
        "model.Network.save": {"self": t.network, "path": t.out / "w.safetensors"},
        "model.Network.load": {"path": t.folder / "w.safetensors"},
        "model.Network.assign": {"self": t.other, "tensors": t.network.tensors()},
        "model.all_activations": {"subject": t.network, "path": "conv1", "images": images},
    }  # fmt: skip


def _inspection(t: Things) -> dict[str, dict]:
    read = {"network": t.network, "layer": "conv1", "images": t.images, "labels": t.labels}
    one = {"network": t.network, "image": t.image, "target": 1}
    compared = {"layers": ["conv1"], "images": t.images, "progress": False}
    split = (t.images, t.labels)
    methods = {
        "gradient": {}, "integrated_gradients": {"steps": 4},
        "smooth_gradient": {"deviation": 0.1, "samples": 3, "seed": 1},
        "grad_cam": {"layer": "conv1"}, "occlusion": {"size": 3, "grey": 0.5},
        "attribute": {"methods": ["gradient", "grad_cam"], "layer": "conv1"},
    }  # fmt: skip
    pasted = {"pattern": t.image, "images": t.images, "strength": 0.5}
    return {
        **{f"inspection.attribution.{name}": one | more for name, more in methods.items()},
        "inspection.ablate": read | {"replacement": "mean", "progress": False},
        "inspection.Ablation.rank_correlation": {"self": t.ablation, "values": np.arange(3.0)},
        "inspection.calibrate": {"probabilities": t.shares, "labels": t.labels, "bins": 5},
        "inspection.class_patterns": read,
        "inspection.confusions": {"logits": t.logits, "labels": t.labels},
        "inspection.mistaken_pairs": read | {"count": 3},
        "inspection.most_confused": {"counts": t.confused, "most": 3},
        "inspection.class_scores": {"confused": t.confused},
        "inspection.log_probabilities": {"logits": t.logits},
        "inspection.losses": {"log_likelihoods": t.likelihoods, "labels": t.labels},
        "inspection.baselines": {"network": t.network, **compared},
        "inspection.compare": {"networks": {"a": t.network, "b": t.other}, **compared},
        "inspection.match_filters": {
            "first": t.network, "second": t.other, "layer": "conv1", "images": t.images,
        },
        "inspection.Matching.share_above": {"self": t.matching, "least": 0.5},
        "inspection.Matching.spread": {"self": t.matching, "count": 2},
        "inspection.paste": {"network": t.network, "labels": t.labels, **pasted, "seed": 1},
        "inspection.pasted": pasted,
        "inspection.top_patches": {
            "network": t.network, "evidence": t.evidence, "images": t.images, "filter_number": 1,
        },
        "inspection.permuted": {"network": t.network, "seed": 1},
        "inspection.probe_layers": {
            "network": t.network, "layers": ["conv1"], "train": split, "test": split,
            "progress": False,
        },
        "inspection.linear_cka": {"first": t.logits, "second": t.shares},
    }  # fmt: skip


def _other_rooms(t: Things) -> dict[str, dict]:
    whose = {"self": t.run_directory}
    file = t.folder / "a.png"
    cut = {"path": file, "shape": SHAPE, "preparation": t.preparation}
    return {
        "data.Split.sample": {"self": t.split, "count": 3},
        "data.Dataset": {
            "name": "a", "num_classes": CLASSES, "class_names": t.names, "train": t.split,
            "test": t.split, "checksums": {"a": "b"},
        },
        "data.Dataset.test_image": {"self": t.data, "index": 3},
        "data.prepare_picture": cut,
        "data.prepare_single": cut,
        "data.load": {
            "name": f"idx:{t.sample}", "cache_dir": t.out, "tfds_dir": t.out, "progress": False,
        },
        "data.find_pictures": {"text": str(file)},
        "data.Preparation": {"ground": "dark", "centring": "mass", "box": 20},
        "data.Preparation.fits": {"self": t.preparation, "grey": t.images[0, ..., 0]},
        "data.Preparation.from_json": {"content": t.preparation.to_json()},
        "data.find_preparation": {"images": t.images},
        # Another name than the two, as these are fetched.
        "data.prepare": {"name": "neither", "tfds_dir": t.out, "cache_dir": t.out},
        "exchange.import_weights": {
            "weights": t.folder / "w.safetensors", "architecture": TEXT, "input_shape": SHAPE,
            "name_map": {"conv1/kernel": "conv1/kernel"}, "layout": "auto", "mean": [0.5],
            "deviation": 0.5,
        },
        "exchange.export": {
            "network": t.network, "format": "npz", "path": t.out / "a.npz", "quantize": None,
            "images": None,
        },
        "exchange.read_name_map": {"text": "a=conv1/kernel"},
        "exchange.NumpyNetwork": {"layers": t.numpy.layers, "tensors": t.numpy.tensors},
        "exchange.NumpyNetwork.load": {"path": t.folder / "w.npz"},
        "exchange.NumpyNetwork.__call__": {"self": t.numpy, "images": t.image[np.newaxis]},
        "exchange.tflite_logits": {"path": t.folder / "w.tflite", "images": t.images},
        "runs.RunDirectory": {"run_dir": t.run},
        "runs.RunDirectory.earlier_plots": whose | {"epochs": 3},
        "runs.RunDirectory.keeps": whose | {"name": "plots", "pictures": True},
        "runs.refuse_own_files": {"argument": "path", "path": t.out / "a", "draws": False},
        "runs.save_as_run": {
            "run_dir": t.out / "run", "network": t.network, "data": t.data, "origin": {"a": 1},
        },
        "runs.best_epoch": {"history": [t.epoch]},
        "runs.Run": {"path": t.run, "output_dir": t.out, "dataset": "a", "other_data": False},
        "runs.open_sweep": {"sweep_dir": t.folder / "sweep"},
        "runs.load_run": {"run_dir": t.run},
        "runs.open_run": {"run_dir": t.run, "output_dir": t.out, "dataset": "a"},
        "distributed.available_cores": {},
        "distributed.is_chief": {},
        "distributed.refuse_differences": {"choices": "a"},
        "distributed.strategy_scope": {"strategy": "none"},
        "distributed.parts_of_a_batch": {"architecture": TEXT, "images": 9, "replicas": 1},
        "distributed.use_threads": {"count": 1, "architecture": TEXT, "deterministic": False},
    }  # fmt: skip


def _report(t: Things) -> dict[str, dict]:
    png, names, words = {"path": t.out / "a.png"}, {"class_names": t.names}, {"title": "a"}
    shown = {"patterns": t.patterns, "names": t.names}
    shares = {"files": ["a"] * 12, "probabilities": t.shares, **names}
    times = np.stack([t.kernel] * 2)
    of_evidence = {"network": t.network, "patterns": t.patterns, "images": t.images}
    item = t.prepared[0]
    calls = {
        "ablation_table": {"ablation": t.ablation, **names},
        "draw_ablation": {"ablation": t.ablation, **names, **png},
        "draw_activations": {
            "values": {"conv1": np.ones((6, 6, 3)), "dense1": np.ones(CLASSES)},
            "folder": t.out, "stem": "a", **names,
        },
        "draw_attributions": {"image": t.image, "maps": {"a": np.ones((8, 8))}, **png, **words},
        "probe_table": {"probes": t.probes},
        "draw_class_patterns": {"found": t.class_patterns, **names, **png},
        "draw_lookalikes": {"network": t.network, "data": t.data, "pairs": [[0, 1]], **png},
        "comparison_table": {"rows": t.comparison},
        "spread_table": {"kinds": {"a": t.comparison * 2}},
        "draw_comparison": {"rows": t.comparison, "baselines": t.baselines, **png},
        "number_words": {"words": t.names},
        "note_on_pictures": {"note": "a"},
        "read_description": png,
        "draw_image_grid": {
            "images": t.images[:3], "captions": ["a"] * 3, **png, **words, "description": "a",
            "legend": "a",
        },
        "filter_words": {"network": t.network, "layer": "dense1", "number": 1, **names},
        "rounded": {"value": 0.5, "form": ".2f"},
        "rounded_or_dash": {"value": 0.5, "form": ".2f"},
        "class_table": {"scores": t.scores, "confused": t.confused, **names},
        "confusion_table": {"confused": t.confused, **names},
        "draw_confusions": {"confused": t.confused, **names, **png, **words},
        "draw_reliability": {"calibration": t.calibration, **png},
        "draw_evidence_sheets": {**of_evidence, **names, **png},
        "draw_birth": {
            "birth": t.birth, "times": ["a"], "strip": t.out / "a.png",
            "animation": t.out / "a.gif", "names": t.names,
        },
        "write_filter_cards": {"path": t.out / "a.npz", **of_evidence},
        "draw_found": {
            "files": ["a"], "pictures": [t.picture], "found": [[item]], "answers": [["a"]], **png,
        },
        "correlations_with_first": {"kernels": times},
        "draw_kernel_strip": {
            "kernels": times, "times": ["a", "b"], **png, **words, "reads_colours": False,
        },
        "draw_kernels": {"kernel": t.kernel, **png, **words, "reads_colours": False},
        "draw_learning_curves": {"metrics": [t.epoch.to_json()], **png},
        "draw_norms": {"rows": t.norms, **png},
        "write_page": {
            "network": t.network, "path": t.out / "a.html", **names, "data": t.data,
            "preparation": t.preparation, **words,
        },
        "write_report": {"run": t.run},
        "draw_pairs": {
            "first": t.network, "second": t.other, "matching": t.matching, "below": None,
            "patterns": (t.patterns, t.patterns), **png,
        },
        "draw_pasting": {
            "found": t.pasting, "pattern": t.image, "strength": 0.5, "data": t.data, **png, **words,
        },
        "moves_table": {"found": t.pasting, **names},
        "draw_filter_grid": {**shown, **png},
        "draw_restarts": {**shown, **png},
        "pattern_rows": shown,
        "pattern_table": shown,
        "write_pattern_csv": {**shown, "path": t.out / "a.csv"},
        "write_pattern_json": {**shown, "path": t.out / "a.json"},
        "draw_decision": {
            "image": t.image, "probabilities": t.shares[0], **names, **png, **words,
        },
        "draw_hardest": {
            "split": t.split, "log_likelihoods": t.likelihoods, **names, **png,
        },
        "draw_predictions": {**shares, "prepared": [item] * 12, **png},
        "prediction_table": shares,
        "Table": {"header": ("a", "b"), "rows": (("1", "2"),)},
        "Table.write_csv": {"self": t.table, "path": t.out / "a.csv"},
        "geometry_table": {"rows": t.geometry},
        "sweep_table": {"results": t.sweep, "choices": ["arch"]},
        "weights_table": {"weights": t.network.weights},
    }  # fmt: skip
    return {f"report.{name}": call for name, call in calls.items()}


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    """What these change for all pictures is put back."""
    monkeypatch.setattr(png, "_note", "")


@pytest.fixture(scope="session")
def not_called():
    return NOT_CALLED


@pytest.fixture(scope="session")
def calls(tmp_path_factory, sample_folder):
    """Name -> the arguments of a right call."""
    things = _things(tmp_path_factory.mktemp("misuse"), sample_folder)
    return _model(things) | _inspection(things) | _other_rooms(things) | _report(things)
