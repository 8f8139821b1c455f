// The network at several times of its training, as tfcnn.page.states packs them.

import { bytes } from "./decode.js";

// {steps, paths, sizes, data} -> [{step, tensors: path -> the bits of float16}].
export async function unpackedStates({ steps, paths, sizes, data }) {
  if (!steps.length) return [];
  const planes = await inflated(bytes(data));
  const count = sizes.reduce((sum, size) => sum + size, 0);
  let words = new Uint16Array(count);
  return steps.map((step, n) => {
    const [low, high] = [2 * n * count, (2 * n + 1) * count];
    words = words.map((word, at) => word + planes[low + at] + (planes[high + at] << 8));
    return { step, tensors: split(words, paths, sizes) };
  });
}

function split(words, paths, sizes) {
  let from = 0;
  const tensors = {};
  paths.forEach((path, n) => {
    tensors[path] = words.subarray(from, from + sizes[n]);
    from += sizes[n];
  });
  return tensors;
}

async function inflated(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
