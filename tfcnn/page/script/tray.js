// Real test images to look at: a click sets one before the network.

import { paintImage } from "./colours.js";
import { bytes } from "./decode.js";
import { element } from "./elements.js";

export class Tray {
  // `tray` is {images, labels, said, numbers}, or null with `missing` saying why; `take` gets an
  // image in [0, 1].
  constructor(root, tray, missing, shape, classNames, take) {
    this.images = [];
    if (!tray) {
      root.append(element("p", { className: "missing" }, missing));
      return;
    }
    const size = shape[0] * shape[1] * shape[2];
    const levels = bytes(tray.images);
    tray.labels.forEach((label, n) => {
      const image = Float32Array.from(levels.subarray(n * size, (n + 1) * size), (level) => level / 255);
      this.images.push(image);
      const wrong = tray.said[n] !== label;
      const words = `test image ${tray.numbers[n]}: ${classNames[label]}${wrong ? `, said ${classNames[tray.said[n]]}` : ""}`;
      const canvas = element("canvas");
      paintImage(canvas, image, shape);
      const made = element("button", { type: "button", className: wrong ? "wrong" : "", title: words }, canvas);
      made.setAttribute("aria-label", words);
      made.addEventListener("click", () => take(image));
      root.append(made);
    });
  }
}
