// A table of names, bars and numbers.

import { element } from "./elements.js";

// `rows` are {name, share, words, best}; a share from 0 to 1 is the bar's length.
export function fillBars(table, rows) {
  table.replaceChildren(
    ...rows.map(({ name, share, words, best }) =>
      element("tr", { className: best ? "best" : "" }, element("th", { scope: "row" }, name), element("td", {}, bar(share)), element("td", {}, words)),
    ),
  );
}

function bar(share) {
  const inner = element("span", { className: "bar" });
  inner.style.width = `${Math.max(share, 0) * 100}%`;
  return element("span", { className: "track" }, inner);
}
