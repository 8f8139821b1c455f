// A picture file's pixels made what the network reads, as tfcnn.data.digits does it for one digit on
// an evenly lit ground. Photographs of whole pages are left to experiments.predict.

import { prepared, scaled } from "./prepare.js";

const SIDE = 280; // To which ink is looked for, as on the sheet.
// Of a full stroke's strength: where its edge lies, and how steep it is drawn; what is no ink.
const [EDGE, STEEPNESS, LEAST_CONTRAST] = [0.45, 2.5, 0.08];
const [DARK, BRIGHT] = [85 / 255, 170 / 255]; // A ground is dark below, bright above.

// `pixels` are [height][width] RGBA bytes without transparency. Gives the image [h][w][c] in [0, 1],
// or null where no ink is found.
export function pictureAsImage(pixels, size, shape, preparation) {
  const [high, wide, channels] = shape;
  if (preparation.ground === "any" && channels === 3) {
    const parts = [0, 1, 2].map((c) => scaled(channelOf(pixels, c), size, [high, wide]));
    return Float32Array.from({ length: high * wide * 3 }, (_, n) => parts[n % 3][Math.floor(n / 3)]);
  }
  const grey = greyOf(pixels);
  const isAsItIs = size[0] === high && size[1] === wide;
  if (preparation.ground !== "any" && preparation.centring !== "none" && !isAsItIs) {
    const [levels, at] = asInk(grey, size);
    return levels && prepared(levels, at, shape, preparation);
  }
  const colours = preparation.ground === "any" || channels === 1 ? [grey] : [0, 1, 2].map((c) => channelOf(pixels, c));
  const opposite = { dark: "bright", bright: "dark" }[preparation.ground];
  const inverted = groundOf(grey, size) === opposite;
  const parts = colours.map((one) => scaled(one, size, [high, wide]));
  return Float32Array.from({ length: high * wide * channels }, (_, n) => {
    const level = parts[(n % channels) % parts.length][Math.floor(n / channels)];
    return inverted ? 1 - level : level;
  });
}

const channelOf = (pixels, c) => Float32Array.from({ length: pixels.length / 4 }, (_, n) => pixels[4 * n + c] / 255);

// Luma by ITU-R BT.601, in 256 levels.
function greyOf(pixels) {
  return Float32Array.from({ length: pixels.length / 4 }, (_, n) => Math.round(0.299 * pixels[4 * n] + 0.587 * pixels[4 * n + 1] + 0.114 * pixels[4 * n + 2]) / 255);
}

function groundOf(grey, size) {
  const level = medianOfEdges(grey, size);
  if (level < DARK) return "dark";
  return level > BRIGHT ? "bright" : "any";
}

function medianOfEdges(grey, [height, width]) {
  const edges = [];
  for (let x = 0; x < width; x++) edges.push(grey[x], grey[(height - 1) * width + x]);
  for (let y = 0; y < height; y++) edges.push(grey[y * width], grey[y * width + width - 1]);
  edges.sort((a, b) => a - b);
  return edges[edges.length >> 1];
}

// [strength of the ink from 0 to 1, its size], or [null, size] where nothing stands out.
function asInk(grey, size) {
  const factor = SIDE / Math.max(...size);
  const at = size.map((side) => Math.max(Math.round(side * factor), 1));
  let levels = scaled(grey, size, at);
  if (medianOfEdges(levels, at) > 0.5) levels = levels.map((level) => 1 - level);
  const paper = medianOfEdges(levels, at);
  const threshold = otsuThreshold(levels);
  const strong = levels.filter((level) => level > threshold).sort();
  const full = (strong[Math.floor(0.8 * strong.length)] ?? paper) - paper;
  if (full < LEAST_CONTRAST) return [null, at];
  return [levels.map((level) => Math.min(Math.max(((level - paper) / full - EDGE) * STEEPNESS + 0.5, 0), 1)), at];
}

// The threshold that splits levels into the two groups furthest apart: the largest w0 w1 (m0 - m1)^2
// (Otsu 1979).
function otsuThreshold(levels) {
  const counts = new Float64Array(256);
  for (const level of levels) counts[Math.round(255 * level)]++;
  const total = counts.reduce((sum, count, n) => sum + n * count, 0);
  let [below, sumBelow, best, most] = [0, 0, 0, -1];
  for (let n = 0; n < 255; n++) {
    below += counts[n];
    sumBelow += n * counts[n];
    const above = levels.length - below;
    if (!below || !above) continue;
    const apart = sumBelow / below - (total - sumBelow) / above;
    if (below * above * apart ** 2 > most) [most, best] = [below * above * apart ** 2, n];
  }
  return (best + 0.5) / 255;
}
