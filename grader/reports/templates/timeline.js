"use strict";
// Shows the words of a bar (its <title>) beneath the picture: by pointer, or by the arrow keys once it has the focus.
for (const run of document.querySelectorAll("section.run")) {
  const figure = run.querySelector("figure");
  const details = run.querySelector(".details");
  const marks = [...figure.querySelectorAll("g.row, g.pin")];
  let at = -1;
  const show = (number) => {
    if (at >= 0) marks[at].classList.remove("chosen");
    at = number;
    if (at >= 0) marks[at].classList.add("chosen");
    details.textContent = at < 0 ? "" : marks[at].querySelector("title").textContent;
  };
  marks.forEach((mark, number) => mark.addEventListener("pointerenter", () => show(number)));
  figure.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") show(-1);
    if (!step || !marks.length) return;
    event.preventDefault();
    show((at + step + marks.length + (at < 0 && step < 0 ? 1 : 0)) % marks.length);
  });
}
