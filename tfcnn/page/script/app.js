// The live part of the page: wires the sheet, the maps, the cards and the worker.

import { fillBars } from "./bars.js";
import { showCard } from "./card.js";
import { paintImage } from "./colours.js";
import { Computer } from "./computer.js";
import { Climbing } from "./climbing.js";
import { decoded } from "./decode.js";
import { Sheet } from "./drawing.js";
import { Dropping } from "./dropping.js";
import { byId, element } from "./elements.js";
import { Findings } from "./findings.js";
import { foldParts } from "./folds.js";
import { fieldOf, sumInWords, sumOf } from "./fields.js";
import { Maps } from "./maps.js";
import { prepared } from "./prepare.js";
import { showReasons } from "./why.js";
import { Tray } from "./tray.js";
import { Timeline } from "./timeline.js";

const page = JSON.parse(byId("tfcnn-data").textContent);

class App {
  constructor() {
    this.shape = page.network.input_shape;
    this.classNames = page.class_names;
    this.layers = decoded(page.network).layers;
    this.image = new Float32Array(this.shape[0] * this.shape[1] * this.shape[2]);
    this.silenced = new Map();
    this.findings = new Findings(page.findings, this.shape);
    this.chosen = null;
    this.computer = new Computer(byId("tfcnn-worker").textContent, page.network);
    this.sheet = new Sheet(byId("sheet"), () => this.drawn());
    this.maps = new Maps(byId("maps"), this.layers, {
      pick: (layer, filter, at) => this.choose(layer, filter, at),
      point: (...place) => this.ask(...place),
      leave: () => this.forget(),
    });
    this.tray = new Tray(byId("tray"), page.tray, page.missing.tray, this.shape, page.class_names, (image) => this.take(image));
    new Dropping(this.shape, page.preparation, (image) => this.take(image));
    this.climbing = new Climbing(this, page);
    new Timeline(byId("time"), page.states, page.missing.states, (tensors) => this.travel(tensors));
    byId("undo").addEventListener("click", () => this.sheet.undo());
    byId("clear").addEventListener("click", () => this.sheet.clear());
    byId("linear").addEventListener("change", () => this.paintMaps());
    byId("shared").addEventListener("change", () => this.paintMaps());
    byId("explain").addEventListener("click", () => this.explain());
  }

  async start() {
    await this.computer.ready;
    for (const name of page.class_names) byId("target").append(element("option", {}, name));
    this.climbing.aim(this.layers.at(-1), 0);
    this.take(this.tray.images[0] ?? this.image);
  }

  // A stroke: what was drawn, set as the run sets pictures.
  drawn() {
    if (this.sheet.isEmpty) return this.take(new Float32Array(this.image.length));
    const { width, height } = this.sheet.canvas;
    const image = prepared(this.sheet.levels(), [height, width], this.shape, page.preparation);
    if (image) this.take(image);
  }

  take(image) {
    this.image = image;
    paintImage(byId("seen"), image, this.shape);
    this.compute();
  }

  // Computes for the newest image; while a computation is under way newer ones wait, the last wins.
  async compute() {
    if (this.computing) {
      this.stale = true;
      return;
    }
    this.computing = true;
    do {
      this.stale = false;
      const found = await this.computer.call("values", { image: this.image });
      this.values = found.values;
      this.showProbabilities(found.probabilities);
      this.paintMaps();
    } while (this.stale);
    this.computing = false;
    byId("live").dataset.computed = String(Number(byId("live").dataset.computed ?? 0) + 1);
  }

  showProbabilities(probabilities) {
    const order = probabilities.map((_, n) => n).sort((a, b) => probabilities[b] - probabilities[a]);
    byId("answer").textContent = `${page.class_names[order[0]]} (${percent(probabilities[order[0]])})`;
    const shown = probabilities.length <= 12 ? probabilities.map((_, n) => n) : order.slice(0, 12);
    fillBars(byId("probabilities"), shown.map((n) => ({ name: page.class_names[n], share: probabilities[n], words: percent(probabilities[n]), best: n === order[0] })));
  }

  paintMaps() {
    if (this.values) this.maps.show(this.values, byId("linear").checked, byId("shared").checked);
  }

  // Outlines what a pixel of a map sees, and tells its sum.
  ask(layer, filter, row, column) {
    const seen = fieldOf(layer, row, column);
    const [height, width] = this.shape;
    const outline = byId("field");
    outline.hidden = false;
    const style = { top: seen.top / height, left: seen.left / width, height: seen.height / height, width: seen.width / width };
    for (const [side, share] of Object.entries(style)) outline.style[side] = `${share * 100}%`;
    const before = this.layers[this.layers.indexOf(layer) - 1];
    const input = this.values?.[before ? before.name : "input"];
    const sum = input && sumOf(layer, input, filter, row, column);
    const value = this.values?.[layer.name][(row * (layer.output[1] ?? 1) + column) * layer.output.at(-1) + filter];
    const place = layer.output.length === 3 ? ` at row ${row}, column ${column}` : "";
    byId("sum").textContent = `${layer.name}, ${filter}${place}: ${sum ? sumInWords(sum) : value?.toFixed(2)}`;
  }

  forget() {
    byId("field").hidden = true;
  }

  choose(layer, filter, at = null) {
    this.chosen = { layer, filter, at };
    this.maps.mark(layer.name, filter);
    const off = this.silenced.get(layer.name) ?? new Set();
    showCard(byId("card"), layer, filter, {
      classNames: page.class_names,
      isClass: layer === this.layers.at(-1),
      shape: this.shape,
      findings: this.findings,
      silenced: off.has(filter),
      silence: (silent) => this.silence(layer, filter, silent),
    });
    this.climbing.aim(layer, filter, at);
  }

  async silence(layer, filter, silent) {
    const off = this.silenced.get(layer.name) ?? new Set();
    if (silent) off.add(filter);
    else off.delete(filter);
    this.silenced.set(layer.name, off);
    const names = [...this.silenced].flatMap(([name, filters]) => [...filters].map((n) => `${name}/${n}`));
    byId("silenced").textContent = names.length ? `silenced: ${names.join(", ")}` : "";
    await this.computer.call("silence", { layer: layer.name, filters: [...off] });
    this.compute();
  }

  async travel(tensors) {
    const { kernels } = await this.computer.call("state", { tensors });
    for (const layer of this.layers) {
      for (const part of Object.keys(layer.tensors)) layer.tensors[part] = kernels[`${layer.name}/${part}`];
    }
    if (this.chosen) this.choose(this.chosen.layer, this.chosen.filter, this.chosen.at);
    this.compute();
  }

  async explain() {
    const target = byId("target").selectedIndex;
    byId("reasons").textContent = "computing …";
    const { maps } = await this.computer.call("explain", { image: this.image, target });
    showReasons(byId("reasons"), maps, this.shape, page.class_names[target]);
  }
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

document.documentElement.classList.add("scripted");
document.addEventListener("DOMContentLoaded", foldParts); // They stand below.
const app = new App();
app.start();
