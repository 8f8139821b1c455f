// A picture file dropped on the page, or chosen with a button.

import { byId } from "./elements.js";
import { pictureAsImage } from "./picture.js";

const LONGEST = 1200; // Of what is looked at, in pixels.

export class Dropping {
  // `take` gets the image that the network reads.
  constructor(shape, preparation, take) {
    this.convert = (pixels, size) => pictureAsImage(pixels, size, shape, preparation);
    this.take = take;
    byId("file").addEventListener("change", () => this.read(byId("file").files[0]));
    addEventListener("dragover", (event) => event.preventDefault());
    addEventListener("drop", (event) => {
      event.preventDefault();
      this.read(event.dataTransfer.files[0]);
    });
  }

  async read(file) {
    if (!file) return;
    let bitmap;
    try {
      bitmap = await createImageBitmap(file);
    } catch {
      byId("file-note").textContent = `${file.name}: no picture that this browser reads`;
      return;
    }
    const { pixels, size } = seen(bitmap);
    const image = this.convert(pixels, size);
    byId("file-note").textContent = image ? file.name : `${file.name}: no ink found`;
    if (image) this.take(image);
  }
}

// The pixels, laid over white where they are transparent.
function seen(bitmap) {
  const factor = Math.min(LONGEST / Math.max(bitmap.width, bitmap.height), 1);
  const canvas = new OffscreenCanvas(Math.max(Math.round(bitmap.width * factor), 1), Math.max(Math.round(bitmap.height * factor), 1));
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return { pixels: context.getImageData(0, 0, canvas.width, canvas.height).data, size: [canvas.height, canvas.width] };
}
