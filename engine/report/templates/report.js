// Sorting and filtering of the list of cases. Without it everything is shown, in the order of the run.
(() => {
  "use strict";
  const one = (selector) => document.querySelector(selector);
  const every = (selector, within = document) => [...within.querySelectorAll(selector)];
  const list = one("#list"), body = list.tBodies[0], rows = every("tr", body);
  const form = one("#filter"), status = one("#shown");
  const text = one("#f-text"), grade = one("#f-grade"), kind = one("#f-kind"), flag = one("#f-flag");
  const language = document.documentElement.lang;

  // Accents do not matter in a search, and đ counts as d.
  const folded = (words) =>
    words.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase(language).replaceAll("đ", "d");
  const cases = rows.map((row) => {
    const section = document.getElementById(row.dataset.case);
    return { row, section, words: folded(`${row.textContent} ${section.querySelector("h3").textContent}`) };
  });

  const filter = () => {
    const asked = folded(text.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { row, section, words } of cases) {
      const fits =
        asked.every((word) => words.includes(word)) &&
        (!grade.value || row.dataset.grade === grade.value) &&
        (!kind.value || row.dataset.kind === kind.value) &&
        (!flag.value || row.dataset.flags.split(" ").includes(flag.value));
      row.hidden = section.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    const say = shown === 0 ? "none" : shown === cases.length ? "all" : "some";
    status.textContent = status.dataset[say].replace("{shown}", shown).replace("{total}", cases.length);
    status.classList.toggle("partial", shown < cases.length);
  };

  const collator = new Intl.Collator(language, { numeric: true });
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.sort === undefined ? cell.textContent.trim() : Number(cell.dataset.sort);
  };
  const sort = (heading) => {
    const descending = heading.getAttribute("aria-sort") === "ascending";
    const column = heading.cellIndex, direction = descending ? -1 : 1;
    for (const each of every("th", list.tHead)) each.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const sorted = rows.map((row, place) => ({ row, place, key: value(row, column) }));
    sorted.sort((a, b) => {
      const order = typeof a.key === "number" ? a.key - b.key : collator.compare(a.key, b.key);
      return direction * order || a.place - b.place;
    });
    body.append(...sorted.map(({ row }) => row));
  };

  for (const heading of every("th", list.tHead)) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sort(heading));
    heading.append(button);
  }
  form.addEventListener("input", filter);
  form.addEventListener("change", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  text.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { text.value = ""; filter(); }
  });
  one("#print").addEventListener("click", () => window.print());
  // A link to a case that the filter hides shows it again.
  const arrive = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target && target.hidden) { form.reset(); setTimeout(() => target.scrollIntoView()); }
  };
  window.addEventListener("hashchange", arrive);
  form.hidden = status.hidden = one("#list .hint").hidden = false;
  filter();
})();
