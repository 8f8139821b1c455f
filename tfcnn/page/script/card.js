// The card of a filter or unit: its kernel, and a switch to silence it.

import { diverging } from "./colours.js";
import { element } from "./elements.js";
import { nameOf } from "./fields.js";

// Fills `root` for a filter; `silence` is called to change whether it is silenced.
export function showCard(root, layer, filter, { className, silenced, silence }) {
  const box = element("input", { type: "checkbox", checked: silenced, id: "silence" });
  box.addEventListener("change", () => silence(box.checked));
  root.replaceChildren(
    element("h3", {}, `${nameOf(layer, filter)}${className ? `: ${className}` : ""}`),
    element("p", {}, box, element("label", { htmlFor: "silence" }, " silence it: its output is 0")),
    kernelFigure(layer, filter),
  );
}

function kernelFigure(layer, filter) {
  const { kernel } = layer.tensors;
  if (!kernel) return element("p", {}, "It has no kernel of its own.");
  const [height, width, inputs, read] = kernelOf(layer, filter);
  const columns = Math.ceil(Math.sqrt(inputs * 2));
  const canvas = element("canvas", { className: "kernel", role: "img" });
  canvas.width = columns * (width + 1) - 1;
  canvas.height = Math.ceil(inputs / columns) * (height + 1) - 1;
  canvas.style.width = `${Math.min(canvas.width * 12, 320)}px`;
  const context = canvas.getContext("2d");
  let most = 1e-9;
  for (let c = 0; c < inputs; c++) {
    for (let tap = 0; tap < height * width; tap++) most = Math.max(most, Math.abs(read(tap, c)));
  }
  for (let c = 0; c < inputs; c++) {
    for (let tap = 0; tap < height * width; tap++) {
      context.fillStyle = `rgb(${diverging(read(tap, c) / most)})`;
      const left = (c % columns) * (width + 1) + (tap % width);
      context.fillRect(left, Math.floor(c / columns) * (height + 1) + Math.floor(tap / width), 1, 1);
    }
  }
  const words = `Kernel, a square for each of ${inputs} inputs: blue −${most.toFixed(2)}, white 0, red ${most.toFixed(2)}.`;
  canvas.setAttribute("aria-label", words);
  return element("figure", {}, canvas, element("figcaption", {}, words));
}

// [height, width, inputs, (position, input) => weight].
function kernelOf(layer, filter) {
  const { kernel } = layer.tensors;
  const outputs = layer.output.at(-1);
  if (layer.kind === "dense") return [1, 1, kernel.length / outputs, (tap, c) => kernel[c * outputs + filter]];
  const [height, width] = layer.window.size;
  if (layer.kind === "depthwise") return [height, width, 1, (tap) => kernel[tap * outputs + filter]];
  const inputs = layer.input[2];
  return [height, width, inputs, (tap, c) => kernel[(tap * inputs + c) * outputs + filter]];
}

export function bar(share) {
  const inner = element("span", { className: "bar" });
  inner.style.width = `${Math.max(share, 0) * 100}%`;
  return element("span", { className: "track" }, inner);
}
