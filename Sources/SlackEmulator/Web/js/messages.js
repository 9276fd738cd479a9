// The conversation in the middle, and the thread beside it.

import {h, fill, icon, iconButton, rememberFocus, toast} from "./dom.js";
import {get, post} from "./api.js";
import {store, on, emit, user, isBot, displayName, conversationName, currentConversation, markRead, workspace, roleOf, appBot, isAppDirect} from "./store.js";
import {blocks, attachments} from "./blocks.js";
import {stateValue} from "./elements.js";
import {mrkdwn} from "./mrkdwn.js";
import {jsonView} from "./json.js";
import {callNote, refusalsIn} from "./notes.js";
import {clockTime, dayLabel, fullTime} from "./dates.js";
import {avatar} from "./people.js";
import {homeView} from "./home.js";
import {composer} from "./composer.js";
import {welcome} from "./about.js";

/** Message nodes by conversation, time and place, with what they show: those that have not changed stay. */
const drawn = new Map();
const withJSON = new Set();
let shownConversation = null;

const timeOf = (ts) => new Date(Number(ts) * 1000);

/** What a message lends to its elements. */
function messageContext(message, redraw) {
  const place = {user: store.me.id, channel: message.channel, ts: message.ts};
  return {
    key: `${message.channel}/${message.ts}`, surface: "message", redraw,
    value: (block, item) => stateValue(message.state, block, item),
    change: () => {},
    act: (block, item, given) => post("click", {...place, block_id: block.block_id, action_id: item.action_id, value: given}),
    suggest: (block, item, query) => post("options", {...place, block_id: block.block_id, action_id: item.action_id, query}),
  };
}

function messageNode(message, {inThread = false, replies = []} = {}) {
  const author = user(message.user);
  const isApp = Boolean(message.bot_id);
  const name = message.username ?? (isApp ? store.world.app.name : displayName(author));
  const date = timeOf(message.ts);
  const key = `${message.channel}/${message.ts}`;
  const redraw = () => { drawn.delete(`${inThread}/${key}`); draw(); };
  const context = messageContext(message, redraw);
  const from = author && author.team !== store.me.team ? workspace(author.team)?.name : null;
  const showsJSON = withJSON.has(key);
  const toggle = h("button", {type: "button", class: "icon-button", "aria-label": "JSON", title: "Show the payload as JSON", "aria-pressed": String(showsJSON), data: {key: `${key}/json`}, on: {click: () => {
    if (showsJSON) withJSON.delete(key); else withJSON.add(key);
    redraw();
  }}}, icon("code", 16));
  const tools = h("div", {class: "tools"}, message.ephemeral || inThread ? null : iconButton("thread", "Reply in a thread", () => openThread(message), {data: {key: `${key}/thread`}}),
    message.ephemeral ? null : messageShortcuts(message), toggle);
  const body = showsJSON ? jsonView(payloadOf(message), {label: "The message as JSON"})
    : [message.blocks?.length ? blocks(message.blocks, context) : message.text ? h("div", {class: "text"}, mrkdwn(message.text)) : null,
      attachments(message.attachments, context)];
  return h("article", {class: `message${message.ephemeral ? " ephemeral" : ""}`, "aria-label": `${name}, ${clockTime(date)}`, data: {ts: message.ts}},
    message.ephemeral ? h("div", {class: "only-you"}, icon("eye", 14), "Only visible to you") : null,
    message.subtype === "thread_broadcast" ? h("div", {class: "only-you"}, icon("thread", 14), "Also sent to the conversation") : null,
    avatar(author, {isApp}),
    h("div", {class: "message-main"},
      h("div", {class: "message-head"}, h("strong", {}, name), isApp ? h("span", {class: "badge"}, "App") : null,
        from ? h("span", {class: "badge outside", title: roleOf(author)}, from) : null,
        h("time", {class: "time", datetime: date.toISOString(), title: fullTime(date)}, clockTime(date)),
        message.edited ? h("span", {class: "edited", title: fullTime(timeOf(message.edited.ts))}, "(edited)") : null),
      h("div", {class: "message-body"}, body),
      !inThread && replies.length > 0 ? h("button", {type: "button", class: "replies", data: {key: `${key}/replies`}, on: {click: () => openThread(message)}},
        replies.slice(-3).map((reply) => avatar(user(reply.user), {isApp: Boolean(reply.bot_id), size: "small"})),
        `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`, h("span", {class: "time"}, clockTime(timeOf(replies.at(-1).ts)))) : null),
    tools);
}

/** As the app would know it: without what this emulator adds for its page. */
function payloadOf(message) {
  const {ephemeral, only_for, state, ...payload} = message;
  return payload;
}

function messageShortcuts(message) {
  const all = store.shortcuts.filter((each) => each.type === "message");
  return all.map((each) => iconButton("bolt", each.name, async () => {
    const answer = await post("shortcut", {user: store.me.id, callback_id: each.callback_id, channel: message.channel, ts: message.ts});
    if (!answer.ok) toast(answer.message ?? answer.error, "error");
  }));
}

/** Draws messages into `root`, keeping the nodes of those that have not changed. */
function drawList(root, items, place) {
  const restore = rememberFocus(root);
  const nodes = [];
  let day = null;
  for (const item of items) {
    const label = dayLabel(item.date);
    if (label !== day) {
      day = label;
      nodes.push(h("div", {class: "day", role: "separator", "aria-label": label}, h("span", {}, label)));
    }
    const key = `${place}/${item.key}`;
    const known = drawn.get(key);
    if (known?.text === item.text) { nodes.push(known.node); continue; }
    const node = item.make();
    // A card that changes under one's eyes says so.
    if (known && item.isMessage && known.content !== item.content) node.classList.add("changed");
    drawn.set(key, {text: item.text, content: item.content, node});
    nodes.push(node);
  }
  const old = [...root.children];
  if (old.length !== nodes.length || old.some((node, index) => node !== nodes[index])) root.replaceChildren(...nodes);
  restore();
}

function messageItem(message, options, place) {
  const key = `${message.channel}/${message.ts}`;
  const content = JSON.stringify([message.blocks, message.text, message.attachments]);
  const replies = options.replies ?? [];
  return {
    key, date: timeOf(message.ts), isMessage: true, content,
    text: JSON.stringify([message, replies.map((each) => each.ts), withJSON.has(key), store.me.id, place]),
    make: () => messageNode(message, options),
  };
}

function itemsOf(each) {
  const top = each.messages.filter((message) => !message.thread_ts || message.thread_ts === message.ts || message.subtype === "thread_broadcast");
  const items = top.map((message) => messageItem(message, {replies: repliesTo(each, message.ts)}, "main"));
  for (const call of refusalsIn(each.id)) {
    items.push({key: `call ${call.id}`, date: new Date(call.at), text: String(call.id), make: () => callNote(call)});
  }
  return items.sort((left, right) => left.date - right.date);
}

const repliesTo = (each, ts) => each.messages.filter((message) => message.thread_ts === ts && message.ts !== ts);

// MARK: The middle

const log = document.getElementById("log");
const composerPlace = document.getElementById("composer");

function isAtEnd() { return log.scrollHeight - log.scrollTop - log.clientHeight < 60; }

export function draw() {
  const each = currentConversation();
  const isApp = store.current === "@app" || isAppDirect(each);
  const isHome = isApp && store.tab === "home";
  composerPlace.hidden = isHome;
  if (isHome) {
    shownConversation = "home";
    homeView(log);
    return;
  }
  const name = store.current;
  const isNew = shownConversation !== name;
  const wasAtEnd = isNew || isAtEnd();
  if (isNew) { log.replaceChildren(); shownConversation = name; }
  if (!each || !each.is_member) {
    fill(log, each ? preview(each) : welcome(null));
    return;
  }
  const items = itemsOf(each);
  if (items.length === 0) fill(log, welcome(each));
  else {
    log.querySelector(".empty")?.remove();
    drawList(log, items, "false");
  }
  if (wasAtEnd) log.scrollTop = log.scrollHeight;
  if (document.visibilityState === "visible") markRead(each);
}

function preview(each) {
  const join = h("button", {type: "button", class: "button primary", on: {click: async () => {
    const answer = await post("channel/join", {user: store.me.id, channel: each.id});
    if (!answer.ok) toast(answer.message ?? answer.error, "error");
  }}}, `Join #${each.name}`);
  return h("div", {class: "empty"}, h("h3", {}, `#${each.name}`), h("p", {}, "You are not in this channel, so you do not see what is said there."), join);
}

function drawComposer() {
  const each = currentConversation();
  const canWrite = store.current === "@app" ? true : each?.is_member && !each.is_archived;
  fill(composerPlace, canWrite
    ? composer({channel: each?.id ?? "@app", id: "composer-text", label: `Message ${each?.kind === "public" || each?.kind === "private" ? "#" : ""}${each ? conversationName(each) : store.world.app.name}`})
    : each?.is_archived ? h("p", {class: "notice"}, "This conversation is archived.") : null);
}

// MARK: The thread

const threadPane = document.getElementById("thread");

export function openThread(message) {
  store.thread = {channel: message.channel, ts: message.thread_ts ?? message.ts};
  threadPane.replaceChildren();
  drawThread();
  threadPane.querySelector("textarea")?.focus();
}

export function closeThread() {
  const ts = store.thread?.ts;
  store.thread = null;
  drawThread();
  log.querySelector(`[data-ts="${ts}"] .tools button, [data-ts="${ts}"] .replies`)?.focus();
}

function drawThread() {
  const each = store.thread && store.conversations.get(store.thread.channel);
  const parent = each?.messages?.find((message) => message.ts === store.thread.ts);
  threadPane.hidden = !parent;
  document.getElementById("app").classList.toggle("with-thread", Boolean(parent));
  if (!parent) return;
  if (!threadPane.firstChild) {
    fill(threadPane, h("header", {class: "side-head"}, h("h2", {}, "Thread"), h("span", {class: "time"}, (each.name ? "#" : "") + conversationName(each)), iconButton("close", "Close the thread", closeThread)),
      h("div", {class: "side-body thread-log", role: "log", "aria-live": "polite"}), composer({channel: each.id, thread: parent.ts, label: "Reply", id: "thread-text"}));
  }
  const list = threadPane.querySelector(".thread-log");
  drawList(list, [messageItem(parent, {inThread: true}, "thread"), ...repliesTo(each, parent.ts).map((message) => messageItem(message, {inThread: true}, "thread"))], "true");
  list.scrollTop = list.scrollHeight;
}

threadPane.addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.defaultPrevented) closeThread(); });

export function startMessages() {
  on("current", () => { store.thread = null; drawThread(); draw(); drawComposer(); log.scrollTop = log.scrollHeight; });
  on("messages", (channel) => {
    const each = currentConversation();
    if (channel === null || channel === each?.id) draw();
    if (store.thread && (channel === null || channel === store.thread.channel)) drawThread();
  });
  on("calls", (call) => { if (!call || !call.ok) draw(); });
  on("home", draw);
  // Names, zones and the clock stand in every message.
  on(["world", "clock"], () => { drawn.clear(); draw(); drawThread(); });
  let joined = null;
  on("conversations", () => {
    const each = currentConversation();
    const state = `${each?.id} ${each?.is_member} ${each?.is_archived}`;
    if (state === joined) return;
    joined = state;
    draw();
    drawComposer();
  });
  document.addEventListener("visibilitychange", draw);
}
