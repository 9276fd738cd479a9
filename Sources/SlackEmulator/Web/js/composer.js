// Where messages and commands are typed.

import {h, icon, fill, uniqueID, toast} from "./dom.js";
import {post} from "./api.js";
import {store, user} from "./store.js";
import {escaped} from "./mrkdwn.js";
import {runShortcut} from "./about.js";

/** What was typed and not sent, by place: it survives looking elsewhere. */
const drafts = new Map();

/** As Slack sends what people type: entities encoded, `@ada` and `#ops` as references. */
function typed(text) {
  return escaped(text)
    .replace(/(^|[\s(])@([a-z0-9._-]+)/gi, (whole, lead, name) => {
      const person = store.world.users.find((each) => each.name === name && each.team === store.me.team) ?? store.world.users.find((each) => each.name === name);
      if (person) return `${lead}<@${person.id}>`;
      const group = store.world.usergroups.find((each) => each.handle === name);
      return group ? `${lead}<!subteam^${group.id}>` : ["here", "channel", "everyone"].includes(name) ? `${lead}<!${name}>` : whole;
    })
    .replace(/(^|[\s(])#([a-z0-9._-]+)/gi, (whole, lead, name) => {
      const found = [...store.conversations.values()].find((each) => each.name === name);
      return found ? `${lead}<#${found.id}>` : whole;
    });
}

export function composer({channel, thread, label, id}) {
  const listID = uniqueID("commands");
  const place = `${store.me.id} ${channel} ${thread ?? ""}`;
  const list = h("ul", {id: listID, class: "completions", role: "listbox", "aria-label": "Commands", hidden: true});
  const text = h("textarea", {id, rows: "1", placeholder: label, "aria-label": label, "aria-autocomplete": "list", "aria-controls": listID, "aria-expanded": "false", role: "combobox", spellcheck: "true"});
  const error = h("p", {class: "composer-error", role: "alert"});
  const send = h("button", {type: "button", class: "icon-button send", "aria-label": "Send", title: "Send (Enter)", on: {click: submit}}, icon("send"));
  let shown = [];
  let active = 0;
  let isBusy = false;
  text.value = drafts.get(place) ?? "";

  function grow() {
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight, 180)}px`;
    send.disabled = text.value.trim() === "";
  }

  function complete() {
    const word = /^\/\S*$/.exec(text.value)?.[0];
    shown = word && !thread ? store.commands.filter((each) => each.command.startsWith(word)) : [];
    active = 0;
    list.hidden = shown.length === 0;
    text.setAttribute("aria-expanded", String(!list.hidden));
    fill(list, shown.map((each, index) => h("li", {id: `${listID}-${index}`, role: "option", class: "option", "aria-selected": "false",
      on: {mousedown: (event) => { event.preventDefault(); choose(each); }}},
    h("span", {class: "option-text"}, h("strong", {}, each.command), " ", h("span", {class: "option-detail"}, each.usage_hint)), h("span", {class: "option-description"}, each.description))));
    mark(0);
  }

  function mark(index) {
    active = index;
    [...list.children].forEach((row, each) => {
      row.classList.toggle("active", each === index);
      row.setAttribute("aria-selected", String(each === index));
    });
    if (list.hidden) text.removeAttribute("aria-activedescendant");
    else text.setAttribute("aria-activedescendant", `${listID}-${index}`);
  }

  function choose(command) {
    text.value = `${command.command} `;
    text.focus();
    complete();
    grow();
  }

  async function submit() {
    const line = text.value.trim();
    if (line === "" || isBusy) return;
    isBusy = true;
    error.textContent = "";
    send.classList.add("busy");
    const before = text.value;
    text.value = "";
    drafts.delete(place);
    complete();
    grow();
    const isCommand = /^\/[a-z]/i.test(line) && !thread;
    const answer = isCommand ? await post("command", {user: store.me.id, channel, text: line})
      : await post("message", {user: store.me.id, channel, text: typed(line), thread_ts: thread});
    isBusy = false;
    send.classList.remove("busy");
    if (answer.ok) return;
    error.textContent = answer.message ?? answer.error;
    // Nothing that was typed is lost because it failed.
    if (text.value === "") { text.value = before; grow(); }
  }

  text.addEventListener("input", () => { drafts.set(place, text.value); error.textContent = ""; complete(); grow(); });
  text.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (!list.hidden) {
      const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
      if (step) { event.preventDefault(); mark((active + step + shown.length) % shown.length); return; }
      if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); shown = []; list.hidden = true; text.setAttribute("aria-expanded", "false"); return; }
      const isWhole = shown[active]?.command === text.value.trim();
      if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && !isWhole)) {
        event.preventDefault();
        choose(shown[active]);
        return;
      }
    }
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); submit(); }
  });
  text.addEventListener("blur", () => { list.hidden = true; text.setAttribute("aria-expanded", "false"); });
  requestAnimationFrame(grow);
  const shortcuts = thread ? [] : store.shortcuts.filter((each) => each.type === "global");
  return h("div", {class: "composer"}, list,
    h("div", {class: "composer-box"}, shortcuts.map((each) => h("button", {type: "button", class: "icon-button shortcut", title: each.name, "aria-label": each.name, data: {shortcut: each.callback_id},
      on: {click: (event) => runShortcut(each, event.currentTarget)}}, icon("bolt"))), text, send), error);
}
