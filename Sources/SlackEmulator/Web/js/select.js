// A menu that can be searched: one choice or several, from a list or from the app (external selects).

import {h, icon, fill, uniqueID} from "./dom.js";

const searchDelay = 200;

/**
 * - groups: `[{label, options: [{value, text, detail, description}]}]`
 * - selected: options that are chosen now
 * - search: `async (query) => groups`, or an Error; then `groups` is not used
 * - onChange: called with the options that are chosen
 */
export function selectMenu({groups = [], selected = [], multiple = false, placeholder = "", label, search, minQuery = 0, max, onChange, key, disabled, describedBy}) {
  const listID = uniqueID("list");
  let chosen = [...selected];
  let shown = [];
  let active = -1;
  let isOpen = false;
  let timer = null;
  let round = 0;

  const input = h("input", {
    type: "text", role: "combobox", class: "select-input", autocomplete: "off", spellcheck: "false",
    "aria-expanded": "false", "aria-controls": listID, "aria-autocomplete": "list", "aria-label": label,
    "aria-describedby": describedBy, disabled, data: {key: key ?? ""},
  });
  const tags = h("span", {class: "tags"});
  const list = h("ul", {id: listID, class: "options", role: "listbox", "aria-label": label, "aria-multiselectable": multiple ? "true" : null, hidden: true});
  const clear = h("button", {type: "button", class: "select-clear", "aria-label": `Clear ${label ?? ""}`.trim(), tabindex: "-1", on: {click: () => { set([]); input.focus(); }}}, icon("close", 12));
  const box = h("div", {class: "select-box", on: {mousedown: pressed}}, tags, input, multiple ? null : clear, icon("down", 14));
  const root = h("div", {class: `select${multiple ? " multiple" : ""}`, on: {focusout: left}}, box, list);

  function draw() {
    fill(tags, multiple ? chosen.map((option) => h("span", {class: "tag"}, option.text,
      h("button", {type: "button", "aria-label": `Remove ${option.text}`, tabindex: "-1", disabled,
        on: {click: () => set(chosen.filter((each) => each.value !== option.value))}}, icon("close", 11)))) : []);
    if (!multiple) input.value = chosen[0]?.text ?? "";
    input.placeholder = multiple && chosen.length > 0 ? "" : placeholder;
    clear.hidden = chosen.length === 0 || disabled;
  }

  function set(options, isQuiet) {
    chosen = options;
    draw();
    if (!isQuiet) onChange?.(chosen);
  }

  function pressed(event) {
    if (disabled || event.target.closest("button")) return;
    if (event.target !== input) { event.preventDefault(); input.focus(); }
    if (isOpen && event.target !== input) close(); else open();
  }

  function left(event) {
    if (!root.contains(event.relatedTarget)) close();
  }

  function open() {
    if (isOpen || disabled) return;
    isOpen = true;
    input.setAttribute("aria-expanded", "true");
    list.hidden = false;
    if (!multiple) input.select();
    find("");
    place();
    addEventListener("scroll", place, true);
    addEventListener("resize", place);
  }

  function close() {
    if (!isOpen) return;
    isOpen = false;
    active = -1;
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    removeEventListener("scroll", place, true);
    removeEventListener("resize", place);
    if (multiple) input.value = ""; else draw();
  }

  /** Fixed, so that no scrolling box cuts it off; above the field where there is more room. */
  function place() {
    const frame = box.getBoundingClientRect();
    const below = innerHeight - frame.bottom - 12, above = frame.top - 12;
    const isBelow = below >= 180 || below >= above;
    list.style.left = `${Math.max(8, Math.min(frame.left, innerWidth - frame.width - 8))}px`;
    list.style.width = `${Math.max(frame.width, Math.min(220, innerWidth - 16))}px`;
    list.style.maxHeight = `${Math.max(90, Math.min(320, isBelow ? below : above))}px`;
    list.style.top = isBelow ? `${frame.bottom + 4}px` : "auto";
    list.style.bottom = isBelow ? "auto" : `${innerHeight - frame.top + 4}px`;
  }

  async function find(query) {
    const mine = ++round;
    if (!search) { offer(filtered(groups, query), query); return; }
    if (query.length < minQuery) {
      say(`Type at least ${minQuery} character${minQuery === 1 ? "" : "s"} to search`);
      return;
    }
    say("Loading…", true);
    const found = await search(query);
    if (mine !== round || !isOpen) return;
    if (found instanceof Error) say(found.message, false, true); else offer(found, query);
  }

  function say(text, isBusy, isError) {
    shown = [];
    active = -1;
    fill(list, h("li", {class: `option-note${isError ? " error" : ""}`, role: "presentation"}, isBusy ? h("span", {class: "spinner"}) : null, text));
    place();
  }

  function offer(found, query) {
    shown = [];
    const rows = [];
    for (const group of found) {
      if (group.label && group.options.length > 0) rows.push(h("li", {class: "option-group", role: "presentation"}, group.label));
      for (const option of group.options) {
        const isChosen = chosen.some((each) => each.value === option.value);
        const row = h("li", {
          id: `${listID}-${shown.length}`, role: "option", class: "option", "aria-selected": isChosen ? "true" : "false",
          data: {value: option.value},
          on: {mousedown: (event) => { event.preventDefault(); pick(option); }},
        }, h("span", {class: "option-text"}, option.node ? option.node() : option.text, option.detail ? h("span", {class: "option-detail"}, option.detail) : null),
        option.description ? h("span", {class: "option-description"}, option.description) : null, isChosen ? icon("check", 14) : null);
        row.addEventListener("mousemove", () => mark(shown.findIndex((each) => each.row === row)));
        shown.push({option, row});
        rows.push(row);
      }
    }
    if (shown.length === 0) rows.push(h("li", {class: "option-note", role: "presentation"}, query ? "No matches" : "Nothing to choose from"));
    fill(list, rows);
    const first = multiple ? 0 : Math.max(0, shown.findIndex(({option}) => option.value === chosen[0]?.value));
    mark(shown.length > 0 ? (query ? 0 : first) : -1, true);
    place();
  }

  function mark(index, isScrolled) {
    shown[active]?.row.classList.remove("active");
    active = index;
    const row = shown[active]?.row;
    if (row) {
      row.classList.add("active");
      input.setAttribute("aria-activedescendant", row.id);
      if (isScrolled) row.scrollIntoView({block: "nearest"});
    } else input.removeAttribute("aria-activedescendant");
  }

  function pick(option) {
    if (!multiple) {
      close();
      set([option]);
      return;
    }
    const isChosen = chosen.some((each) => each.value === option.value);
    if (!isChosen && max && chosen.length >= max) {
      say(`No more than ${max} can be chosen`, false, true);
      return;
    }
    input.value = "";
    set(isChosen ? chosen.filter((each) => each.value !== option.value) : [...chosen, option]);
    find("");
  }

  input.addEventListener("input", () => {
    if (!isOpen) open();
    clearTimeout(timer);
    if (search) timer = setTimeout(() => find(input.value.trim()), searchDelay);
    else find(input.value.trim());
  });
  input.addEventListener("keydown", (event) => {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (step) {
      event.preventDefault();
      if (!isOpen) open();
      else if (shown.length > 0) mark((active + step + shown.length) % shown.length, true);
    } else if (event.key === "Enter") {
      // In a menu Enter chooses; it never sends the form.
      event.preventDefault();
      event.stopPropagation();
      if (isOpen && shown[active]) pick(shown[active].option);
      else if (!isOpen) open();
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Tab" && isOpen) {
      close();
    } else if (event.key === "Backspace" && multiple && input.value === "" && chosen.length > 0) {
      set(chosen.slice(0, -1));
    }
  });
  draw();
  return {node: root, set: (options) => set(options, true), get isOpen() { return isOpen; }};
}

function filtered(groups, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return groups.map((group) => ({...group, options: group.options.filter((option) => {
    const text = `${option.text} ${option.detail ?? ""} ${option.description ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  })}));
}
