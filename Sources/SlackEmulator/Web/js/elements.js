// The interactive elements of Block Kit (slack.md 3.4).
//
// A surface lends a context: `value(block, element)` is what the element holds (as `state.values` has it),
// `change(block, element, given)` takes what was entered, `act(block, element, given)` tells the app and resolves to
// its answer, `suggest(block, element, query)` asks the app for options. `given` is what the control API takes: a text,
// an option's value, an id, a list of them, or null.

import {h, icon, fill, uniqueID} from "./dom.js";
import {selectMenu} from "./select.js";
import {confirmDialog} from "./dialogs.js";
import {textObject, textOf, mrkdwn, safeLink} from "./mrkdwn.js";
import {localText, secondsOf} from "./dates.js";
import {store, conversationName, displayName, isBot, user, conversation, workspace} from "./store.js";

const minQueryUsual = 3;

/** An element where it stands; `describedBy` names the hint and the error of an input. */
export function element(block, item, context, {label, describedBy} = {}) {
  const make = makers[item.type];
  if (!make) return null;
  const isInput = block.type === "input";
  const key = `${context.key}/${block.block_id}/${item.action_id}`;
  const place = {
    block, item, context, key, describedBy, isInput,
    label: label ?? textOf(item.accessibility_label) ?? (textOf(item.placeholder) || item.type.replaceAll("_", " ")),
    value: context.value(block, item),
    /** An input is only noted, unless it dispatches; anything else goes to the app, after its confirmation. */
    async take(given, node) {
      if (isInput) context.change(block, item, given);
      if (isInput && !block.dispatch_action) return;
      await tell(place, given, node);
    },
  };
  if (!place.label) place.label = item.type.replaceAll("_", " ");
  const node = make(item, place);
  node.dataset.action = item.action_id ?? "";
  node.dataset.block = block.block_id ?? "";
  return node;
}

/** Sends an act with its confirmation, a busy mark while it lasts and a warning where it failed. */
async function tell(place, given, node) {
  const {item, block, context} = place;
  if (item.confirm && !(await confirmDialog(item.confirm))) { context.redraw?.(); return; }
  node?.classList.add("busy");
  node?.setAttribute("aria-busy", "true");
  const answer = await context.act(block, item, given);
  node?.classList.remove("busy");
  node?.removeAttribute("aria-busy");
  if (!answer || answer.ok || !node?.isConnected) return;
  node.classList.add("failed");
  const mark = h("span", {class: "failed-mark", role: "alert", title: answer.message}, icon("warning", 15), answer.message ?? "This didn't work. Try again.");
  node.after(mark);
  setTimeout(() => { mark.remove(); node.classList.remove("failed"); }, 8000);
}

// MARK: Options

function option(object) {
  return {
    value: object.value ?? "", text: textOf(object.text), node: () => h("span", {}, textObject(object.text)),
    description: object.description ? textOf(object.description) : "",
  };
}

function groupsOf(item) {
  if (item.option_groups) return item.option_groups.map((group) => ({label: textOf(group.label), options: group.options.map(option)}));
  return [{options: (item.options ?? []).map(option)}];
}

function chosenOptions(value) { return [value ?? []].flat().filter(Boolean).map(option); }

function menu(item, place, {groups, search, minQuery, selected, multiple}) {
  const made = selectMenu({
    groups, search, minQuery, selected, multiple, max: item.max_selected_items, label: place.label, key: place.key,
    placeholder: textOf(item.placeholder) || (multiple ? "Choose some" : "Choose one"), describedBy: place.describedBy,
    onChange: (options) => {
      const values = options.map((each) => each.value);
      place.take(multiple ? values : values[0] ?? null, made.node);
    },
  });
  return made.node;
}

const staticSelect = (multiple) => (item, place) =>
  menu(item, place, {groups: groupsOf(item), selected: chosenOptions(place.value), multiple});

const externalSelect = (multiple) => (item, place) => menu(item, place, {
  multiple, selected: chosenOptions(place.value), minQuery: item.min_query_length ?? minQueryUsual,
  search: async (query) => {
    const answer = await place.context.suggest(place.block, item, query);
    return answer.ok ? groupsOf(answer) : new Error(`${answer.message ?? answer.error}${answer.findings?.length ? ` ${answer.findings.join(" ")}` : ""}`);
  },
});

function personOption(person) {
  return {value: person.id, text: isBot(person.id) ? store.world.app.name : displayName(person), detail: `@${person.name}`,
    description: person.team === store.me.team ? "" : workspace(person.team)?.name};
}

/** Colleagues, and outsiders who share a conversation with this person. */
function knownPeople() {
  const near = new Set();
  for (const each of store.conversations.values()) if (each.is_member) each.members.forEach((id) => near.add(id));
  return store.world.users.filter((each) => !each.deactivated && (each.team === store.me.team || near.has(each.id)));
}

const usersSelect = (multiple) => (item, place) => menu(item, place, {
  multiple, groups: [{options: knownPeople().map(personOption)}],
  selected: [place.value ?? []].flat().map((id) => user(id) ? personOption(user(id)) : {value: id, text: id}),
});

function conversationOption(each) {
  const sign = {public: "#", private: "🔒 "}[each.kind] ?? "";
  return {value: each.id, text: sign + conversationName(each)};
}

function fits(each, filter) {
  const kinds = {im: "im", mpim: "mpim", private: "private", public: "public"};
  if (filter?.include && !filter.include.includes(kinds[each.kind])) return false;
  if (filter?.exclude_external_shared_channels && each.is_ext_shared) return false;
  if (filter?.exclude_bot_users && each.kind === "im" && each.members.some(isBot)) return false;
  return true;
}

const conversationsSelect = (multiple, onlyPublic) => (item, place) => {
  const all = [...store.conversations.values()].filter((each) => onlyPublic ? each.kind === "public" : fits(each, item.filter));
  return menu(item, place, {
    multiple, groups: [{options: all.map(conversationOption)}],
    selected: [place.value ?? []].flat().map((id) => conversation(id) ? conversationOption(conversation(id)) : {value: id, text: id}),
  });
};

// MARK: Choices that stand open

const choices = (type) => (item, place) => {
  const name = uniqueID("choice");
  const isList = type === "checkbox";
  const chosen = new Set([place.value ?? []].flat().filter(Boolean).map((each) => each.value));
  const root = h("div", {class: "choices", role: isList ? "group" : "radiogroup", "aria-label": place.label, "aria-describedby": place.describedBy});
  for (const each of item.options ?? []) {
    const input = h("input", {type, name, value: each.value, data: {key: `${place.key}/${each.value}`}});
    input.checked = chosen.has(each.value);
    input.addEventListener("change", () => {
      const values = [...root.querySelectorAll("input:checked")].map((box) => box.value);
      place.take(isList ? values : values[0] ?? null, root);
    });
    root.append(h("label", {class: "choice"}, input, h("span", {class: "choice-text"}, textObject(each.text),
      each.description ? h("span", {class: "choice-description"}, textObject(each.description)) : null)));
  }
  return root;
};

// MARK: Texts

const textField = (kind) => (item, place) => {
  const isLong = item.multiline === true || kind === "rich";
  const input = h(isLong ? "textarea" : "input", {
    class: "field", placeholder: textOf(item.placeholder), "aria-label": place.label, "aria-describedby": place.describedBy,
    rows: isLong ? "4" : null, type: isLong ? null : "text", autocomplete: "off",
    inputmode: {number: item.is_decimal_allowed ? "decimal" : "numeric", email: "email", url: "url"}[kind],
    data: {key: place.key},
  });
  input.value = kind === "rich" ? richText(place.value) : place.value ?? "";
  const limit = item.max_length ?? 3000;
  const counter = h("span", {class: "counter", "aria-hidden": "true"});
  const count = () => {
    const left = limit - [...input.value].length;
    counter.textContent = left < 200 || item.max_length < 3000 ? String(left) : "";
    counter.classList.toggle("over", left < 0);
  };
  const triggers = item.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  let timer = null;
  const note = () => place.context.change(place.block, item, input.value === "" ? null : input.value);
  input.addEventListener("input", () => {
    count();
    note();
    if (!place.block.dispatch_action || !triggers.includes("on_character_entered")) return;
    clearTimeout(timer);
    timer = setTimeout(() => place.take(input.value, null), 300);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || isLong || !place.block.dispatch_action || !triggers.includes("on_enter_pressed")) return;
    event.preventDefault();
    event.stopPropagation();
    place.take(input.value, input);
  });
  count();
  return h("div", {class: "field-box"}, input, kind === "text" ? counter : null);
};

function richText(value) {
  const words = (item) => item?.text ?? (item?.elements ?? []).map(words).join(item?.type === "rich_text" ? "\n" : "");
  return typeof value === "string" ? value : words(value);
}

const dateField = (type) => (item, place) => {
  const input = h("input", {type, class: "field date", "aria-label": place.label, "aria-describedby": place.describedBy, data: {key: place.key}});
  const isStamp = type === "datetime-local";
  if (place.value !== null && place.value !== undefined) input.value = isStamp ? localText(Number(place.value)) : place.value;
  input.addEventListener("change", () => {
    const given = input.value === "" ? null : isStamp ? secondsOf(input.value) : input.value.slice(0, type === "time" ? 5 : 10);
    place.take(given, input);
  });
  return input;
};

function fileField(item, place) {
  const names = h("span", {class: "file-names"}, (place.value ?? []).map((file) => file.name).join(", "));
  const input = h("input", {type: "file", multiple: (item.max_files ?? 10) > 1, accept: item.filetypes?.map((type) => `.${type}`).join(","), "aria-label": place.label, data: {key: place.key}});
  input.addEventListener("change", () => {
    const files = [...input.files].map((file, index) => ({id: `F0LOCAL${index}`, name: file.name, mimetype: file.type, size: file.size}));
    names.textContent = files.map((file) => file.name).join(", ");
    place.take(files, input);
  });
  return h("div", {class: "file-box"}, input, names, h("span", {class: "hint"}, "Only the names are handed on: this Slack keeps no files."));
}

// MARK: Buttons

function button(item, place) {
  const node = h("button", {
    type: "button", class: `button${item.style ? ` ${item.style}` : ""}`, "aria-label": textOf(item.accessibility_label) || null,
    data: {key: place.key}, on: {click: pressed},
  }, h("span", {class: "button-text"}, textObject(item.text)), item.url ? icon("link", 13) : null);
  async function pressed() {
    if (node.classList.contains("busy")) return;
    if (item.url && !item.confirm && safeLink(item.url)) open(item.url, "_blank", "noopener,noreferrer");
    await tell(place, item.value, node);
  }
  return node;
}

function overflow(item, place) {
  const list = h("ul", {class: "menu", role: "menu", hidden: true});
  const node = h("button", {type: "button", class: "button overflow", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": "More actions", data: {key: place.key}}, icon("more", 16));
  const root = h("div", {class: "overflow-box"}, node, list);
  const toggle = (isOpen) => {
    list.hidden = !isOpen;
    node.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) list.querySelector("button")?.focus();
  };
  fill(list, (item.options ?? []).map((each) => h("li", {role: "none"}, h("button", {type: "button", role: "menuitem", on: {click: () => {
    toggle(false);
    node.focus();
    if (each.url && safeLink(each.url)) open(each.url, "_blank", "noopener,noreferrer");
    tell(place, each.value, node);
  }}}, textObject(each.text), each.description ? h("span", {class: "choice-description"}, textObject(each.description)) : null))));
  node.addEventListener("click", () => toggle(list.hidden));
  root.addEventListener("focusout", (event) => { if (!root.contains(event.relatedTarget)) toggle(false); });
  root.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const all = [...list.querySelectorAll("button")];
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (step) {
      event.preventDefault();
      all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      toggle(false);
      node.focus();
    }
  });
  return root;
}

const makers = {
  button,
  overflow,
  static_select: staticSelect(false),
  multi_static_select: staticSelect(true),
  external_select: externalSelect(false),
  multi_external_select: externalSelect(true),
  users_select: usersSelect(false),
  multi_users_select: usersSelect(true),
  conversations_select: conversationsSelect(false),
  multi_conversations_select: conversationsSelect(true),
  channels_select: conversationsSelect(false, true),
  multi_channels_select: conversationsSelect(true, true),
  checkboxes: choices("checkbox"),
  radio_buttons: choices("radio"),
  datepicker: dateField("date"),
  timepicker: dateField("time"),
  datetimepicker: dateField("datetime-local"),
  plain_text_input: textField("text"),
  number_input: textField("number"),
  email_text_input: textField("email"),
  url_text_input: textField("url"),
  rich_text_input: textField("rich"),
  file_input: fileField,
};

/** Where an entry of `state.values` carries its value. */
const valueNames = ["selected_option", "selected_options", "selected_user", "selected_users", "selected_conversation",
  "selected_conversations", "selected_channel", "selected_channels", "selected_date", "selected_time",
  "selected_date_time", "value", "rich_text_value", "files"];

export function stateValue(state, block, item) {
  const entry = state?.values?.[block.block_id]?.[item.action_id];
  if (!entry) return initialValue(item);
  const name = valueNames.find((each) => each in entry);
  return name ? entry[name] : null;
}

function initialValue(item) {
  const name = Object.keys(item).find((each) => each.startsWith("initial_"));
  return name ? item[name] : null;
}
