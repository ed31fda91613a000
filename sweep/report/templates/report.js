"use strict";
// A click on a heading sorts its column; numbers by value, rows without one last, equal rows in their old order.
// The table's other blocks of columns follow: the rows of all of them are in one order.
function sortable(root) {
  root.querySelectorAll("thead button").forEach((button) => {
    button.addEventListener("click", () => {
      const head = button.closest("th");
      const body = head.closest("table").tBodies[0];
      const blocks = Array.from(head.closest(".beside").querySelectorAll("tbody"));
      const column = Array.from(head.parentNode.children).indexOf(head);
      const ascending = head.getAttribute("aria-sort") !== "ascending";
      for (const other of head.closest(".beside").querySelectorAll("th")) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      const key = (row) => row.cells[column].dataset.sort;
      const rows = Array.from(body.rows);
      const numeric = rows.some((row) => key(row) !== "" && isFinite(key(row)));
      const known = (row) => key(row) !== "" && (!numeric || isFinite(key(row)));
      const compare = numeric
        ? (a, b) => Number(key(a)) - Number(key(b))
        : (a, b) => key(a).localeCompare(key(b), undefined, { numeric: true });
      const before = new Map(rows.map((row, at) => [row, at]));
      rows.sort((a, b) => known(b) - known(a) || (known(a) ? (ascending ? 1 : -1) * compare(a, b) : 0));
      for (const block of blocks) {
        const old = Array.from(block.rows);
        block.append(...rows.map((row) => old[before.get(row)]));
      }
    });
  });
}
sortable(document);
