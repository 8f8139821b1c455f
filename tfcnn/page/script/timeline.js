// A slider over the training: the network as it was at each checkpoint.

import { element } from "./elements.js";

export class Timeline {
  // `states` is a list of {step, tensors}; the last stop is the trained network. `missing` says why
  // there are none.
  constructor(root, states, missing, travel) {
    if (!states.length) {
      root.append(element("p", { className: "missing" }, missing));
      return;
    }
    const slider = element("input", { type: "range", min: 0, max: states.length, value: states.length, id: "time-slider" });
    const label = element("output", { htmlFor: "time-slider" }, "the trained network");
    slider.addEventListener("input", () => {
      const state = states[slider.value];
      label.textContent = state ? `after ${state.step} steps` : "the trained network";
      slider.setAttribute("aria-valuetext", label.textContent);
      travel(state?.tensors ?? null);
    });
    root.append(element("label", { htmlFor: "time-slider" }, "Time of the training: "), slider, " ", label);
  }
}
