// Makes elements. Texts become text nodes: nothing that an app or a person wrote is ever read as HTML.

/** `h("button", {class: "x", on: {click}}, "text", child…)`; `null`, `false` and `undefined` children are left out. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  apply(node, props);
  append(node, children);
  return node;
}

function apply(node, props) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    } else if (name === "data") {
      Object.assign(node.dataset, value);
    } else if (name === "value") {
      node.value = value;
    } else {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
}

export function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child);
  }
  return node;
}

export function fill(node, ...children) {
  node.replaceChildren();
  return append(node, children);
}

const icons = {
  close: "M5 5l10 10M15 5L5 15",
  back: "M12 4l-6 6 6 6",
  menu: "M3 5h14M3 10h14M3 15h14",
  thread: "M4 4h12v9H9l-4 4v-4H4z",
  code: "M7 5l-5 5 5 5M13 5l5 5-5 5",
  copy: "M7 7h9v9H7zM4 13V4h9",
  more: "M4 9.2a.8.8 0 100 1.6.8.8 0 000-1.6zM10 9.2a.8.8 0 100 1.6.8.8 0 000-1.6zM16 9.2a.8.8 0 100 1.6.8.8 0 000-1.6z",
  external: "M8 4H4v12h12v-4M11 4h5v5M16 4l-7 7",
  send: "M3 10l14-6-5 13-3-5z",
  bolt: "M11 2L4 11h5l-1 7 7-9h-5z",
  down: "M5 8l5 5 5-5",
  eye: "M1 10s3-6 9-6 9 6 9 6-3 6-9 6-9-6-9-6zM10 12a2 2 0 100-4 2 2 0 000 4z",
  warning: "M10 3l8 14H2zM10 8v4M10 14.5v.01",
  sun: "M10 6a4 4 0 100 8 4 4 0 000-8zM10 1v2M10 17v2M1 10h2M17 10h2M3.6 3.6l1.4 1.4M15 15l1.4 1.4M3.6 16.4L5 15M15 5l1.4-1.4",
  moon: "M16 12a7 7 0 01-8-9 7 7 0 108 9z",
  wrench: "M12 3a4 4 0 00-4 5l-6 6 3 3 6-6a4 4 0 005-5l-3 2-2-2z",
  lock: "M5 9h10v8H5zM7 9V6a3 3 0 016 0v3",
  link: "M8 12l4-4M9 6l2-2a3.5 3.5 0 015 5l-2 2M11 14l-2 2a3.5 3.5 0 01-5-5l2-2",
  search: "M9 3a6 6 0 100 12A6 6 0 009 3zM13.5 13.5L18 18",
  check: "M4 10l4 4 8-9",
  key: "M13 2a5 5 0 00-4.6 7L2 15.4V18h3v-2h2v-2h2l1.4-1.4A5 5 0 1013 2zM14 6h.01",
  home: "M3 10l7-7 7 7M5 8v9h10V8",
};

/** A picture beside a text that says the same: hidden from screen readers. */
export function icon(name, size = 18) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("width", size);
  svg.setAttribute("height", size);
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", icons[name]);
  svg.append(path);
  return svg;
}

export function iconButton(name, label, onClick, props = {}) {
  return h("button", {type: "button", class: "icon-button", "aria-label": label, title: label, on: {click: onClick}, ...props},
    icon(name));
}

let counter = 0;
export function uniqueID(prefix) {
  counter += 1;
  return `${prefix}-${counter}`;
}

/** Says something to people who may not see it happen; with `kind` "error" in red. */
export function toast(text, kind = "info") {
  const node = h("div", {class: `toast ${kind}`}, text);
  document.getElementById("toasts").append(node);
  setTimeout(() => node.remove(), kind === "error" ? 8000 : 4000);
}

/** The element that has the focus, and where the caret stands, so that both survive when its surroundings are drawn anew. */
export function rememberFocus(root) {
  const active = document.activeElement;
  if (!active || !root.contains(active) || !active.dataset.key) return () => {};
  const key = active.dataset.key;
  let start = null, end = null;
  try { start = active.selectionStart; end = active.selectionEnd; } catch { /* no text field */ }
  return () => {
    const again = root.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!again || again === document.activeElement) return;
    again.focus({preventScroll: true});
    if (start !== null && again.setSelectionRange) {
      try { again.setSelectionRange(start, end); } catch { /* its type has no caret */ }
    }
  };
}
