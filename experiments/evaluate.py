"""Measures a finished run on the test images: class by class, as a probability, image by image.

Prints precision, recall and F1 of each class (see tfcnn.inspection.ClassScores), the mean negative
log-likelihood of the images' classes, and the expected calibration error: the mean difference
between how probable the network calls its answer and how often it is right (Guo et al. 2017).
Draws the confusion matrix, the reliability diagram and the images of the highest loss.

Example:
  python -m experiments.evaluate --run_dir=runs/first
"""

import numpy as np

import tfcnn
from experiments.command_line import program, run_flags
from tfcnn.json_files import write_json

RUN = run_flags.RunFlag()


def main() -> program.Written:
    """Reads the flags, measures, prints and draws."""
    network = RUN.value.network()
    data = RUN.value.data()
    names, test, inspection = data.class_names, data.test, tfcnn.inspection
    logits = tfcnn.model.all_activations(network, network.layers[-1].name, test.images)
    confused = inspection.confusions(logits, test.labels)
    log_shares = inspection.log_probabilities(logits)
    calibration = inspection.calibrate(np.exp(log_shares), test.labels)
    figures = {
        "images": len(test),
        "accuracy": float(np.trace(confused) / len(test)),
        "negative_log_likelihood": float(inspection.losses(log_shares, test.labels).mean()),
        "expected_calibration_error": calibration.expected_error,
    }
    table = tfcnn.report.class_table(inspection.class_scores(confused), confused, names)
    print(table.to_text())
    print(
        f"accuracy {figures['accuracy']:.2%} of {len(test):,} test images; negative "
        f"log-likelihood {figures['negative_log_likelihood']:.4f} nats; expected calibration "
        f"error {calibration.expected_error:.2%} in {len(calibration.counts)} bins"
    )
    files = "confusions.png", "confusions.csv", "classes.csv", "reliability.png", "hardest.png"
    written = [RUN.value.plots / name for name in (*files, "evaluation.json")]
    title = f"{figures['accuracy']:.2%} of {len(test):,} test images classified rightly"
    tfcnn.report.draw_confusions(confused, names, written[0], title)
    tfcnn.report.confusion_table(confused, names).write_csv(written[1])
    table.write_csv(written[2])
    tfcnn.report.draw_reliability(calibration, written[3])
    tfcnn.report.draw_hardest(test, log_shares, names, written[4])
    write_json(written[5], figures)
    return written


if __name__ == "__main__":
    program.run(main)
