// Who this tab is, and how to be somebody else.

import {h, icon} from "./dom.js";
import {showDialog} from "./dialogs.js";
import {readPeople} from "./sync.js";
import {store, displayName, roleOf, isBot} from "./store.js";

const hues = 8;

/** A coloured square with initials; the app has a picture of its own. */
export function avatar(person, {isApp = false, size = ""} = {}) {
  if (isApp || (person && isBot(person.id))) return h("span", {class: `avatar app ${size}`, "aria-hidden": "true"}, icon("check", size === "small" ? 12 : 18));
  const name = displayName(person);
  const initials = name.split(/\s+/).map((word) => [...word][0]).filter(Boolean).slice(0, 2).join("").toUpperCase();
  let sum = 0;
  for (const letter of person?.id ?? "") sum = (sum * 31 + letter.codePointAt(0)) % 9973;
  return h("span", {class: `avatar hue-${sum % hues} ${size}`, "aria-hidden": "true"}, initials);
}

/** The address of this page as somebody. */
export const addressOf = (person) => `/?user=${encodeURIComponent(person.id)}`;

function person(each, isMe) {
  return h("li", {class: "person-row"},
    h("a", {class: `person${isMe ? " current" : ""}`, href: addressOf(each), "aria-current": isMe ? "true" : null, "aria-disabled": each.deactivated ? "true" : null},
      avatar(each), h("span", {class: "person-text"}, h("span", {class: "person-name"}, displayName(each)), h("span", {class: "person-role"}, roleOf(each))),
      isMe ? h("span", {class: "badge"}, "this tab") : null),
    h("a", {class: "icon-button", href: addressOf(each), target: "_blank", rel: "noopener", "aria-label": `Open a tab as ${displayName(each)}`, title: "Open in a new tab"}, icon("external", 16)));
}

/** Everybody, by workspace; `scope` is the workspace to begin with. */
export async function choosePerson(scope) {
  await readPeople();
  const order = [...store.world.workspaces].sort((left, right) => (right.id === scope) - (left.id === scope));
  const body = order.map((each) => h("section", {class: "people-group"},
    h("h3", {}, each.name, each.installed ? null : h("span", {class: "muted"}, " — a customer; the app is not installed there")),
    h("ul", {class: "people"}, store.world.users.filter((one) => one.team === each.id && one.kind !== "bot" && !isBot(one.id))
      .map((one) => person(one, one.id === store.me?.id)))));
  const dialog = showDialog({title: store.me ? "Be somebody else" : "Who are you?", className: "people-dialog",
    body: [h("p", {class: "muted"}, "Each tab remembers who it is. Open several to play all parts."), body]});
  (dialog.querySelector(".person.current") ?? dialog.querySelector(".person"))?.focus();
}

/** Who this tab was: by its address, else as it remembers, else nobody. */
export function rememberedPerson() {
  const named = new URLSearchParams(location.search).get("user");
  let kept = null;
  try { kept = sessionStorage.getItem("user"); } catch { /* storage is switched off */ }
  const find = (text) => text && store.world.users.find((each) => !isBot(each.id) && (each.id === text || each.name === text));
  return find(named) ?? find(kept) ?? null;
}

export function remember(each) {
  try { sessionStorage.setItem("user", each.id); } catch { /* the address remembers */ }
  const address = new URL(location.href);
  address.searchParams.set("user", each.id);
  history.replaceState(null, "", address);
}
