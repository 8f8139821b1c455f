// Gaussian blur and shifts by a pixel, as tfcnn.ascent.smoothing has them: outside an image is black.

// No shift, and one pixel down, up, right and left: [rows, columns].
export const SHIFTS = [[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]];

// Convolves [height][width][channels] with exp(-d^2 / (2 sigma^2)), normalised to sum 1. The blur is
// symmetric, so it is its own transpose: a gradient flows back through it by the same call.
export function blur(image, [height, width, channels], sigma) {
  if (sigma <= 0) return image;
  const down = along(image, height, width * channels, weights(height, sigma));
  const result = new Float32Array(image.length);
  const across = weights(width, sigma);
  for (let row = 0; row < height; row++) {
    const start = row * width * channels;
    const line = down.subarray(start, start + width * channels);
    result.set(along(line, width, channels, across), start);
  }
  return result;
}

// What weights [-length .. length] make of `length` rows of `count` values.
function along(values, length, count, kernel) {
  const result = new Float32Array(values.length);
  for (let to = 0; to < length; to++) {
    for (let from = 0; from < length; from++) {
      const weight = kernel[to - from + length];
      if (weight < 1e-9) continue;
      for (let n = 0; n < count; n++) result[to * count + n] += weight * values[from * count + n];
    }
  }
  return result;
}

function weights(length, sigma) {
  const wide = Math.max(sigma, 1e-3);
  const bell = Array.from({ length: 2 * length + 1 }, (_, n) => Math.exp(-((n - length) ** 2) / (2 * wide ** 2)));
  const total = bell.reduce((a, b) => a + b, 0);
  return bell.map((weight) => weight / total);
}

// Moves the content by [rows down, columns right]; what comes in is black.
export function shift(image, [height, width, channels], [down, right]) {
  const result = new Float32Array(image.length);
  for (let row = Math.max(down, 0); row < Math.min(height + down, height); row++) {
    const from = ((row - down) * width + Math.max(-right, 0)) * channels;
    const to = (row * width + Math.max(right, 0)) * channels;
    result.set(image.subarray(from, from + (width - Math.abs(right)) * channels), to);
  }
  return result;
}
