// What Slack refused, as red notes: the error, the places in the payload, and the payload itself. The page is a linter
// of cards with this.

import {h, icon, iconButton} from "./dom.js";
import {jsonView, valueAt} from "./json.js";
import {clockTimeSeconds} from "./dates.js";
import {store, emit, isBot} from "./store.js";

const dismissed = new Set();

/** Races that belong to the day's work of an app: a view that was closed or changed meanwhile. */
const ordinary = {"views.update": ["hash_conflict", "not_found"], "views.publish": ["hash_conflict"]};

/** Calls that would have put something before somebody's eyes. */
export function isRefusal(call) {
  if (call.kind === "delivery" || call.ok || !call.error || call.status === 429 || call.status >= 500) return false;
  if (call.kind !== "response_url" && !/^(chat|views)\./.test(call.method ?? "")) return false;
  return !ordinary[call.method]?.includes(call.error);
}

/** The conversation in whose place a refused call would show. */
function placeOf(call) {
  if (!call.channel) return null;
  const name = call.channel.replace(/^#/, "");
  const all = [...store.conversations.values()];
  const found = all.find((each) => each.id === call.channel) ?? all.find((each) => each.name === name && name !== "");
  if (found) return found.id;
  // Posting to a person is posting to the app's DM with them.
  const direct = all.find((each) => each.kind === "im" && each.members.includes(call.channel) && each.members.some(isBot));
  return direct?.id ?? null;
}

/** The refusals to show in a conversation, for the person of this tab. */
export function refusalsIn(channel) {
  return store.calls.filter((call) => isRefusal(call) && !dismissed.has(call.id)
    && (!call.user || call.user === store.me.id || call.method === "views.publish") && (placeOf(call) ?? channel) === channel
    && Date.parse(call.at) >= store.openedAt);
}

const pointerPattern = /\[json-pointer:([^\]]*)\]/;

/** Slack's lines about what is wrong, with their places. */
export function findings(lines) {
  const seen = new Set();
  return lines.map((line) => ({
    pointer: pointerPattern.exec(line)?.[1] ?? null,
    message: line.replace(pointerPattern, "").replace(/^\[ERROR\]\s*/, "").trim(),
  })).filter(({pointer, message}) => {
    const key = `${pointer} ${message}`;
    return seen.has(key) ? false : seen.add(key);
  });
}

/** A red note: what was refused, by which rule, and where. */
export function refusalNote({title, error, lines, payload, time, onDismiss}) {
  const found = findings(lines ?? []);
  const pointers = found.map((each) => each.pointer).filter((pointer) => pointer !== null && valueAt(payload, pointer) !== undefined);
  return h("section", {class: "refusal", role: "group", "aria-label": title},
    h("header", {}, icon("warning"), h("strong", {}, title), time ? h("span", {class: "time"}, time) : null,
      onDismiss ? iconButton("close", "Dismiss this note", onDismiss) : null),
    h("p", {}, "Slack answers ", h("code", {}, error), "."),
    found.length > 0 ? h("ul", {}, found.map(({pointer, message}) => h("li", {}, pointer !== null ? h("code", {}, pointer || "/") : null, pointer !== null ? " " : null, message))) : null,
    payload !== undefined ? h("details", {}, h("summary", {}, "The payload"), jsonView(payload, {label: "The refused payload", pointers})) : null);
}

export function callNote(call) {
  const lines = [...(call.response?.response_metadata?.messages ?? []), ...(call.response?.errors ?? []).filter((each) => typeof each === "string")];
  const node = refusalNote({
    title: `${call.kind === "response_url" ? "An answer to a response URL" : call.method} was refused`,
    error: call.error, lines, payload: call.request, time: clockTimeSeconds(new Date(call.at)),
    onDismiss: () => { dismissed.add(call.id); emit("calls"); },
  });
  node.dataset.call = call.id;
  return node;
}
