// A network on one image: the value of every layer, and the gradient of any of them by the image.

import { ACTIVATIONS } from "./activations.js";
import { KINDS } from "./layers.js";

export class Network {
  // `description` is what Python wrote: {input_shape, mean, deviation, layers}.
  constructor(description) {
    this.inputShape = description.input_shape;
    this.layers = description.layers;
    this.mean = description.mean;
    this.deviation = description.deviation;
    this.silenced = new Map(); // Layer name -> set of its filters that give 0 after the activation.
  }

  // Path -> values: "input", then "conv1/linear" and "conv1" for each layer with an activation
  // function, "pool1" for one without.
  values(image) {
    const channels = this.mean.length;
    let value = image.map((level, n) => (level - this.mean[n % channels]) / this.deviation[n % channels]);
    const values = new Map([["input", value]]);
    for (const layer of this.layers) {
      value = KINDS[layer.kind].forward(layer, value);
      if (layer.activation) {
        values.set(`${layer.name}/linear`, value);
        value = activated(layer.activation, value);
      }
      const silenced = this.silenced.get(layer.name);
      if (silenced?.size) value = without(value, layer.output.at(-1), silenced);
      values.set(layer.name, value);
    }
    return values;
  }

  // The logits of an image.
  logits(image) {
    return this.values(image).get(this.layers.at(-1).name);
  }

  // The gradient by the image of what `seeds` says: path -> gradient by the value at that path.
  gradient(values, seeds) {
    let back = null;
    for (let n = this.layers.length - 1; n >= 0; n--) {
      const layer = this.layers[n];
      const input = values.get(n ? this.layers[n - 1].name : "input");
      back = sum(back, seeds.get(layer.name));
      const silenced = this.silenced.get(layer.name);
      if (back && silenced?.size) back = without(back, layer.output.at(-1), silenced);
      if (layer.activation) {
        const linear = values.get(`${layer.name}/linear`);
        if (back) back = differentiated(layer.activation, linear, back);
        back = sum(back, seeds.get(`${layer.name}/linear`));
      }
      if (back) back = KINDS[layer.kind].backward(layer, input, back);
    }
    const channels = this.deviation.length;
    return back.map((value, n) => value / this.deviation[n % channels]);
  }
}

// The classes' probabilities: the softmax of the logits.
export function softmax(logits) {
  const largest = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

function activated(name, linear) {
  if (name === "linear") return linear;
  if (name === "relu") return relu(linear); // By far the commonest, and hot.
  const [value] = ACTIVATIONS[name];
  return linear.map((x) => value(x));
}

function relu(linear) {
  const result = new Float32Array(linear.length);
  for (let n = 0; n < linear.length; n++) result[n] = linear[n] > 0 ? linear[n] : 0;
  return result;
}

function differentiated(name, linear, back) {
  const [, derivative] = ACTIVATIONS[name];
  return back.map((value, n) => value * derivative(linear[n]));
}

function without(value, channels, silenced) {
  return value.map((x, n) => (silenced.has(n % channels) ? 0 : x));
}

function sum(first, second) {
  if (!first || !second) return first || second || null;
  return first.map((value, n) => value + second[n]);
}
