// Which pixels speak for a class: the library's gradient, integrated gradients and occlusion.

// The gradient of a class's logit by the image.
export function gradient(network, image, target) {
  const values = network.values(image);
  const last = network.layers.at(-1);
  const seed = new Float32Array(last.output[0]);
  seed[target] = 1;
  return network.gradient(values, new Map([[last.name, seed]]));
}

// image * mean over t of gradient(t * image), t at the middles of equal steps from 0 to 1: the shares
// add up to the logit's rise from the black image, but for the error of the sum.
export function integratedGradients(network, image, target, steps = 128) {
  const total = new Float32Array(image.length);
  for (let n = 0; n < steps; n++) {
    const t = (n + 0.5) / steps;
    const at = gradient(network, image.map((value) => t * value), target);
    for (let p = 0; p < total.length; p++) total[p] += at[p];
  }
  return total.map((sum, p) => (image[p] * sum) / steps);
}

// How much the logit falls with a black square of `side` pixels (odd) centred on each pixel; one
// value a pixel, for all channels together.
export function occlusion(network, image, target, side = 5) {
  const [height, width, channels] = network.inputShape;
  const reach = (side - 1) / 2;
  const whole = network.logits(image)[target];
  const falls = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const covered = image.slice();
      for (let row = Math.max(y - reach, 0); row <= Math.min(y + reach, height - 1); row++) {
        const from = (row * width + Math.max(x - reach, 0)) * channels;
        const to = (row * width + Math.min(x + reach, width - 1) + 1) * channels;
        covered.fill(0, from, to);
      }
      falls[y * width + x] = whole - network.logits(covered)[target];
    }
  }
  return falls;
}
