// What the run knows of a filter, taken out of the page's data.

import { bytes } from "./decode.js";

export function known(page, layer, filter) {
  const found = page.layers_known?.[layer];
  const last = page.network.layers.at(-1).name;
  if (!found) return { last };
  const at = found.filters ? found.filters.indexOf(filter) : filter;
  return {
    last,
    pattern: found.patterns && at >= 0 ? patternOf(found.patterns[at]) : null,
    classes: found.class_means?.[filter] ?? null,
    ablation: found.losses?.[filter] ?? null,
  };
}

function patternOf({ image, verdict, score, robust, patches, patch_shape: shape }) {
  return {
    verdict,
    score,
    robust,
    image: floatsOf(image),
    patches: patches.map((patch) => ({ image: floatsOf(patch), shape })),
  };
}

const floatsOf = (text) => Float32Array.from(bytes(text), (level) => level / 255);
