// The sheet to draw on: mouse, pen and finger through pointer events, with undo and clear.

const PEN_SHARE = 0.085; // Width of the pen, of the sheet's side.

export class Sheet {
  // `changed` is called after every piece of a stroke.
  constructor(canvas, changed) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { willReadFrequently: true });
    this.changed = changed;
    this.strokes = []; // Each a list of [x, y] from 0 to 1.
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", () => (this.drawing = false));
    canvas.addEventListener("pointercancel", () => (this.drawing = false));
  }

  begin(event) {
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.drawing = true;
    this.strokes.push([this.place(event)]);
    this.redraw();
  }

  move(event) {
    if (!this.drawing) return;
    this.strokes.at(-1).push(this.place(event));
    this.redraw();
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  undo() {
    this.strokes.pop();
    this.redraw();
  }

  clear() {
    this.strokes = [];
    this.redraw();
  }

  get isEmpty() {
    return !this.strokes.length;
  }

  // White strokes on black, as the network's own images have them.
  redraw() {
    const { canvas, context } = this;
    context.fillStyle = "black";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.strokeStyle = context.fillStyle = "white";
    context.lineWidth = PEN_SHARE * canvas.width;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of this.strokes) {
      const points = stroke.map(([x, y]) => [x * canvas.width, y * canvas.height]);
      context.beginPath();
      context.moveTo(...points[0]);
      for (const point of points) context.lineTo(...point);
      context.stroke();
      if (points.every(([x, y]) => x === points[0][0] && y === points[0][1])) this.dot(...points[0]);
    }
    this.changed();
  }

  // A canvas draws no line of length 0.
  dot(x, y) {
    this.context.beginPath();
    this.context.arc(x, y, this.context.lineWidth / 2, 0, 2 * Math.PI);
    this.context.fill();
  }

  // Grey levels of the sheet, Float32Array [side][side] in [0, 1].
  levels() {
    const { width, height } = this.canvas;
    const pixels = this.context.getImageData(0, 0, width, height).data;
    return Float32Array.from({ length: width * height }, (_, n) => pixels[4 * n] / 255);
  }
}
