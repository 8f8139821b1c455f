// A slider over the training: the network as it was at each checkpoint.

import { element } from "./elements.js";
import { unpackedStates } from "./states.js";

export class Timeline {
  // `packed` are the states; the last stop is the trained network. `missing` says why there are none.
  constructor(root, packed, missing, travel) {
    const { steps } = packed;
    if (!steps.length) {
      root.append(element("p", { className: "missing" }, missing));
      return;
    }
    const unpacked = unpackedStates(packed);
    const slider = element("input", { type: "range", min: 0, max: steps.length, value: steps.length, id: "time-slider" });
    const label = element("output", { htmlFor: "time-slider" }, "the trained network");
    slider.addEventListener("input", async () => {
      const place = Number(slider.value);
      label.textContent = place < steps.length ? `after ${steps[place]} steps` : "the trained network";
      slider.setAttribute("aria-valuetext", label.textContent);
      travel((await unpacked)[place]?.tensors ?? null);
    });
    root.append(element("label", { htmlFor: "time-slider" }, "Time of the training: "), slider, " ", label);
  }
}
