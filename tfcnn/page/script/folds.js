// The parts of the page that can be folded: open in the file, for those who read without a script.

export function foldParts() {
  const parts = [...document.querySelectorAll("main > details")];
  for (const part of parts) part.open = false;
  let open = [];
  addEventListener("beforeprint", () => {
    open = parts.filter((part) => part.open);
    for (const part of parts) part.open = true;
  });
  addEventListener("afterprint", () => {
    for (const part of parts) part.open = open.includes(part);
  });
}
