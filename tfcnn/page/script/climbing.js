// Gradient ascent on the page: what is climbed, from where, and the score as it runs.

import { pictureFigure } from "./card.js";
import { paintImage } from "./colours.js";
import { byId, element } from "./elements.js";
import { linearPath, nameOf, regionOf, shorterSide } from "./fields.js";

export class Climbing {
  constructor(app, page) {
    this.app = app;
    this.recipes = page.recipes;
    this.smallField = page.small_field;
    this.shape = page.network.input_shape;
    this.goals = [];
    byId("climb-start").addEventListener("click", () => this.run());
    byId("climb-stop").addEventListener("click", () => app.computer.stop());
  }

  // Sets what can be climbed: a chosen filter, one of its neurons ([row, column]), its layer, a class.
  aim(layer, filter, at) {
    const outputs = layer.output.at(-1);
    const path = linearPath(layer);
    const one = (number, count) => Float32Array.from({ length: count }, (_, n) => (n === number ? 1 : 0));
    const direction = one(filter, outputs);
    const all = new Float32Array(outputs).fill(1 / outputs);
    this.goals = [{ words: nameOf(layer, filter), layer, path, direction, filter }];
    if (at && layer.output.length === 3) {
      this.goals.push({ words: `its neuron at row ${at[0]}, column ${at[1]}`, layer, path, direction, at });
    }
    this.goals.push({ words: `all of ${layer.name}`, layer, path, direction: all });
    const last = this.app.layers.at(-1);
    this.app.classNames.forEach((name, n) => {
      this.goals.push({ words: `class ${name}`, layer: last, path: linearPath(last), direction: one(n, last.output[0]), filter: n });
    });
    byId("climb-goal").replaceChildren(...this.goals.map((goal) => element("option", {}, goal.words)));
    byId("climb-start").disabled = false;
  }

  start() {
    const from = byId("climb-from").value;
    if (from === "image") return this.app.image;
    return noise(this.shape);
  }

  async run() {
    const goal = this.goals[byId("climb-goal").selectedIndex];
    const { layer, path, direction, at, words } = goal;
    const region = regionOf(layer, this.shape, at);
    const recipe = this.recipes[shorterSide(region, this.shape) < this.smallField ? "plain" : "robust"];
    const place = at ? at[0] * layer.output[1] + at[1] : null;
    const channels = this.shape[2];
    // What cannot be seen stays black, as in the library's own starts.
    const start = this.start().map((value, n) => value * region[Math.floor(n / channels)]);
    byId("climb-stop").disabled = false;
    byId("climb-start").disabled = true;
    byId("climb-score").textContent = words;
    this.showLibrary(goal);
    const show = ({ image, step, steps, value }) => {
      paintImage(byId("climbed"), image, this.shape);
      byId("climb-score").textContent = `${words}: step ${step} of ${steps}, ${value.toFixed(2)}`;
    };
    try {
      const found = await this.app.computer.call("climb", { path, direction, place, recipe, start, region }, show);
      paintImage(byId("climbed"), found.image, this.shape);
      const stopped = found.step < found.steps ? `, stopped at step ${found.step}` : "";
      byId("climb-score").textContent = `${words}: score ${found.score.toFixed(2)}, robust ${found.robust.toFixed(2)}${stopped}`;
      byId("climb-take").onclick = () => this.app.take(found.image);
      byId("climb-take").disabled = false;
    } finally {
      byId("climb-stop").disabled = true;
      byId("climb-start").disabled = false;
    }
  }

  // The library's own pattern for the same goal, if the run has it, to compare with.
  showLibrary({ layer, filter }) {
    const known = filter === undefined ? null : this.app.findings.card(layer.name, filter);
    if (!known || known.reduction !== "mean") return byId("climb-library").replaceChildren();
    const words = `The library's: score ${known.score.toFixed(2)}, robust ${known.robust.toFixed(2)}`;
    byId("climb-library").replaceChildren(pictureFigure("pattern", known.pattern, this.shape, words));
  }
}

// Fluctuations of several wavelengths: random cells of 3, 7, 14 and 28 across, enlarged and added.
function noise([height, width, channels]) {
  const image = new Float32Array(height * width * channels).fill(0.3);
  for (const cells of [3, 7, 14, 28]) {
    const grid = Float32Array.from({ length: (cells + 1) ** 2 * channels }, normal);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [v, u] = [(y / height) * cells, (x / width) * cells];
        const [i, j] = [Math.floor(v), Math.floor(u)];
        for (let c = 0; c < channels; c++) {
          const at = (row, column) => grid[(row * (cells + 1) + column) * channels + c];
          const top = at(i, j) * (j + 1 - u) + at(i, j + 1) * (u - j);
          const bottom = at(i + 1, j) * (j + 1 - u) + at(i + 1, j + 1) * (u - j);
          image[(y * width + x) * channels + c] += 0.12 * (top * (i + 1 - v) + bottom * (v - i));
        }
      }
    }
  }
  return image.map((value) => Math.min(Math.max(value, 0), 1));
}

// A normal random number (Box and Muller 1958).
function normal() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}
