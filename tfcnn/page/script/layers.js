// What each kind of layer does to one image, and how a gradient flows back through it.
//
// Maps are Float32Array in the order [height][width][channels], channels fastest; kernels are
// [kernel height][kernel width][inputs][outputs], as in the weights file. A layer is plain data:
// {name, kind, input, output, window, activation, tensors, ...}, with `input` and `output` the
// shapes [height, width, channels] or [units]. `forward` gives the linear output, `backward` the
// gradient by the input from the gradient by the linear output.

export const KINDS = {
  conv: { forward: convForward, backward: convBackward },
  depthwise: { forward: depthwiseForward, backward: depthwiseBackward },
  max: { forward: maxForward, backward: maxBackward },
  average: { forward: averageForward, backward: averageBackward },
  globalaverage: { forward: globalAverageForward, backward: globalAverageBackward },
  flatten: { forward: (layer, input) => input, backward: (layer, input, gradient) => gradient },
  dense: { forward: denseForward, backward: denseBackward },
  dropout: { forward: (layer, input) => input, backward: (layer, input, gradient) => gradient },
  batchnorm: { forward: batchnormForward, backward: batchnormBackward },
};

const size = (shape) => shape.reduce((product, side) => product * side, 1);

// The part of a window's rows or columns that lies on a map, from its first place on.
function onMap(place, padBefore, windowSize, length) {
  const first = place - padBefore;
  return [first, Math.max(first, 0), Math.min(first + windowSize, length)];
}

// Calls visit(output offset, input offset, offset in the kernel's positions) for every position of
// the window and every place under it that lies on the map. Offsets count positions, not values.
function underWindows(layer, visit) {
  const [height, width] = layer.input;
  const [rows, columns] = layer.output;
  const { size: [tall, wide], stride: [down, across], pad: [top, left] } = layer.window;
  for (let row = 0; row < rows; row++) {
    const [y0, yFrom, yTo] = onMap(row * down, top, tall, height);
    for (let column = 0; column < columns; column++) {
      const [x0, xFrom, xTo] = onMap(column * across, left, wide, width);
      const place = row * columns + column;
      for (let y = yFrom; y < yTo; y++) {
        for (let x = xFrom; x < xTo; x++) {
          visit(place, y * width + x, (y - y0) * wide + (x - x0));
        }
      }
    }
  }
}

function convForward(layer, input) {
  const inputs = layer.input[2];
  const outputs = layer.output[2];
  const { kernel, bias } = layer.tensors;
  const output = filledWith(bias, size(layer.output));
  underWindows(layer, (place, source, tap) => {
    addProduct(input, source * inputs, inputs, kernel, tap * inputs * outputs, output, place * outputs, outputs);
  });
  return output;
}

// output[to ...] += input[from ...] @ kernel[at ...], a row of `inputs` by [inputs][outputs]. Behind a
// ReLU most inputs are 0, and two inputs at a time halve the traffic of the sums.
function addProduct(input, from, inputs, kernel, at, output, to, outputs) {
  let waiting = -1;
  for (let i = 0; i < inputs; i++) {
    if (input[from + i] === 0) continue;
    if (waiting < 0) {
      waiting = i;
      continue;
    }
    const a = input[from + waiting];
    const b = input[from + i];
    const rowA = at + waiting * outputs;
    const rowB = at + i * outputs;
    for (let o = 0; o < outputs; o++) output[to + o] += a * kernel[rowA + o] + b * kernel[rowB + o];
    waiting = -1;
  }
  if (waiting >= 0) {
    const a = input[from + waiting];
    const row = at + waiting * outputs;
    for (let o = 0; o < outputs; o++) output[to + o] += a * kernel[row + o];
  }
}

function convBackward(layer, input, gradient) {
  const inputs = layer.input[2];
  const outputs = layer.output[2];
  const { kernel } = layer.tensors;
  const back = new Float32Array(size(layer.input));
  underWindows(layer, (place, source, tap) => {
    addTransposed(gradient, place * outputs, outputs, kernel, tap * inputs * outputs, back, source * inputs, inputs);
  });
  return back;
}

// back[to ...] += kernel[at ...] @ gradient[from ...], [inputs][outputs] by a row of `outputs`.
function addTransposed(gradient, from, outputs, kernel, at, back, to, inputs) {
  let some = false;
  for (let o = 0; o < outputs && !some; o++) some = gradient[from + o] !== 0;
  if (!some) return;
  for (let i = 0; i < inputs; i++) {
    const row = at + i * outputs;
    let sum = 0;
    for (let o = 0; o < outputs; o++) sum += gradient[from + o] * kernel[row + o];
    back[to + i] += sum;
  }
}

// The kernel is [kernel height][kernel width][inputs][multiplier]; output i * multiplier + m reads
// input i only.
function depthwiseForward(layer, input) {
  const inputs = layer.input[2];
  const outputs = layer.output[2];
  const multiplier = outputs / inputs;
  const { kernel, bias } = layer.tensors;
  const output = filledWith(bias, size(layer.output));
  underWindows(layer, (place, source, tap) => {
    for (let o = 0; o < outputs; o++) {
      const i = (o / multiplier) | 0;
      output[place * outputs + o] += input[source * inputs + i] * kernel[tap * outputs + o];
    }
  });
  return output;
}

function depthwiseBackward(layer, input, gradient) {
  const inputs = layer.input[2];
  const outputs = layer.output[2];
  const multiplier = outputs / inputs;
  const { kernel } = layer.tensors;
  const back = new Float32Array(size(layer.input));
  underWindows(layer, (place, source, tap) => {
    for (let o = 0; o < outputs; o++) {
      const i = (o / multiplier) | 0;
      back[source * inputs + i] += gradient[place * outputs + o] * kernel[tap * outputs + o];
    }
  });
  return back;
}

function maxForward(layer, input) {
  const channels = layer.input[2];
  const output = new Float32Array(size(layer.output)).fill(-Infinity);
  underWindows(layer, (place, source) => {
    for (let c = 0; c < channels; c++) {
      const value = input[source * channels + c];
      if (value > output[place * channels + c]) output[place * channels + c] = value;
    }
  });
  return output;
}

// A maximum hands its gradient to the first of its largest values, as TensorFlow does.
function maxBackward(layer, input, gradient) {
  const channels = layer.input[2];
  const back = new Float32Array(size(layer.input));
  const largest = new Float32Array(size(layer.output)).fill(-Infinity);
  const winner = new Int32Array(size(layer.output));
  underWindows(layer, (place, source) => {
    for (let c = 0; c < channels; c++) {
      const value = input[source * channels + c];
      if (value > largest[place * channels + c]) {
        largest[place * channels + c] = value;
        winner[place * channels + c] = source * channels + c;
      }
    }
  });
  for (let n = 0; n < gradient.length; n++) back[winner[n]] += gradient[n];
  return back;
}

function averageForward(layer, input) {
  const channels = layer.input[2];
  const output = new Float32Array(size(layer.output));
  const counts = windowCounts(layer);
  underWindows(layer, (place, source) => {
    for (let c = 0; c < channels; c++) {
      output[place * channels + c] += input[source * channels + c] / counts[place];
    }
  });
  return output;
}

function averageBackward(layer, input, gradient) {
  const channels = layer.input[2];
  const back = new Float32Array(size(layer.input));
  const counts = windowCounts(layer);
  underWindows(layer, (place, source) => {
    for (let c = 0; c < channels; c++) {
      back[source * channels + c] += gradient[place * channels + c] / counts[place];
    }
  });
  return back;
}

// How many places under each window lie on the map: padding takes no part in an average.
function windowCounts(layer) {
  const counts = new Int32Array(layer.output[0] * layer.output[1]);
  underWindows(layer, (place) => counts[place]++);
  return counts;
}

function globalAverageForward(layer, input) {
  const channels = layer.output[0];
  const output = new Float32Array(channels);
  for (let n = 0; n < input.length; n++) output[n % channels] += input[n];
  const positions = input.length / channels;
  return output.map((sum) => sum / positions);
}

function globalAverageBackward(layer, input, gradient) {
  const channels = layer.output[0];
  const positions = input.length / channels;
  return Float32Array.from(input, (_, n) => gradient[n % channels] / positions);
}

function denseForward(layer, input) {
  const units = layer.output[0];
  const { kernel, bias } = layer.tensors;
  const output = Float32Array.from(bias);
  addProduct(input, 0, input.length, kernel, 0, output, 0, units);
  return output;
}

function denseBackward(layer, input, gradient) {
  const back = new Float32Array(input.length);
  addTransposed(gradient, 0, gradient.length, layer.tensors.kernel, 0, back, 0, input.length);
  return back;
}

function batchnormForward(layer, input) {
  const { offset, moving_mean: mean } = layer.tensors;
  const factor = batchnormFactor(layer);
  const channels = factor.length;
  return input.map((value, n) => (value - mean[n % channels]) * factor[n % channels] + offset[n % channels]);
}

function batchnormBackward(layer, input, gradient) {
  const factor = batchnormFactor(layer);
  return gradient.map((value, n) => value * factor[n % factor.length]);
}

function batchnormFactor(layer) {
  const { scale, moving_variance: variance } = layer.tensors;
  return scale.map((value, c) => value / Math.sqrt(variance[c] + layer.epsilon));
}

function filledWith(row, length) {
  const filled = new Float32Array(length);
  for (let start = 0; start < length; start += row.length) filled.set(row, start);
  return filled;
}
