// Above the messages: what is shown, its members, and the switches of this page itself.

import {h, fill, icon, iconButton} from "./dom.js";
import {store, on, emit, conversationName, currentConversation, displayName, user, roleOf, isBot, isAppDirect, appDirect} from "./store.js";
import {setSidebar} from "./sidebar.js";
import {toggleDeveloper} from "./developer.js";
import {showDialog} from "./dialogs.js";
import {avatar} from "./people.js";
import {isDark, toggleTheme} from "./theme.js";
import {isRefusal} from "./notes.js";

const root = document.getElementById("header");

function members(each) {
  showDialog({title: `Members of ${conversationName(each)}`, body: h("ul", {class: "people"}, each.members.map(user).filter(Boolean).map((one) =>
    h("li", {class: "person-row"}, h("span", {class: "person"}, avatar(one), h("span", {class: "person-text"},
      h("span", {class: "person-name"}, isBot(one.id) ? store.world.app.name : displayName(one)), h("span", {class: "person-role"}, roleOf(one)))))))});
}

function draw() {
  const each = currentConversation();
  const isApp = store.current === "@app" || isAppDirect(each);
  const tab = (name, title) => h("button", {type: "button", role: "tab", "aria-selected": String(store.tab === name), on: {click: () => { store.tab = name; emit("current"); }}}, title);
  const failures = store.calls.filter((call) => isRefusal(call) && Date.parse(call.at) >= store.openedAt).length;
  const sign = each?.kind === "public" ? "#" : each?.kind === "private" ? icon("lock", 16) : null;
  fill(root,
    h("button", {type: "button", id: "sidebar-button", class: "icon-button only-narrow", "aria-label": "Conversations", "aria-controls": "sidebar", "aria-expanded": "false", on: {click: () => setSidebar(true)}}, icon("menu")),
    h("div", {class: "header-title"}, h("h1", {}, sign, isApp ? store.world.app.name : conversationName(each)),
      isApp ? h("div", {class: "tabs", role: "tablist", "aria-label": store.world.app.name}, tab("home", "Home"), tab("messages", "Messages")) : null,
      each && !isApp ? h("button", {type: "button", class: "small-button", "aria-label": `${each.members.length} members`, on: {click: () => members(each)}}, `${each.members.length}`, h("span", {class: "only-wide"}, " members")) : null,
      each?.is_ext_shared ? h("span", {class: "badge outside"}, "shared") : null,
      each?.topic ? h("span", {class: "topic only-wide"}, each.topic) : null),
    iconButton(isDark() ? "sun" : "moon", isDark() ? "Light colours" : "Dark colours", () => { toggleTheme(); draw(); root.querySelector("[data-key=theme]").focus(); }, {data: {key: "theme"}}),
    h("button", {type: "button", class: "small-button", id: "developer-button", "aria-controls": "developer", "aria-expanded": String(!document.getElementById("developer").hidden), title: "What goes back and forth between Slack and the app", on: {click: () => toggleDeveloper()}},
      icon("wrench", 15), h("span", {class: "only-wide"}, "Developer"), failures > 0 ? h("span", {class: "count danger", "aria-label": `${failures} refused`}, String(failures)) : null));
}

const connection = document.getElementById("connection");

export function startHeader() {
  on(["current", "conversations", "world"], draw);
  let last = "";
  on("calls", (call) => {
    if (call && !isRefusal(call)) return;
    const state = String(store.calls.filter(isRefusal).length);
    if (state !== last) { last = state; draw(); }
  });
  on("connection", () => {
    const isLost = store.connection !== "live";
    document.getElementById("app").dataset.connection = store.connection;
    connection.hidden = !isLost;
    fill(connection, isLost ? [h("span", {class: "spinner"}), "Reconnecting… What happens meanwhile is not lost."] : null);
  });
}
