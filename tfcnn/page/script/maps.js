// The maps of every layer, each layer in one picture, and what lies under the pointer.

import { paint } from "./colours.js";
import { element } from "./elements.js";
import { linearPath } from "./fields.js";

const GAP = 2; // Between maps, in pixels of the screen.
// [rows down, columns right].
const ARROWS = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };

export class Maps {
  // `pick(layer, filter, [row, column])` is called when a map is chosen, `point(layer, filter, row, column)` when
  // the pointer stands on one of its pixels.
  constructor(root, layers, { pick, point, leave }) {
    this.pictures = layers.filter((layer) => layer.output.length === 3 || layer.tensors.kernel).map((layer) => {
      const picture = new LayerPicture(layer, { pick, point, leave });
      root.append(picture.figure);
      return picture;
    });
  }

  // `values` is path -> values; `linear` shows them before the activation function, `shared` on one
  // scale for all layers.
  show(values, linear, shared) {
    const chosen = this.pictures.map((picture) => values[picture.path(linear)]);
    const most = Math.max(...chosen.map(largest));
    this.pictures.forEach((picture, n) => picture.show(chosen[n], shared ? most : largest(chosen[n])));
  }

  mark(layer, filter) {
    for (const picture of this.pictures) picture.mark(picture.layer.name === layer ? filter : null);
  }
}

const clamped = (number, count) => Math.min(Math.max(number, 0), count - 1);
const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);

class LayerPicture {
  constructor(layer, { pick, point, leave }) {
    this.layer = layer;
    const flat = layer.output.length === 1;
    [this.rows, this.columns] = flat ? [1, 1] : layer.output;
    this.count = layer.output.at(-1);
    this.zoom = flat ? 10 : Math.max(1, Math.round(44 / this.columns));
    this.across = Math.min(this.count, flat ? 50 : Math.ceil(Math.sqrt(this.count * 2.2)));
    [this.tall, this.wide] = [this.rows * this.zoom + GAP, this.columns * this.zoom + GAP];
    this.canvas = element("canvas", { tabIndex: 0, role: "application" });
    this.canvas.width = this.across * this.wide + GAP;
    this.canvas.height = Math.ceil(this.count / this.across) * this.tall + GAP;
    this.tile = element("canvas", { width: this.columns, height: this.rows });
    this.marked = element("output", { className: "marked" });
    const [what] = flat ? [`${this.count} units`] : [`${this.count} maps of ${this.rows} × ${this.columns}`];
    this.figure = element("figure", { className: "maps" }, element("figcaption", {}, `${layer.name}: ${what} `, this.marked), this.canvas);
    this.canvas.setAttribute("aria-label", `${layer.name}, ${what}; arrow keys choose one, with Shift a pixel of it, Enter opens its card`);
    this.current = 0;
    this.pixel = [(this.rows - 1) >> 1, (this.columns - 1) >> 1]; // Asked with the keyboard.
    this.listen(pick, point, leave);
  }

  path(linear) {
    return linear ? linearPath(this.layer) : this.layer.name;
  }

  listen(pick, point, leave) {
    const { canvas, layer } = this;
    canvas.addEventListener("pointermove", (event) => {
      const found = this.under(event);
      if (found) point(layer, ...found);
    });
    canvas.addEventListener("pointerleave", leave);
    canvas.addEventListener("click", (event) => {
      const found = this.under(event);
      if (found) pick(layer, found[0], found.slice(1));
    });
    canvas.addEventListener("keydown", (event) => {
      const step = ARROWS[event.key];
      if (step) {
        event.preventDefault();
        if (event.shiftKey) this.movePixel(step);
        else this.mark(clamped(this.current + step[0] * this.across + step[1], this.count));
        point(layer, this.current, ...this.pixel);
      } else if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        pick(layer, this.current, this.pixel);
      }
    });
  }

  movePixel([down, right]) {
    const [row, column] = this.pixel;
    this.pixel = [clamped(row + down, this.rows), clamped(column + right, this.columns)];
  }

  // [filter, row, column] under the pointer, or null; a gap belongs to the map before it.
  under(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = Math.max(((event.clientX - box.left) / box.width) * this.canvas.width - GAP, 0);
    const y = Math.max(((event.clientY - box.top) / box.height) * this.canvas.height - GAP, 0);
    const tileColumn = Math.min(Math.floor(x / this.wide), this.across - 1);
    const tileRow = Math.floor(y / this.tall);
    const filter = tileRow * this.across + tileColumn;
    if (filter >= this.count) return null;
    const row = Math.min(Math.floor((y - tileRow * this.tall) / this.zoom), this.rows - 1);
    const column = Math.min(Math.floor((x - tileColumn * this.wide) / this.zoom), this.columns - 1);
    return [filter, row, column];
  }

  show(values, most) {
    const context = this.canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    const signed = values.some((value) => value < 0);
    for (let filter = 0; filter < this.count; filter++) {
      const at = (place) => values[place * this.count + filter];
      paint(this.tile.getContext("2d"), [this.rows, this.columns], at, [signed ? -most : 0, most]);
      const left = GAP + (filter % this.across) * this.wide;
      const top = GAP + Math.floor(filter / this.across) * this.tall;
      context.drawImage(this.tile, left, top, this.columns * this.zoom, this.rows * this.zoom);
    }
  }

  mark(filter) {
    this.marked.textContent = filter === null ? "" : `chosen: ${filter}`;
    if (filter !== null) this.current = filter;
  }
}
