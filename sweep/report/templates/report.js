"use strict";
// A click on a heading sorts the table by its column: numbers by value, rows without a value last.
// The sort is stable. All blocks of the table's columns keep the same order of rows.
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
      const hasValue = (row) => key(row) !== "" && (!numeric || isFinite(key(row)));
      const compare = numeric
        ? (a, b) => Number(key(a)) - Number(key(b))
        : (a, b) => key(a).localeCompare(key(b), undefined, { numeric: true });
      const sign = ascending ? 1 : -1;
      const oldIndex = new Map(rows.map((row, index) => [row, index]));
      rows.sort((a, b) => hasValue(b) - hasValue(a) || (hasValue(a) ? sign * compare(a, b) : 0));
      for (const block of blocks) {
        const oldRows = Array.from(block.rows);
        block.append(...rows.map((row) => oldRows[oldIndex.get(row)]));
      }
    });
  });
}
sortable(document);
