// From the sheet to what the network reads: set as the run's own pictures are.

// `levels` are grey levels [height][width] in [0, 1] with bright strokes on black. Gives the image
// [h][w][c] in [0, 1], or null for an empty sheet. Where the data set's images are centred the ink is
// cut out, scaled so that its longer side fills `preparation.box` pixels, and set so that its centre
// of mass, or its box, is in the middle; else the sheet is scaled. On a bright ground the ink is dark.
export function prepared(levels, size, shape, preparation) {
  let image = preparation.centring !== "none" ? centred(levels, size, shape, preparation) : scaled(levels, size, shape.slice(0, 2));
  if (!image) return null;
  if (preparation.ground === "bright") image = image.map((level) => 1 - level);
  const channels = shape[2];
  return channels === 1 ? image : Float32Array.from({ length: image.length * channels }, (_, n) => image[Math.floor(n / channels)]);
}

function centred(levels, [height, width], [high, wide], preparation) {
  const bounds = boundsOf(levels, height, width);
  if (!bounds) return null;
  const { top, left, bottom, right } = bounds;
  const cut = new Float32Array((bottom - top) * (right - left));
  for (let y = top; y < bottom; y++) {
    cut.set(levels.subarray(y * width + left, y * width + right), (y - top) * (right - left));
  }
  const [tall, broad] = [bottom - top, right - left];
  const factor = preparation.box / Math.max(tall, broad);
  const box = [Math.max(Math.round(factor * tall), 1), Math.max(Math.round(factor * broad), 1)];
  const small = scaled(cut, [tall, broad], box);
  const corner = [0, 1].map((axis) => {
    const room = [high, wide][axis];
    const best = preparation.centring === "mass" ? Math.ceil(room / 2 - 0.5 - middleOf(small, box, axis)) : Math.floor((room - box[axis]) / 2);
    return Math.min(Math.max(best, 0), [high, wide][axis] - box[axis]);
  });
  const image = new Float32Array(high * wide);
  for (let y = 0; y < box[0]; y++) {
    image.set(small.subarray(y * box[1], (y + 1) * box[1]), (y + corner[0]) * wide + corner[1]);
  }
  return image;
}

// Of what is brighter than half.
function boundsOf(levels, height, width) {
  let [top, left, bottom, right] = [height, width, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (levels[y * width + x] <= 0.5) continue;
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
    }
  }
  return bottom ? { top, left, bottom, right } : null;
}

// The centre of mass along an axis, in pixels.
function middleOf(values, [height, width], axis) {
  let [total, moment] = [0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      total += values[y * width + x];
      moment += (axis ? x : y) * values[y * width + x];
    }
  }
  return moment / total;
}

// Linear interpolation, averaging where the picture becomes smaller, in 256 levels of grey.
export function scaled(values, [height, width], [high, wide]) {
  const rows = weightsFor(height, high);
  const columns = weightsFor(width, wide);
  const tall = new Float32Array(high * width);
  rows.forEach((terms, y) => {
    for (const [from, weight] of terms) {
      for (let x = 0; x < width; x++) tall[y * width + x] += weight * values[from * width + x];
    }
  });
  const result = new Float32Array(high * wide);
  for (let y = 0; y < high; y++) {
    columns.forEach((terms, x) => {
      for (const [from, weight] of terms) result[y * wide + x] += weight * tall[y * width + from];
    });
  }
  return result.map((level) => Math.round(255 * Math.min(Math.max(level, 0), 1)) / 255);
}

// For each place of the new length the old places under a triangle as wide as the step.
function weightsFor(length, target) {
  const step = length / target;
  const reach = Math.max(step, 1);
  return Array.from({ length: target }, (_, to) => {
    const centre = (to + 0.5) * step - 0.5;
    const terms = [];
    for (let from = Math.max(Math.ceil(centre - reach), 0); from <= Math.min(Math.floor(centre + reach), length - 1); from++) {
      const weight = 1 - Math.abs(from - centre) / reach;
      if (weight > 0) terms.push([from, weight]);
    }
    const total = terms.reduce((sum, [, weight]) => sum + weight, 0);
    return terms.map(([from, weight]) => [from, weight / total]);
  });
}
