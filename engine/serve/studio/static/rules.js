// The draft: its parts are loaded one after the other. The editor: mistakes and completions while a person types.
// Without this script the parts are links, and the editor is a plain field.
"use strict";

async function loadParts() {
  for (const part of document.querySelectorAll("[data-part]")) {
    const into = part.querySelector("[data-into]");
    const waiting = part.querySelector("[data-waiting]");
    into.textContent = "";
    waiting.hidden = false;
    try {
      const answer = await fetch(part.dataset.part, { headers: { accept: "text/html" } });
      if (!answer.ok) {
        throw new Error(String(answer.status));
      }
      // The fragment comes from this server, which escapes every text in it.
      into.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
    } catch {
      part.querySelector("[data-failed]").hidden = false;
    }
    waiting.hidden = true;
  }
}

function post(address, body) {
  return fetch(address, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  }).then((answer) => {
    if (!answer.ok) {
      throw new Error(String(answer.status));
    }
    return answer.json();
  });
}

function startEditor(editor) {
  const field = editor.querySelector("textarea");
  const back = editor.querySelector(".editor-back");
  const offers = editor.querySelector(".offers");
  const list = document.querySelector("[data-problems]");
  const status = document.querySelector("[data-offer-status]");
  let problems = [];
  let offered = [];
  let chosen = 0;
  let timer = 0;
  let asked = 0;

  function place() {
    const before = field.value.slice(0, field.selectionStart);
    const lines = before.split("\n");
    return { line: lines.length, column: Array.from(lines[lines.length - 1]).length + 1 };
  }

  function indexOf(line, column) {
    const lines = field.value.split("\n");
    const above = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    return above + Array.from(lines[line - 1] || "").slice(0, column - 1).join("").length;
  }

  function draw() {
    const byLine = new Map();
    problems.forEach((problem) => byLine.set(problem.line, [...(byLine.get(problem.line) || []), problem]));
    const rows = field.value.split("\n").map((text, number) => {
      const row = document.createElement("div");
      const wrong = (byLine.get(number + 1) || []).sort((one, other) => one.start - other.start)[0];
      const letters = Array.from(text);
      if (!wrong) {
        row.textContent = text || " ";
        return row;
      }
      const mark = document.createElement("u");
      mark.className = wrong.severity;
      mark.textContent = letters.slice(wrong.start - 1, wrong.end - 1).join("") || " ";
      row.append(letters.slice(0, wrong.start - 1).join(""), mark, letters.slice(wrong.end - 1).join(""));
      return row;
    });
    back.replaceChildren(...rows);
    align();
  }

  function align() {
    back.scrollTop = field.scrollTop;
    back.scrollLeft = field.scrollLeft;
  }

  function tell() {
    if (!problems.length) {
      const item = document.createElement("li");
      item.textContent = `✓ ${editor.dataset.none}`;
      list.replaceChildren(item);
      return;
    }
    list.replaceChildren(...problems.map((problem) => {
      const item = document.createElement("li");
      const go = document.createElement("button");
      go.type = "button";
      go.className = "plain";
      go.textContent = `${editor.dataset.lineWord} ${problem.line}`;
      go.addEventListener("click", () => goTo(problem.line, problem.start));
      item.append(go, ` ${problem.message} `);
      const remedy = document.createElement("span");
      remedy.className = "faint";
      remedy.textContent = problem.remedy;
      item.append(remedy);
      return item;
    }));
  }

  function goTo(line, column) {
    const at = indexOf(line, column);
    field.focus();
    field.setSelectionRange(at, at);
    const height = parseFloat(getComputedStyle(field).lineHeight);
    field.scrollTop = Math.max((line - 6) * height, 0);
    align();
  }

  async function check() {
    const text = field.value;
    let found;
    try {
      found = await post("/rules/file/check", { name: editor.dataset.name, text });
    } catch {
      // That nothing was found must not be said of a text that was not looked at.
      clearTimeout(timer);
      timer = setTimeout(check, 2000);
      return;
    }
    if (text === field.value) {
      problems = found;
      draw();
      tell();
    }
  }

  function close() {
    offered = [];
    offers.hidden = true;
    offers.replaceChildren();
    field.removeAttribute("aria-activedescendant");
    status.textContent = "";
  }

  function mark() {
    Array.from(offers.children).forEach((item, number) => item.setAttribute("aria-selected", String(number === chosen)));
    const item = offers.children[chosen];
    if (item) {
      field.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
      status.textContent = `${item.textContent}. ${status.dataset.text.replace("{count}", offered.length)}`;
    }
  }

  async function offer() {
    const text = field.value;
    const here = place();
    const turn = ++asked;
    const found = await post("/rules/file/complete", { name: editor.dataset.name, text, ...here }).catch(() => []);
    if (turn !== asked || text !== field.value) {
      return;
    }
    const typed = (item) => Array.from(text.split("\n")[here.line - 1]).slice(item.start - 1, here.column - 1).join("");
    offered = found.filter((item) => item.text.includes(typed(item).trim()) && item.text !== typed(item)).slice(0, 12);
    chosen = 0;
    if (!offered.length) {
      close();
      return;
    }
    offers.replaceChildren(...offered.map((item, number) => {
      const line = document.createElement("li");
      line.id = `offer-${number}`;
      line.setAttribute("role", "option");
      const about = document.createElement("span");
      about.className = "faint";
      about.textContent = item.about;
      line.append(item.text.trim(), " ", about);
      line.addEventListener("mousedown", (event) => {
        event.preventDefault();
        take(number);
      });
      return line;
    }));
    const style = getComputedStyle(field);
    const letter = parseFloat(style.fontSize) * 0.6;
    offers.style.top = `${here.line * parseFloat(style.lineHeight) - field.scrollTop + 14}px`;
    offers.style.left = `${Math.max(0, Math.min((here.column - 1) * letter - field.scrollLeft, field.clientWidth - 300))}px`;
    offers.hidden = false;
    mark();
  }

  function take(number) {
    const item = offered[number];
    const here = place();
    const start = indexOf(here.line, item.start);
    const end = indexOf(here.line, Math.max(item.end, here.column));
    field.setRangeText(item.text, start, end, "end");
    close();
    changed();
  }

  function changed() {
    draw();
    clearTimeout(timer);
    timer = setTimeout(check, 350);
  }

  field.addEventListener("scroll", align);
  field.addEventListener("input", (event) => {
    changed();
    if (event.inputType === "insertText" && /[\w.:{ ]/.test(event.data || "")) {
      offer();
    } else {
      close();
    }
  });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      offer();
    } else if (!offers.hidden && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : offered.length - 1)) % offered.length;
      mark();
    } else if (!offers.hidden && event.key === "Enter") {
      event.preventDefault();
      take(chosen);
    } else if (event.key === "Enter" && !field.readOnly) {
      // A new line begins where the line before it begins.
      event.preventDefault();
      const before = field.value.slice(0, field.selectionStart);
      const blanks = /^ */.exec(before.slice(before.lastIndexOf("\n") + 1))[0];
      field.setRangeText(`\n${blanks}`, field.selectionStart, field.selectionEnd, "end");
      changed();
    } else if (!offers.hidden && event.key === "Escape") {
      event.preventDefault();
      close();
    }
  });
  draw();
  if (Number(editor.dataset.line) > 1) {
    goTo(Number(editor.dataset.line), 1);
  }
  if (!field.readOnly) {
    check();
  }
}

loadParts();
document.querySelectorAll("[data-editor]").forEach(startEditor);
