// Left: the workspace, its channels and DMs with what is unread, the app, and who this tab is.

import {h, fill, icon, rememberFocus} from "./dom.js";
import {store, on, emit, conversationName, displayName, roleOf, unreadCount, isAppDirect, appBot, workspace, appDirect, user} from "./store.js";
import {avatar, choosePerson} from "./people.js";

const root = document.getElementById("sidebar");
const app = document.getElementById("app");

export function show(id, tab = "messages") {
  store.current = id;
  store.tab = tab;
  try { sessionStorage.setItem(`current:${store.me.id}`, id); } catch { /* forgotten with the page */ }
  setSidebar(false);
  emit("current");
}

export function setSidebar(isOpen) {
  app.classList.toggle("sidebar-open", isOpen);
  document.getElementById("sidebar-button")?.setAttribute("aria-expanded", String(isOpen));
  if (isOpen) root.querySelector("[aria-current=page]")?.focus();
}

function entry(id, sign, name, count, {detail, isCurrent}) {
  return h("li", {}, h("button", {
    type: "button", class: `entry${count > 0 ? " unread" : ""}`, "aria-current": isCurrent ? "page" : null, data: {key: `entry ${id}`, channel: id},
    on: {click: () => show(id)},
  }, h("span", {class: "entry-sign"}, sign), h("span", {class: "entry-name"}, name), detail ? h("span", {class: "entry-detail"}, detail) : null,
  count > 0 ? h("span", {class: "count", "aria-label": `${count} unread`}, String(count)) : null));
}

function draw() {
  if (!store.me) return;
  const restore = rememberFocus(root);
  const scroll = root.querySelector(".entries")?.scrollTop ?? 0;
  const all = [...store.conversations.values()];
  const isShown = (each) => each.id === store.current;
  const channels = all.filter((each) => each.kind === "public" || each.kind === "private").sort((left, right) => left.name.localeCompare(right.name));
  const directs = all.filter((each) => (each.kind === "im" || each.kind === "mpim") && !isAppDirect(each));
  const direct = appDirect();
  const mine = workspace(store.me.team);
  const channelEntry = (each) => entry(each.id, each.kind === "private" ? icon("lock", 14) : "#", each.name, unreadCount(each), {
    isCurrent: isShown(each),
    detail: each.is_ext_shared ? h("span", {class: "shared", title: "Shared with another organisation"}, "shared") : !each.is_member ? h("span", {class: "muted"}, "not joined") : null,
  });
  fill(root,
    h("div", {class: "workspaces", role: "group", "aria-label": "Workspaces"}, store.world.workspaces.map((each) => h("button", {
      type: "button", class: "workspace", "aria-pressed": String(each.id === store.me.team), title: each.name, "aria-label": each.name, data: {key: `workspace ${each.id}`},
      on: {click: () => choosePerson(each.id)},
    }, [...each.name][0]))),
    h("div", {class: "sidebar-main"},
      h("div", {class: "workspace-name"}, mine?.name ?? ""),
      h("div", {class: "entries"},
        h("h2", {}, "Channels"), h("ul", {}, channels.map(channelEntry)),
        directs.length > 0 ? [h("h2", {}, "Direct messages"), h("ul", {}, directs.map((each) =>
          entry(each.id, avatar(user(each.members.find((id) => id !== store.me.id)), {size: "small"}), conversationName(each), unreadCount(each), {isCurrent: isShown(each)})))] : null,
        appBot() || direct ? [h("h2", {}, "Apps"), h("ul", {}, entry(direct?.id ?? "@app", avatar(null, {isApp: true, size: "small"}), store.world.app.name, direct ? unreadCount(direct) : 0,
          {isCurrent: store.current === "@app" || store.current === direct?.id}))] : null),
      h("button", {type: "button", class: "me", "aria-haspopup": "dialog", "aria-label": `You are ${displayName(store.me)}, ${roleOf(store.me)}. Be somebody else`, data: {key: "me"}, on: {click: () => choosePerson(store.me.team)}},
        avatar(store.me), h("span", {class: "person-text"}, h("span", {class: "person-name"}, displayName(store.me)), h("span", {class: "person-role"}, roleOf(store.me))), icon("down", 14))));
  root.querySelector(".entries").scrollTop = scroll;
  const unread = all.reduce((sum, each) => sum + unreadCount(each), 0);
  document.title = `${unread > 0 ? `(${unread}) ` : ""}${displayName(store.me)} · ${mine?.name ?? "Slack"} (emulated)`;
  document.getElementById("sidebar-button")?.classList.toggle("has-unread", unread > 0);
  restore();
}

export function startSidebar() {
  on(["conversations", "current", "world"], draw);
  root.addEventListener("keydown", (event) => {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    const entries = [...root.querySelectorAll(".entry")];
    const index = entries.indexOf(document.activeElement);
    if (step && index >= 0) {
      event.preventDefault();
      entries[(index + step + entries.length) % entries.length].focus();
    } else if (event.key === "Escape") setSidebar(false);
  });
  document.getElementById("main").addEventListener("click", () => { if (app.classList.contains("sidebar-open")) setSidebar(false); }, true);
}
