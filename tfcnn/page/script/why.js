// Pictures of which pixels speak for a class.

import { diverging } from "./colours.js";
import { element } from "./elements.js";

const SAYS = {
  gradient: "red: brighter here would raise the logit; blue: lower it",
  "integrated gradients": "red: this pixel's share in the logit; blue: against it",
  occlusion: "red: the logit falls when 5 × 5 pixels around here are covered",
};

export function showReasons(root, maps, [height, width], className) {
  root.replaceChildren(
    ...Object.entries(maps).map(([method, map]) => {
      const canvas = element("canvas", { className: "reason", role: "img", width, height });
      const most = map.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-9);
      const context = canvas.getContext("2d");
      map.forEach((value, place) => {
        context.fillStyle = `rgb(${diverging(value / most)})`;
        context.fillRect(place % width, Math.floor(place / width), 1, 1);
      });
      const words = `${method}, for ${className}: ${SAYS[method]}; full colour at ±${most.toFixed(2)}`;
      canvas.setAttribute("aria-label", words);
      return element("figure", {}, canvas, element("figcaption", {}, words));
    }),
  );
}
