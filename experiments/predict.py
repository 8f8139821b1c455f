"""Says what is on pictures of your own: the probability of each class, and what the network saw.

Pictures are made what the network was trained on, and what that is the training images tell. Where
these are ink, boxed and centred as MNIST's are, each digit or letter on a picture is looked for: a
sheet of paper on a desk, uneven light and shadows are seen through, the ink is cut out, scaled and
centred as theirs is, and there is an answer for each, in reading order, beside a box drawn in the
picture. For other images the picture is only scaled, and inverted if its ground is the opposite of
theirs. With --preprocess=none it is only scaled. One that already is of the network's size and
looks like the training images is taken as it is. The files' names tell other pictures apart, by a
checksum of what they show.

Example:
  python -m experiments.predict --run_dir=runs/first --images=three.png,photograph.jpg
  python -m experiments.predict --run_dir=runs/first --images=my/scans
"""

import pathlib
from collections.abc import Sequence

import numpy as np

import tfcnn
from experiments.command_line import flag_types, program, run_flags, shown_image
from tfcnn.data import find_pictures, prepare_picture
from tfcnn.shown_names import shown

RUN = run_flags.RunFlag()
IMAGES = flag_types.define_paths(
    "images", "Picture files, folders of them or patterns, between commas."
)
PREPROCESS = shown_image.define_preprocess()


def main() -> Sequence[pathlib.Path]:
    """Reads the flags and the pictures, classifies, prints and draws."""
    files = [str(path) for path in find_pictures(IMAGES.value)]
    network, names = RUN.value.network(), RUN.value.class_names
    preparation = shown_image.preparation_of(RUN.value)
    pictures, found = [], []
    for file in files:
        picture, items = prepare_picture(file, network.input_shape, preparation)
        pictures.append(picture)
        found.append(items)
    print(f"pictures become: {preparation}")
    for file, picture in zip(files, pictures, strict=True):
        for note in picture.notes:
            print(shown(f"note: {file}: {note}"))
    prepared = [item for items in found for item in items]
    names_of_files = list(map(shown, files))
    labels = [
        file if len(items) == 1 else f"{file} ({number})"
        for file, items in zip(names_of_files, found, strict=True)
        for number in range(1, len(items) + 1)
    ]
    images = np.stack([one.image for one in prepared])
    logits = tfcnn.model.all_activations(network, network.layers[-1].name, images)
    shares = np.exp(tfcnn.inspection.log_probabilities(logits))
    table = tfcnn.report.prediction_table(labels, shares, names)
    print(table.to_text())
    ending = shown_image.picture_words(files, pictures) + flag_types.named_choices([PREPROCESS])
    plots, name = RUN.value.plots, f"predictions_{ending}"
    sheets = plots / f"{name}.png"
    written = tfcnn.report.draw_predictions(labels, prepared, shares, names, sheets)
    said = iter([names[best] for best in shares.argmax(axis=1)])
    answers = [[next(said) for _ in items] for items in found]
    boxes = plots / f"{name}_found.png"
    written += tfcnn.report.draw_found(names_of_files, pictures, found, answers, boxes)
    written.append(plots / f"{name}.csv")
    table.write_csv(written[-1])
    return written


if __name__ == "__main__":
    program.run(main)
