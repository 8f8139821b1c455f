// What the run found out about its filters, as Python wrote it into the page.

import { bytes } from "./decode.js";

export class Findings {
  // `found` is {run_dir, cards, left_out, losses}, or null for a network without a run.
  constructor(found, shape) {
    this.found = found;
    this.size = shape[0] * shape[1] * shape[2];
  }

  // {verdict, reduction, score, robust, pattern, patches, patchShape, patchValues, classMeans} of a
  // filter, or null.
  card(layer, filter) {
    const cards = this.found?.cards[layer];
    const row = cards ? cards.filters.indexOf(filter) : -1;
    if (row < 0) return null;
    const [count, ...patchShape] = cards.patch_shape;
    const size = patchShape[0] * patchShape[1] * patchShape[2];
    const patches = part(cards.patches, row, count * size);
    return {
      verdict: cards.verdicts[row],
      reduction: cards.reduction,
      score: cards.scores[row],
      robust: cards.robust_scores[row],
      pattern: part(cards.patterns, row, this.size),
      patchShape,
      patches: Array.from({ length: count }, (_, n) => patches.subarray(n * size, (n + 1) * size)),
      patchValues: cards.patch_values[row],
      classMeans: cards.class_means[row],
    };
  }

  // Percentage points of test accuracy that are lost without a filter, or null.
  loss(layer, filter) {
    return this.found?.losses[layer]?.[filter] ?? null;
  }

  // Why there is no card, or no loss, and the command that makes it.
  missing(layer, program) {
    if (!this.found) return ["This page was made of a network without a run."];
    if (program === "maximize" && this.found.left_out.includes(layer)) return ["Its pictures are too large for this page."];
    return ["Not yet in this run: ", `python -m experiments.${program} --run_dir=${this.found.run_dir} --layer=${layer}`];
  }
}

// The images of a row, in [0, 1].
function part(text, row, size) {
  return Float32Array.from(bytes(text).subarray(row * size, (row + 1) * size), (level) => level / 255);
}
