// What benchmarks/page.py runs in Chromium.
"use strict";

// On a report: when it can be drawn on, in milliseconds after its opening.
new MutationObserver((changes, watching) => {
  if (!document.querySelector("#live[data-computed]")) return;
  window.ready = performance.now();
  watching.disconnect();
}).observe(document, {subtree: true, childList: true, attributes: true});

// Both networks on one image, as window.tasks; gives the logits of both.
async function setUp({description, image, recipe}) {
  await tf.setBackend("cpu");
  const described = module_decode.decoded(description);
  const network = new module_network.Network(described);
  const pixels = module_decode.floats(image);
  const region = new Float32Array(784).fill(1);
  const direction = new Float32Array(64);
  direction[0] = 1;
  const goal = new module_climb.Objective("conv3/linear", direction);
  const tensors = new Map();
  for (const layer of described.layers) {
    if (!layer.tensors.kernel) continue;
    const {kernel, bias} = layer.tensors;
    const [rows, columns] = layer.window?.size ?? [];
    const units = layer.output.at(-1);
    const shape = rows ? [rows, columns, layer.input[2], units] : [layer.input[0], units];
    tensors.set(layer.name, [tf.tensor(kernel, shape), tf.tensor(bias)]);
  }
  // The value of `last`, before its activation function.
  const peer = (input, last) => {
    let value = input.sub(described.mean[0]).div(described.deviation[0]);
    for (const {name, kind, activation, window} of described.layers) {
      const [kernel, bias] = tensors.get(name) ?? [];
      if (kind === "conv") value = value.conv2d(kernel, window.stride, "valid").add(bias);
      if (kind === "max") value = value.maxPool(window.size, window.stride, "valid");
      if (kind === "flatten") value = value.reshape([1, -1]);
      if (kind === "dense") value = value.matMul(kernel).add(bias);
      if (name === last) return value;
      if (activation === "relu") value = value.relu();
    }
  };
  const input = tf.tensor(pixels, [1, 28, 28, 1]);
  const slope = tf.grad((at) => peer(at, "conv3").slice([0, 0, 0, 0], [1, 3, 3, 1]).mean());
  const peerStep = (at) => tf.tidy(() => {
    const gradient = slope(at);
    const kept = gradient.where(at.lessEqual(0).logicalAnd(gradient.less(0))
      .logicalOr(at.greaterEqual(1).logicalAnd(gradient.greater(0))).logicalNot(), 0);
    return at.add(kept.div(kept.norm().add(1e-8)).mul(0.5)).clipByValue(0, 1);
  });
  const climb = () => new module_climb.Climb(network, goal, recipe, pixels, region);
  let [climbing, at] = [climb(), input];
  window.tasks = {
    ours_forward: () => network.logits(pixels),
    peer_forward: () => tf.tidy(() => peer(input, described.layers.at(-1).name).dataSync()),
    ours_step: () => (climbing.finished ? (climbing = climb()) : climbing).takeStep(),
    peer_step: () => {
      const next = peerStep(at);
      next.dataSync();
      if (at !== input) at.dispose();
      at = next;
    },
  };
  return [[...tasks.ours_forward()], [...tasks.peer_forward()]];
}

// Milliseconds of each of so many calls of a task.
function timesOf({task, calls}) {
  return Array.from({length: calls}, () => {
    const start = performance.now();
    tasks[task]();
    return performance.now() - start;
  });
}

// Milliseconds from each of so many points of a stroke until all maps are drawn.
function strokeTimes(calls) {
  return new Promise((done) => {
    const sheet = document.getElementById("sheet");
    const box = sheet.getBoundingClientRect();
    const times = [];
    let start = 0;
    const move = () => {
      const n = times.length;
      const place = {clientX: box.left + 60 + 3 * n, clientY: box.top + 60 + 4 * n, pointerId: 1};
      start = performance.now();
      sheet.dispatchEvent(new PointerEvent(n ? "pointermove" : "pointerdown", place));
    };
    sheet.setPointerCapture = () => {};
    new MutationObserver(() => {
      times.push(performance.now() - start);
      if (times.length === calls) done(times);
      else setTimeout(move, 20);
    }).observe(document.getElementById("live"), {attributes: true});
    move();
  });
}

// An init script has a scope of its own.
Object.assign(window, {setUp, timesOf, strokeTimes});
