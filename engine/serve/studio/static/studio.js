// Lists are filtered where they stand. Without this script every page works; only the filters are not there.
"use strict";

function plain(text) {
  return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[\u0110\u0111]/g, "d").toLowerCase();
}

function filterList(form) {
  const list = document.getElementById(form.dataset.filters);
  const rows = Array.from(list.querySelectorAll("[data-row], tbody tr"));
  const texts = rows.map((row) => plain(row.textContent));
  const find = form.querySelector("[data-find]");
  const selects = Array.from(form.querySelectorAll("select[data-by]"));
  const status = document.querySelector("[data-shown]");
  function update() {
    const words = plain(find.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, place) => {
      const fits = words.every((word) => texts[place].includes(word))
        && selects.every((select) => !select.value || row.dataset[select.dataset.by] === select.value);
      row.hidden = !fits;
      shown += fits;
    });
    list.querySelectorAll("[data-group]").forEach((group) => {
      group.hidden = !group.querySelector("[data-row]:not([hidden])");
    });
    if (status) {
      status.textContent = status.dataset.shown.replace("{shown}", shown).replace("{total}", rows.length);
    }
  }
  form.hidden = false;
  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  update();
}

document.querySelectorAll("form[data-filters]").forEach(filterList);
