// What Python wrote into the page: JSON with typed arrays in base64.

// float32 little-endian in base64 -> Float32Array.
export function floats(text) {
  return new Float32Array(bytes(text).buffer);
}

export function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

// The bits of float16 -> Float32Array.
export function halves(words) {
  return Float32Array.from(words, (word) => {
    const sign = word & 0x8000 ? -1 : 1;
    const exponent = (word >> 10) & 31;
    const fraction = word & 1023;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return exponent ? sign * (1 + fraction / 1024) * 2 ** (exponent - 15) : sign * fraction * 2 ** -24;
  });
}

// The description of a network with its tensors decoded.
export function decoded(description) {
  const layers = description.layers.map((layer) => ({
    ...layer,
    tensors: Object.fromEntries(Object.entries(layer.tensors).map(([part, text]) => [part, floats(text)])),
  }));
  return { ...description, layers };
}
