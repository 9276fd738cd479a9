// What the program around this Slack says of itself, who has access now, and how to begin.

import {h, fill, icon, toast} from "./dom.js";
import {post} from "./api.js";
import {store, on, conversationName, roleOf, displayName} from "./store.js";
import {ago} from "./dates.js";
import {link} from "./mrkdwn.js";

const bar = document.getElementById("about");
const known = new Set();

function drawBar() {
  const {grants, links = []} = store.about;
  if (!grants && links.length === 0) { fill(bar); return; }
  const isOpen = bar.querySelector("details")?.open ?? false;
  const rows = (grants ?? []).map((grant) => {
    const isNew = !known.has(grant.run) && known.size > 0;
    return h("tr", {class: isNew ? "changed" : ""}, h("td", {}, h("strong", {}, grant.identity)), h("td", {}, grant.target), h("td", {}, h("span", {class: "time"}, ago(new Date(grant.since)))));
  });
  known.add("");
  for (const grant of grants ?? []) known.add(grant.run);
  fill(bar, h("details", {class: "access", open: isOpen},
    h("summary", {}, icon("key", 15), h("span", {}, "Who has access now"), h("span", {class: `count${rows.length > 0 ? " good" : ""}`, "data-grants": rows.length}, String(rows.length)),
      h("span", {class: "access-names"}, (grants ?? []).map((grant) => `${grant.identity} → ${grant.target}`).join(", ") || "nobody")),
    h("div", {class: "access-body"}, rows.length > 0 ? h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, "Who"), h("th", {}, "To what"), h("th", {}, "Since"))), h("tbody", {}, rows))
      : h("p", {class: "muted"}, "Nobody. When a request is approved, access is switched on in the target system, and it is listed here until it is switched off."),
    links.map((each) => h("p", {}, link(each.url, each.label))))));
}

/** What an empty conversation says: how to begin. */
export function welcome(each) {
  const shortcuts = store.shortcuts.filter((one) => one.type === "global");
  const command = store.commands[0];
  return h("div", {class: "empty"},
    h("h3", {}, each ? (each.kind === "public" || each.kind === "private" ? `#${each.name}` : conversationName(each)) : store.world.app.name),
    h("p", {}, `You are ${displayName(store.me)} (${roleOf(store.me)}). Nothing was said here yet.`),
    command ? [h("p", {}, "Type ", h("code", {}, command.command), " below and press Enter", shortcuts.length > 0 ? ", or:" : "."),
      shortcuts.map((one) => h("button", {type: "button", class: "button primary", data: {shortcut: one.callback_id}, on: {click: (event) => runShortcut(one, event.currentTarget)}}, icon("bolt", 15), one.name)), each?.is_member === false ? null : tries(each)]
      : h("p", {class: "muted"}, `${store.world.app.name} is not installed in your workspace: you have no commands of it, but you can use the buttons of its cards.`));
}

/** What the program around this Slack offers to begin with: one click each. */
function tries(each) {
  const all = store.about.tries ?? [];
  if (all.length === 0) return null;
  const run = async (command, button) => {
    button.classList.add("busy");
    const answer = await post("command", {user: store.me.id, channel: each?.id ?? "@app", text: command});
    button.classList.remove("busy");
    if (!answer.ok) toast(answer.message ?? answer.error, "error");
  };
  return h("div", {class: "tries", role: "group", "aria-label": "Try"}, all.map((one) =>
    h("button", {type: "button", class: "small-button", title: one.command, on: {click: (event) => run(one.command, event.currentTarget)}}, one.label)));
}

export async function runShortcut(shortcut, button) {
  button?.classList.add("busy");
  const answer = await post("shortcut", {user: store.me.id, callback_id: shortcut.callback_id});
  button?.classList.remove("busy");
  if (!answer.ok) toast(answer.message ?? answer.error, "error");
}

export function startAbout() { on(["about", "clock"], drawBar); }
