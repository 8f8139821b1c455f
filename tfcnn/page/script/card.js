// The card of a filter or unit: its kernel, what the run found out about it, a switch to silence it.

import { fillBars } from "./bars.js";
import { diverging, paintImage } from "./colours.js";
import { element } from "./elements.js";
import { nameOf } from "./fields.js";

// Fills `root` for a filter; `silence` is called to change whether it is silenced.
export function showCard(root, layer, filter, { classNames, isClass, shape, findings, silenced, silence }) {
  const box = element("input", { type: "checkbox", checked: silenced, id: "silence" });
  box.addEventListener("change", () => silence(box.checked));
  root.replaceChildren(
    element("h3", {}, `${nameOf(layer, filter)}${isClass ? `: ${classNames[filter]}` : ""}`),
    element("p", {}, box, element("label", { htmlFor: "silence" }, " silence it: its output is 0")),
    kernelFigure(layer, filter),
    ...whatIsKnown(layer, filter, classNames, shape, findings),
    lossLine(layer, filter, findings),
  );
}

function lossLine(layer, filter, findings) {
  const loss = findings.loss(layer.name, filter);
  const heading = element("b", {}, "Without it: ");
  if (loss === null) return element("p", { className: "lost" }, heading, ...notThere(layer, "ablate", findings));
  return element("p", { className: "lost" }, heading, `the test accuracy falls by ${loss.toFixed(2)} percentage points`);
}

function notThere(layer, program, findings) {
  const [why, command] = findings.missing(layer.name, program);
  return command ? [why, element("code", {}, command)] : [why];
}

// The pattern with its scores, the patches and the classes' means; or the command that makes them.
function whatIsKnown(layer, filter, classNames, shape, findings) {
  const known = findings.card(layer.name, filter);
  if (!known) return [element("p", {}, element("b", {}, "Pattern, patches, classes: "), ...notThere(layer, "maximize", findings))];
  const words = `Pattern by gradient ascent: ${known.verdict}, score ${known.score.toFixed(2)} (${known.reduction} of the map), robust ${known.robust.toFixed(2)}`;
  return [pictureFigure("pattern", known.pattern, shape, words), patchesFigure(known), classesTable(known, classNames)];
}

// An image with its words below it.
export function pictureFigure(className, image, shape, words) {
  const canvas = element("canvas", { className, role: "img" });
  canvas.setAttribute("aria-label", words);
  paintImage(canvas, image, shape);
  return element("figure", {}, canvas, element("figcaption", {}, words));
}

function patchesFigure({ patches, patchShape, patchValues }) {
  const pictures = patches.map((patch, n) => pictureFigure("", patch, patchShape, patchValues[n].toFixed(2)));
  const words = "Real patches that excite it most, with its linear output there";
  return element("figure", {}, element("div", { className: "patches" }, ...pictures), element("figcaption", {}, words));
}

function classesTable({ classMeans }, classNames) {
  const most = Math.max(...classMeans.map((mean) => Math.abs(mean ?? 0)), 1e-9);
  const table = element("table", { className: "bars" });
  fillBars(table, classMeans.map((mean, n) => ({ name: classNames[n], share: (mean ?? 0) / most, words: mean === null ? "-" : mean.toFixed(3) })));
  table.prepend(element("caption", {}, "Mean activation by class"));
  return table;
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
