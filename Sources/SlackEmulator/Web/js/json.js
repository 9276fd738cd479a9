// A payload as text, with a copy button, and with the place marked that a JSON pointer names.

import {h, icon, fill, toast} from "./dom.js";

/** The lines of `value`, and which of them belong to the place of a JSON pointer (RFC 6901). */
function lines(value, pointers) {
  const rows = [];
  const walk = (item, path, indent, lead, tail) => {
    const isMarked = pointers.some((pointer) => path === pointer || path.startsWith(pointer + "/"));
    const pad = "  ".repeat(indent);
    if (Array.isArray(item) || (item && typeof item === "object")) {
      const entries = Array.isArray(item) ? item.map((each, index) => [index, each]) : Object.entries(item);
      const [start, end] = Array.isArray(item) ? ["[", "]"] : ["{", "}"];
      if (entries.length === 0) { rows.push([pad + lead + start + end + tail, isMarked]); return; }
      rows.push([pad + lead + start, isMarked]);
      entries.forEach(([key, each], index) => {
        const name = Array.isArray(item) ? "" : `${JSON.stringify(key)}: `;
        const part = String(key).replaceAll("~", "~0").replaceAll("/", "~1");
        walk(each, `${path}/${part}`, indent + 1, name, index < entries.length - 1 ? "," : "");
      });
      rows.push([pad + end + tail, isMarked]);
    } else rows.push([pad + lead + JSON.stringify(item) + tail, isMarked]);
  };
  walk(value, "", 0, "", "");
  return rows;
}

export function jsonView(value, {label = "JSON", pointers = []} = {}) {
  const text = JSON.stringify(value, null, 2);
  const rows = lines(value, pointers);
  const code = h("code", {}, rows.map(([line, isMarked]) => isMarked ? h("mark", {}, line + "\n") : line + "\n"));
  const copy = h("button", {type: "button", class: "small-button json-copy", on: {click: () => copyText(text, copy)}}, icon("copy", 14), h("span", {}, "Copy"));
  const pre = h("pre", {tabindex: "0", "aria-label": label}, code);
  if (pointers.length > 0) requestAnimationFrame(() => {
    const mark = pre.querySelector("mark");
    if (mark) pre.scrollTop = Math.max(0, mark.offsetTop - pre.offsetTop - 40);
  });
  return h("div", {class: "json"}, copy, pre);
}

async function copyText(text, button) {
  let isDone = false;
  try {
    await navigator.clipboard.writeText(text);
    isDone = true;
  } catch {
    // Not every address counts as secure enough for the clipboard.
    const area = h("textarea", {class: "off-screen", value: text});
    (button.closest("dialog") ?? document.body).append(area);
    area.select();
    isDone = document.execCommand("copy");
    area.remove();
    button.focus();
  }
  if (!isDone) { toast("The browser does not let this page copy.", "error"); return; }
  fill(button, icon("check", 14), h("span", {}, "Copied"));
  setTimeout(() => fill(button, icon("copy", 14), h("span", {}, "Copy")), 1500);
}

/** The nearest text of a pointer's value, for a note: what stands there. */
export function valueAt(value, pointer) {
  let place = value;
  for (const part of pointer.split("/").slice(1)) {
    place = place?.[part.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return place;
}
