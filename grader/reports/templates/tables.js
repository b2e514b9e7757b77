"use strict";
// Makes tables sortable by any column, and those of students searchable. Without it they are tables all the same.
{
  const words = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const key = (row, column) => {
    const text = row.cells[column].textContent.trim();
    const number = parseFloat(text);
    return text === "–" ? null : column === 0 || Number.isNaN(number) ? text : number;
  };
  // Numbers before words; what is not known stays at the end, whatever the direction.
  const compare = (one, other, sign) => {
    if (one === null || other === null) return (one === null) - (other === null);
    if (typeof one !== typeof other) return typeof one === "number" ? -sign : sign;
    return sign * (typeof one === "number" ? one - other : words.compare(one, other));
  };
  const sort = (table, column, direction) => {
    const body = table.tBodies[0];
    const sign = direction === "ascending" ? 1 : -1;
    const keyed = [...body.rows].map((row) => [key(row, column), row]);
    keyed.sort((one, other) => compare(one[0], other[0], sign));
    // Out of the page meanwhile: a thousand rows that move one by one are laid out for each.
    body.remove();
    body.append(...keyed.map((each) => each[1]));
    table.tHead.after(body);
  };
  const makeSortable = (table, told) => {
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, column) => {
      const name = heading.querySelector("a")?.ariaLabel ?? heading.textContent.trim();
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.title = `Sort by ${name}`;
      if (heading.querySelector("a, span")) {
        button.setAttribute("aria-label", `Sort by ${name}`);
        heading.append(button);
      } else {
        button.textContent = name;
        heading.replaceChildren(button);
      }
      button.addEventListener("click", () => {
        const first = column > 0 && typeof key(table.tBodies[0].rows[0], column) === "number" ? "descending" : "ascending";
        const other = first === "ascending" ? "descending" : "ascending";
        const direction = heading.getAttribute("aria-sort") === first ? other : first;
        headings.forEach((each) => each.removeAttribute("aria-sort"));
        heading.setAttribute("aria-sort", direction);
        sort(table, column, direction);
        told(`sorted by ${name}, ${direction}`);
      });
    });
  };
  const makeSearchable = (table) => {
    const rows = [...table.tBodies[0].rows];
    const names = rows.map((row) => plain(row.cells[0].textContent));
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = "search";
    input.autocomplete = "off";
    label.append("Search students", input);
    const status = document.createElement("p");
    status.setAttribute("role", "status");
    status.className = "quiet";
    const bar = document.createElement("div");
    bar.className = "toolbar";
    bar.append(label, status);
    table.closest(".scroll").before(bar);
    let sorted = "";
    const tell = () => {
      const shown = rows.filter((row) => !row.hidden).length;
      status.textContent = `${shown} of ${rows.length} shown${sorted && `, ${sorted}`}.`;
    };
    input.addEventListener("input", () => {
      const wanted = plain(input.value.trim());
      rows.forEach((row, at) => (row.hidden = !names[at].includes(wanted)));
      tell();
    });
    tell();
    return (words) => {
      sorted = words;
      tell();
    };
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    if (table.querySelector("tbody td[colspan]")) continue;
    makeSortable(table, table.matches(".searchable") ? makeSearchable(table) : () => {});
  }
}
