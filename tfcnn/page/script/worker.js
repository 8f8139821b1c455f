// The page's arithmetic, in a Web Worker, so that the page never waits for it. A message names a task;
// the answer carries the same id.

import * as attribution from "./attribution.js";
import { Climb, Objective } from "./climb.js";
import { decoded, halves } from "./decode.js";
import { Network, softmax } from "./network.js";

let network = null;
let trained = null; // Path -> tensor, to come back to from an earlier state.
let climbing = 0; // The id of the climb under way; another one, or none, stops it.

const TASKS = { load, values, silence, state, climb, stop, explain };

self.onmessage = ({ data }) => {
  Promise.resolve(TASKS[data.task](data)).then(
    (answer) => answer && self.postMessage({ id: data.id, ...answer }),
    (error) => self.postMessage({ id: data.id, error: String(error) }),
  );
};

function load({ description }) {
  network = new Network(decoded(description));
  trained = tensors();
  return { loaded: true };
}

function tensors() {
  const all = {};
  for (const layer of network.layers) {
    for (const [part, tensor] of Object.entries(layer.tensors)) all[`${layer.name}/${part}`] = tensor;
  }
  return all;
}

function values({ image }) {
  const found = network.values(image);
  const logits = found.get(network.layers.at(-1).name);
  return { values: Object.fromEntries(found), probabilities: softmax(logits) };
}

function silence({ layer, filters }) {
  network.silenced.set(layer, new Set(filters));
  return { silenced: filters };
}

// Takes the tensors of an earlier time, path -> the bits of float16, or with none the trained ones.
function state({ tensors: earlier }) {
  for (const layer of network.layers) {
    for (const part of Object.keys(layer.tensors)) {
      const path = `${layer.name}/${part}`;
      layer.tensors[part] = earlier ? halves(earlier[path]) : trained[path];
    }
  }
  return { kernels: tensors() };
}

// Climbs until done or stopped, and tells where it stands a few times a second.
async function climb({ id, path, direction, place, recipe, start, region }) {
  climbing = id;
  const objective = new Objective(path, Float32Array.from(direction), place);
  const climb = new Climb(network, objective, recipe, start, region);
  let told = performance.now();
  while (!climb.finished && climbing === id) {
    const value = climb.takeStep();
    if (performance.now() - told < 60) continue;
    told = performance.now();
    self.postMessage({ id, step: climb.step, steps: climb.steps, value, image: climb.image });
    await new Promise((go) => setTimeout(go)); // Lets a message to stop come in.
  }
  return { finished: true, step: climb.step, steps: climb.steps, ...climb.result() };
}

function stop() {
  climbing = 0;
}

function explain({ image, target }) {
  const [height, width, channels] = network.inputShape;
  const added = (map) => {
    const total = new Float32Array(height * width);
    map.forEach((value, n) => (total[Math.floor(n / channels)] += value));
    return total;
  };
  return {
    maps: {
      gradient: added(attribution.gradient(network, image, target)),
      "integrated gradients": added(attribution.integratedGradients(network, image, target)),
      occlusion: attribution.occlusion(network, image, target),
    },
  };
}
