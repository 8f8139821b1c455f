// From numbers to colours.

// Values of one map, to a canvas of the map's own size, on a scale from low to high: grey from black
// to white, or with low below 0 blue through white to red, white at 0.
export function paint(context, [height, width], at, [low, high]) {
  const pixels = context.createImageData(width, height);
  const signed = low < 0;
  for (let place = 0; place < height * width; place++) {
    const value = at(place);
    const [red, green, blue] = signed ? diverging(value / high) : grey((value - low) / (high - low || 1));
    pixels.data.set([red, green, blue, 255], place * 4);
  }
  context.putImageData(pixels, 0, 0);
}

function grey(share) {
  const level = Math.round(255 * Math.min(Math.max(share, 0), 1));
  return [level, level, level];
}

// -1 blue, 0 white, 1 red.
export function diverging(share) {
  const strength = Math.min(Math.abs(share), 1);
  const faded = Math.round(255 * (1 - strength));
  return share < 0 ? [faded, faded, 255] : [255, faded, faded];
}

// An image [height][width][channels] in [0, 1] as pixels of a canvas of its size.
export function paintImage(canvas, image, [height, width, channels]) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  for (let place = 0; place < height * width; place++) {
    for (let c = 0; c < 3; c++) {
      pixels.data[place * 4 + c] = 255 * image[place * channels + (channels === 3 ? c : 0)];
    }
    pixels.data[place * 4 + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
}
