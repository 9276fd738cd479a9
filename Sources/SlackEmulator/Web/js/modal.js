// The modals of a person, one upon the other: the topmost is shown.

import {h, fill, icon, iconButton, rememberFocus} from "./dom.js";
import {post} from "./api.js";
import {store, on} from "./store.js";
import {take} from "./sync.js";
import {blocks} from "./blocks.js";
import {stateValue} from "./elements.js";
import {textObject, textOf} from "./mrkdwn.js";
import {jsonView} from "./json.js";
import {refusalNote, findings} from "./notes.js";
import {trapFocus} from "./dialogs.js";
import {avatar} from "./people.js";

const inputDelay = 400;

let dialog = null;
/** What is drawn: the view's id and hash, and whether as JSON. */
let drawnAs = null;
/** What was typed here and has not reached the emulator yet, by view, block and action. */
const entered = new Map();
const timers = new Map();
let trouble = null;
let isBusy = false;
let showsJSON = false;
let opener = null;

const top = () => store.views.at(-1) ?? null;

function valuesOf(view) { return entered.get(view.id) ?? {}; }

/** As an element holds it: options whole, texts as they are. */
function shownValue(item, given) {
  const find = (value) => (item.options ?? item.option_groups?.flatMap((group) => group.options) ?? []).find((each) => each.value === value)
    ?? store.offered?.get(value);
  if (/select$/.test(item.type) && !/users|conversations|channels/.test(item.type) || ["radio_buttons", "checkboxes"].includes(item.type)) {
    return Array.isArray(given) ? given.map(find).filter(Boolean) : given === null ? null : find(given) ?? null;
  }
  return given;
}

function contextOf(view) {
  const place = {user: store.me.id, view_id: view.id};
  return {
    key: view.id, surface: "modal", errors: view.errors, redraw: () => draw(true),
    value(block, item) {
      const mine = valuesOf(view)[block.block_id];
      return mine && item.action_id in mine ? shownValue(item, mine[item.action_id]) : stateValue(view.state, block, item);
    },
    change(block, item, given) {
      const all = entered.get(view.id) ?? {};
      (all[block.block_id] ??= {})[item.action_id] = given;
      entered.set(view.id, all);
      // Other tabs of this person, and updates by the app, find what was typed.
      clearTimeout(timers.get(view.id));
      timers.set(view.id, setTimeout(() => hand(view.id), inputDelay));
    },
    async act(block, item, given) {
      clearTimeout(timers.get(view.id));
      const answer = await post("view/action", {...place, block_id: block.block_id, action_id: item.action_id, value: given, values: valuesOf(view)});
      if (answer.views) take(answer);
      return answer;
    },
    async suggest(block, item, query) {
      const answer = await post("options", {...place, block_id: block.block_id, action_id: item.action_id, query});
      const offered = answer.options ?? answer.option_groups?.flatMap((group) => group.options) ?? [];
      store.offered ??= new Map();
      for (const each of offered) store.offered.set(each.value, each);
      return answer;
    },
  };
}

async function hand(id) {
  const values = entered.get(id);
  if (!values || !store.views.some((view) => view.id === id)) return;
  const sent = JSON.stringify(values);
  const answer = await post("view/input", {user: store.me.id, view_id: id, values});
  // What was typed meanwhile stays ours until it has been sent, too.
  if (answer.ok && JSON.stringify(entered.get(id)) === sent) entered.delete(id);
}

async function submit(view) {
  if (isBusy) return;
  isBusy = true;
  trouble = null;
  clearTimeout(timers.get(view.id));
  draw(true);
  const values = valuesOf(view);
  const answer = await post("view/submit", {user: store.me.id, view_id: view.id, values: Object.keys(values).length > 0 ? values : undefined});
  isBusy = false;
  if (answer.ok || answer.error === "invalid_input") entered.delete(view.id);
  else trouble = answer;
  if (answer.views) take(answer);
  draw(true);
  if (answer.error === "invalid_input") dialog?.querySelector("[aria-invalid=true], .invalid input, .invalid button")?.focus();
}

async function close(view, all) {
  entered.delete(view.id);
  clearTimeout(timers.get(view.id));
  trouble = null;
  const answer = await post("view/close", {user: store.me.id, view_id: all ? undefined : view.id, all: all || undefined});
  if (answer.views) take(answer);
}

function troubleNote() {
  if (!trouble) return null;
  const delivery = trouble.deliveries?.[0];
  if (trouble.findings?.length) {
    let payload;
    try { payload = JSON.parse(delivery.body).view; } catch { payload = delivery?.body; }
    return refusalNote({title: "The app's answer was refused", error: trouble.error, lines: trouble.findings, payload});
  }
  return h("div", {class: "modal-trouble", role: "alert"}, icon("warning"), h("div", {}, h("strong", {}, trouble.message ?? trouble.error),
    delivery?.failure ? h("div", {class: "muted"}, delivery.failure) : null));
}

/** Draws the topmost view, if it is another than before or `isForced`. */
function draw(isForced = false) {
  const view = top();
  if (!view) {
    if (dialog) {
      const old = dialog;
      dialog = null;
      drawnAs = null;
      showsJSON = false;
      trouble = null;
      old.close();
      old.remove();
      if (opener?.isConnected) opener.focus({preventScroll: true});
      else document.getElementById("composer-text")?.focus({preventScroll: true});
    }
    return;
  }
  const mark = `${view.id} ${view.hash} ${showsJSON} ${JSON.stringify(view.errors)} ${store.views.length}`;
  const isOther = drawnAs?.id !== view.id;
  // Entries of other tabs come in without a new hash; where somebody is typing, they wait.
  const state = JSON.stringify(view.state);
  const isMineFresh = entered.has(view.id) || drawnAs?.state === state;
  if (!isForced && drawnAs?.mark === mark && isMineFresh) return;
  if (isOther) { showsJSON = false; if (drawnAs) trouble = null; }
  if (!dialog) {
    opener = document.activeElement;
    dialog = h("dialog", {class: "dialog modal"});
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      const view = top();
      if (view) close(view, false);
    });
    trapFocus(dialog);
    document.body.append(dialog);
    dialog.showModal();
  }
  const restore = rememberFocus(dialog);
  const scroll = isOther ? 0 : dialog.querySelector(".dialog-body")?.scrollTop ?? 0;
  const depth = store.views.length;
  const title = textOf(view.title);
  dialog.setAttribute("aria-label", title);
  dialog.dataset.view = view.id;
  dialog.dataset.callback = view.callback_id;
  const hasSubmit = Boolean(view.submit);
  const form = h("form", {class: "modal-form", novalidate: true, on: {submit: (event) => { event.preventDefault(); if (hasSubmit) submit(view); }}},
    h("header", {class: "dialog-head"}, depth > 1 ? iconButton("back", "Back", () => close(view, false)) : avatar(null, {isApp: true, size: "small"}),
      h("h2", {}, textObject(view.title)), depth > 1 ? h("span", {class: "muted depth"}, `${depth} deep`) : null,
      h("button", {type: "button", class: "icon-button", "aria-label": "JSON", title: "Show the view as JSON", "aria-pressed": String(showsJSON), data: {key: "modal-json"}, on: {click: () => { showsJSON = !showsJSON; draw(true); }}}, icon("code")),
      iconButton("close", "Close", () => close(view, true))),
    h("div", {class: "dialog-body"}, troubleNote(), showsJSON ? jsonView(view, {label: "The view as JSON"}) : blocks(view.blocks, contextOf(view))),
    h("footer", {class: "dialog-foot"},
      h("button", {type: "button", class: "button", data: {key: "modal-close"}, on: {click: () => close(view, false)}}, textOf(view.close) || "Cancel"),
      hasSubmit ? h("button", {type: "submit", class: `button primary${isBusy ? " busy" : ""}`, "aria-busy": isBusy ? "true" : null, disabled: view.submit_disabled === true, data: {key: "modal-submit"}}, textObject(view.submit)) : null));
  const hadFields = drawnAs?.hasFields ?? false;
  fill(dialog, form);
  const hasFields = dialog.querySelector(".dialog-body :is(input, textarea)") !== null;
  dialog.querySelector(".dialog-body").scrollTop = scroll;
  drawnAs = {id: view.id, mark, state, hasFields};
  // A loading view that was updated counts as another one.
  if (isOther || (hasFields && !hadFields)) focusFirst(view); else restore();
  if (!dialog.contains(document.activeElement) || document.activeElement === dialog) focusFirst(view);
}

function focusFirst(view) {
  const wanted = view.blocks.find((block) => block.element?.focus_on_load);
  const within = wanted ? dialog.querySelector(`[data-block-id="${CSS.escape(wanted.block_id)}"]`) : dialog.querySelector(".dialog-body");
  const field = within?.querySelector("input:not([type=hidden]):not([disabled]), textarea, .dialog-body button:not(.json-copy)")
    ?? dialog.querySelector("[data-key=modal-submit], [data-key=modal-close]");
  field?.focus({preventScroll: false});
}

export function startModals() {
  on("views", () => draw());
  on(["world"], () => { if (dialog) draw(true); });
}
