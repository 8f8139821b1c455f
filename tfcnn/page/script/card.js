// The card of a filter or unit: its kernel, what the run knows of it, and a switch to silence it.

import { diverging, paintImage } from "./colours.js";
import { element } from "./elements.js";

// Fills `root` for a filter. `known` is what the run has about it (any part may be missing), `commands`
// says how to make what is missing, `silenced` whether it is silenced, `silence` is called to change it.
export function showCard(root, layer, filter, { known, commands, shape, silenced, silence, classNames }) {
  const named = layer.name === known.last && classNames ? `: ${classNames[filter]}` : "";
  const box = element("input", { type: "checkbox", checked: silenced, id: "silence" });
  box.addEventListener("change", () => silence(box.checked));
  root.replaceChildren(
    element("h3", {}, `${layer.name}, ${layer.output.length === 3 ? "filter" : "unit"} ${filter}${named}`),
    element("p", {}, box, element("label", { htmlFor: "silence" }, " silence it: its output is 0")),
    kernelFigure(layer, filter),
    ...patternPart(known.pattern, shape, commands.maximize),
    ...classPart(known.classes, classNames, commands.maximize),
    ...ablationPart(known.ablation, commands.ablate),
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

function patternPart(pattern, shape, command) {
  if (!pattern) return missing("pattern, verdict and real patches", command);
  const picture = element("canvas", { className: "pattern", role: "img" });
  paintImage(picture, pattern.image, shape);
  picture.setAttribute("aria-label", "the pattern that gradient ascent found");
  const words = `Verdict: ${pattern.verdict}. Pattern with score ${pattern.score}, robust ${pattern.robust}.`;
  const parts = [element("figure", {}, picture, element("figcaption", {}, words))];
  if (pattern.patches.length) {
    const row = element("div", { className: "patches" });
    for (const patch of pattern.patches) {
      const canvas = element("canvas", { role: "img" });
      canvas.setAttribute("aria-label", "a real patch");
      paintImage(canvas, patch.image, patch.shape);
      row.append(canvas);
    }
    parts.push(element("figure", {}, row, element("figcaption", {}, "The real patches that excite it most, best first.")));
  }
  return parts;
}

function classPart(means, names, command) {
  if (!means) return missing("mean activation by class", command);
  const most = Math.max(...means, 1e-9);
  const rows = means.map((mean, n) =>
    element("tr", {}, element("th", { scope: "row" }, names[n]), element("td", {}, bar(mean / most)), element("td", {}, mean.toFixed(2))),
  );
  return [element("table", {}, element("caption", {}, "Mean activation by class"), ...rows)];
}

function ablationPart(loss, command) {
  if (loss === undefined || loss === null) return missing("the test accuracy lost without it", command);
  return [element("p", {}, `Without it the network loses ${loss} of test accuracy.`)];
}

function missing(what, command) {
  return [element("p", { className: "missing" }, `Not in this run: ${what}. `, element("code", {}, command))];
}

export function bar(share) {
  const inner = element("span", { className: "bar" });
  inner.style.width = `${Math.max(share, 0) * 100}%`;
  return element("span", { className: "track" }, inner);
}
