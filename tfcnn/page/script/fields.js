// What one value of a layer sees, what it is the sum of, and what it is called.

// A filter, or a unit of a flat layer, as a person reads it.
export function nameOf(layer, filter) {
  return `${layer.name}, ${layer.output.length === 3 ? "filter" : "unit"} ${filter}`;
}

// The path of a layer's linear output; its own where it has no activation function.
export function linearPath(layer) {
  return layer.activation ? `${layer.name}/linear` : layer.name;
}

// The part of the image that a value at [row, column] sees: {top, left, height, width}, which may
// reach past the image where padding does.
export function fieldOf(layer, row, column) {
  const [height, width] = layer.field;
  const [down, across] = layer.stride;
  const [top, left] = layer.offset;
  return { top: top + row * down, left: left + column * across, height, width };
}

// 1 for every pixel of the image that any value of the layer sees, or the one at `at`, [row, column].
export function regionOf(layer, [height, width], at = null) {
  const [rows, columns] = layer.output.length === 1 ? [1, 1] : layer.output;
  const first = fieldOf(layer, ...(at ?? [0, 0]));
  const last = fieldOf(layer, ...(at ?? [rows - 1, columns - 1]));
  const region = new Float32Array(height * width);
  for (let y = Math.max(first.top, 0); y < Math.min(last.top + last.height, height); y++) {
    for (let x = Math.max(first.left, 0); x < Math.min(last.left + last.width, width); x++) region[y * width + x] = 1;
  }
  return region;
}

// The shorter side of what a region holds.
export function shorterSide(region, [height, width]) {
  const rows = new Set();
  const columns = new Set();
  region.forEach((seen, n) => {
    if (!seen) return;
    rows.add(Math.floor(n / width));
    columns.add(n % width);
  });
  return Math.min(rows.size, columns.size);
}

// The terms of a linear output: {bias, inputs}, with what each input map adds. `input` are the values
// of the layer before; null for a layer that is no weighted sum of maps.
export function sumOf(layer, input, filter, row, column) {
  const { kernel, bias } = layer.tensors;
  if (!kernel) return null;
  const outputs = layer.output.at(-1);
  if (layer.kind === "dense") {
    const terms = Array.from(input, (value, i) => value * kernel[i * outputs + filter]);
    return { bias: bias[filter], inputs: terms };
  }
  const [height, width, inputs] = layer.input;
  const { size, stride, pad } = layer.window;
  const depthwise = layer.kind === "depthwise";
  const only = depthwise ? Math.floor(filter / (outputs / inputs)) : null;
  const terms = new Array(inputs).fill(0);
  for (let i = 0; i < size[0]; i++) {
    for (let j = 0; j < size[1]; j++) {
      const y = row * stride[0] - pad[0] + i;
      const x = column * stride[1] - pad[1] + j;
      if (y < 0 || y >= height || x < 0 || x >= width) continue;
      const tap = i * size[1] + j;
      for (let c = 0; c < inputs; c++) {
        if (depthwise && c !== only) continue;
        const weight = depthwise ? kernel[tap * outputs + filter] : kernel[(tap * inputs + c) * outputs + filter];
        terms[c] += input[(y * width + x) * inputs + c] * weight;
      }
    }
  }
  return { bias: bias[filter], inputs: terms };
}

// In words: the bias, and the inputs that add or take most.
export function sumInWords({ bias, inputs }, most = 5) {
  const total = inputs.reduce((sum, term) => sum + term, bias);
  const order = inputs.map((term, number) => [term, number]).sort((a, b) => Math.abs(b[0]) - Math.abs(a[0]));
  const shown = order.slice(0, most).filter(([term]) => term !== 0);
  const rest = total - bias - shown.reduce((sum, [term]) => sum + term, 0);
  const words = shown.map(([term, number]) => `${signed(term)} from input ${number}`);
  if (inputs.length > shown.length) words.push(`${signed(rest)} from the ${inputs.length - shown.length} others`);
  return `${number(total)} = ${number(bias)} bias ${words.join(" ")}`;
}

const number = (value) => (Math.abs(value) < 0.005 ? "0.00" : value.toFixed(2).replace("-", "−"));
const signed = (value) => (value < 0 ? `− ${number(-value)}` : `+ ${number(value)}`);
