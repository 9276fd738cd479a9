// The developer's panel: what goes back and forth between Slack and the app, and switches for what goes wrong.

import {h, fill, icon, iconButton, rememberFocus, toast} from "./dom.js";
import {post, put} from "./api.js";
import {store, on, user, displayName} from "./store.js";
import {jsonView} from "./json.js";
import {findings, isRefusal} from "./notes.js";
import {clockTimeSeconds, fullTime} from "./dates.js";

const root = document.getElementById("developer");
const shownMax = 300;
const filter = {text: "", kind: "all"};
const open = new Set();
let panel = "log";

export function toggleDeveloper(isOpen = root.hidden) {
  root.hidden = !isOpen;
  document.getElementById("app").classList.toggle("with-developer", isOpen);
  try { sessionStorage.setItem("developer", isOpen ? "open" : ""); } catch { /* closed next time */ }
  document.getElementById("developer-button")?.setAttribute("aria-expanded", String(isOpen));
  if (isOpen) { draw(); root.querySelector("button, input")?.focus(); } else document.getElementById("developer-button")?.focus();
}

// MARK: The log

const kindOf = (call) => (call.kind === "delivery" ? "delivery" : "call");

function matches(call) {
  if (filter.kind === "failed" ? call.ok : filter.kind !== "all" && kindOf(call) !== filter.kind) return false;
  if (filter.text === "") return true;
  const text = `${call.method ?? call.kind} ${call.error ?? ""} ${call.channel ?? ""} ${call.status ?? ""} ${JSON.stringify(call.request ?? "")} ${JSON.stringify(call.response ?? "")}`.toLowerCase();
  return filter.text.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

function row(call) {
  const isDelivery = call.kind === "delivery";
  const name = isDelivery ? call.method : call.kind === "response_url" ? "response URL" : call.method;
  const who = isDelivery ? call.request?.user?.id ?? call.request?.user_id ?? call.request?.event?.user : call.user;
  const outcome = call.failure ? call.failure : call.error ?? (call.status === null || call.status === undefined ? "" : String(call.status));
  const details = h("details", {class: `call ${isDelivery ? "delivery" : "outgoing"}${call.ok ? "" : " failed"}`, open: open.has(call.id), data: {id: call.id}},
    h("summary", {data: {key: `call ${call.id}`}},
      h("span", {class: "call-arrow", title: isDelivery ? "Slack to the app" : "The app to Slack", "aria-label": isDelivery ? "to the app" : "from the app"}, isDelivery ? "→" : "←"),
      h("span", {class: "call-name"}, name, who && user(who) ? h("span", {class: "muted"}, ` ${displayName(user(who)).split(" ")[0]}`) : null, call.retry_num ? h("span", {class: "badge"}, `retry ${call.retry_num}`) : null,
        (call.faults ?? []).map((fault) => h("span", {class: "badge outside"}, fault))),
      h("span", {class: "call-outcome"}, outcome), h("span", {class: "time"}, `${call.duration_ms} ms`),
      h("time", {class: "time", datetime: call.at, title: fullTime(new Date(call.at))}, clockTimeSeconds(new Date(call.at)))));
  const fillBody = () => {
    if (details.querySelector(".call-body")) return;
    const lines = call.response?.response_metadata?.messages ?? [];
    details.append(h("div", {class: "call-body"},
      lines.length > 0 && isRefusal(call) ? h("ul", {class: "call-findings"}, findings(lines).map(({pointer, message}) => h("li", {}, pointer ? h("code", {}, pointer) : null, " ", message))) : null,
      h("h4", {}, isDelivery ? "What Slack sent" : "What the app sent"), jsonView(call.request ?? null, {label: "Request"}),
      h("h4", {}, isDelivery ? "What the app answered" : "What Slack answered"), jsonView(call.response ?? null, {label: "Response"})));
  };
  if (details.open) fillBody();
  details.addEventListener("toggle", () => {
    if (details.open) { open.add(call.id); fillBody(); } else open.delete(call.id);
  });
  return details;
}

const rows = new Map();

function drawLog() {
  const list = root.querySelector(".calls");
  if (!list) return;
  const found = store.calls.filter(matches).slice(-shownMax).reverse();
  const kept = new Set(found.map((call) => call.id));
  for (const id of rows.keys()) if (!kept.has(id)) rows.delete(id);
  const nodes = found.map((call) => {
    if (!rows.has(call.id)) rows.set(call.id, row(call));
    return rows.get(call.id);
  });
  const restore = rememberFocus(list);
  if (nodes.length === 0) fill(list, h("p", {class: "muted"}, store.calls.length > 0 ? "Nothing matches the filter." : "Nothing has gone back or forth yet."));
  else list.replaceChildren(...nodes);
  restore();
  root.querySelector(".log-count").textContent = `${found.length} of ${store.calls.length}`;
}

function logPanel() {
  const kind = (value, label) => h("button", {type: "button", class: "chip", "aria-pressed": String(filter.kind === value), data: {key: `kind ${value}`}, on: {click: () => { filter.kind = value; draw(); }}}, label);
  const search = h("input", {type: "search", class: "field", placeholder: "Filter: method, error, text…", "aria-label": "Filter the log", value: filter.text, data: {key: "filter"}, on: {input: () => { filter.text = search.value.trim(); drawLog(); }}});
  return [h("div", {class: "log-tools"}, search, h("div", {class: "chips", role: "group", "aria-label": "Kinds"}, kind("all", "All"), kind("delivery", "→ to the app"), kind("call", "← from the app"), kind("failed", "Failed")), h("span", {class: "muted log-count"})),
    h("div", {class: "calls", role: "log", "aria-label": "Deliveries and calls"})];
}

// MARK: Switches

const switches = [
  {id: "latency", label: "Slow Web API", detail: "every call of the app takes longer", rule: () => ({method: "*", kind: "delay", ms: number("latency", 800)}), amount: {unit: "ms", usual: 800}, is: (rule) => rule.method === "*" && rule.kind === "delay"},
  {id: "slow", label: "Slow way to the app", detail: "clicks and commands arrive later", rule: () => ({delivery: "*", kind: "delay", ms: number("slow", 800)}), amount: {unit: "ms", usual: 800}, is: (rule) => rule.delivery === "*" && rule.kind === "delay"},
  {id: "limited", label: "429 Too Many Requests", detail: "every call, with Retry-After", rule: () => ({method: "*", kind: "429", retry_after: number("limited", 2)}), amount: {unit: "s", usual: 2}, is: (rule) => rule.method === "*" && rule.kind === "429"},
  {id: "outage", label: "Slack is down", detail: "the Web API answers 503", rule: () => ({method: "*", kind: "outage"}), is: (rule) => rule.method === "*" && rule.kind === "outage"},
  {id: "unreachable", label: "The app is unreachable", detail: "nothing that Slack sends arrives", rule: () => ({delivery: "*", kind: "outage"}), is: (rule) => rule.delivery === "*" && rule.kind === "outage"},
  {id: "lost", label: "Lost answers", detail: "calls are carried out, the app gets a 500", rule: () => ({method: "*", kind: "lost_answer", answer: "500"}), is: (rule) => rule.method === "*" && rule.kind === "lost_answer"},
  {id: "timeouts", label: "Slack gives up waiting", detail: "deliveries arrive, Slack takes them for timed out; events are retried", rule: () => ({delivery: "*", kind: "lost_answer"}), is: (rule) => rule.delivery === "*" && rule.kind === "lost_answer"},
  {id: "twice", label: "Everything arrives twice", detail: "each delivery is sent twice at once", rule: () => ({delivery: "*", kind: "duplicate"}), is: (rule) => rule.delivery === "*" && rule.kind === "duplicate"},
];

const amounts = {};
const number = (id, usual) => Math.max(0, Number(amounts[id] ?? usual) || 0);

async function tell(promise, done) {
  const answer = await promise;
  if (!answer.ok) toast(answer.message ?? answer.error, "error");
  else if (done) toast(done(answer));
}

function setRules(rules) {
  // `null` is how the emulator shows what a rule does not set.
  const plain = rules.map((rule) => Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== null)));
  return tell(put("faults", {rules: plain}));
}

function toggle({id, label, detail, isOn, onChange, amount}) {
  const box = h("input", {type: "checkbox", role: "switch", id: `switch-${id}`, data: {key: `switch ${id}`}, on: {change: () => onChange(box.checked)}});
  box.checked = isOn;
  const field = amount ? h("input", {type: "number", min: "0", class: "field amount", value: amounts[id] ?? amount.now ?? amount.usual, "aria-label": `${label}, in ${amount.unit}`, data: {key: `amount ${id}`}, on: {change: () => { amounts[id] = field.value; if (box.checked) onChange(true); }}}) : null;
  return h("div", {class: "switch"}, h("label", {for: `switch-${id}`}, box, h("span", {class: "switch-text"}, h("span", {}, label), h("span", {class: "muted"}, detail))), field ? h("span", {class: "amount-box"}, field, amount.unit) : null);
}

function switchPanel() {
  const now = store.world.switches;
  const others = now.rules.filter((rule) => !switches.some((each) => each.is(rule)));
  return [
    h("section", {class: "switches"}, h("h3", {}, "What goes wrong"), switches.map((each) => {
      const rule = now.rules.find(each.is);
      return toggle({...each, isOn: Boolean(rule), amount: each.amount && {...each.amount, now: rule && (rule.kind === "429" ? rule.retry_after : rule.ms)},
        onChange: (isOn) => setRules([...now.rules.filter((one) => !each.is(one)), ...(isOn ? [each.rule()] : [])])});
    }), others.length > 0 ? h("div", {class: "other-rules"}, h("p", {class: "muted"}, `${others.length} more rule${others.length === 1 ? "" : "s"}, set through the API:`), jsonView(others)) : null,
    now.rules.length > 0 ? h("button", {type: "button", class: "button", data: {key: "all well"}, on: {click: () => setRules([])}}, "All is well again") : null),
    h("section", {class: "switches"}, h("h3", {}, "Slack's own rules"),
      toggle({id: "strict", label: "Strict rate limits", detail: "Slack's rates by method and channel", isOn: now.strict, onChange: (strict) => tell(post("limits", {strict}))}),
      toggle({id: "short", label: "Short pages", detail: "lists come in half and empty pages", isOn: now.short_pages, onChange: (short_pages) => tell(post("limits", {short_pages}))}),
      toggle({id: "retries", label: "Retries at once", detail: "events that failed are sent again without Slack's waits", isOn: now.retry_delay_factor === 0, onChange: (isOn) => tell(post("app", {retry_delay_factor: isOn ? 0 : 1}))})),
    h("section", {class: "switches"}, h("h3", {}, "The clock"),
      now.clock_moves ? [h("p", {class: "muted"}, "Moves the clock of Slack and the app forward: requests expire, access ends. It does not go back."),
        h("div", {class: "chips"}, [["5 min", 300], ["30 min", 1800], ["1 hour", 3600], ["1 day", 86_400]].map(([label, seconds]) =>
          h("button", {type: "button", class: "button", data: {advance: seconds, key: `clock ${seconds}`}, on: {click: () => tell(post("clock", {advance: seconds}), () => `It is ${label} later.`)}}, `+ ${label}`)))]
        : h("p", {class: "muted"}, "This clock cannot be moved.")),
    h("section", {class: "switches"}, h("h3", {}, "The app"), h("dl", {class: "urls"}, Object.entries(store.world.app.request_urls).map(([name, url]) => [h("dt", {}, name), h("dd", {}, url ?? "not set")]))),
  ];
}

function draw() {
  if (root.hidden || !store.world) return;
  const restore = rememberFocus(root);
  const tab = (name, title, count) => h("button", {type: "button", role: "tab", "aria-selected": String(panel === name), data: {key: `panel ${name}`}, on: {click: () => { panel = name; draw(); }}}, title, count > 0 ? h("span", {class: "count danger"}, String(count)) : null);
  rows.clear();
  fill(root, h("header", {class: "side-head"}, h("h2", {}, "Developer"), h("div", {class: "tabs", role: "tablist", "aria-label": "Developer's panel"}, tab("log", "Traffic"), tab("switches", "Switches", store.world.switches.rules.length)),
    iconButton("close", "Close the developer's panel", () => toggleDeveloper(false))),
    h("div", {class: "side-body"}, panel === "log" ? logPanel() : switchPanel()));
  if (panel === "log") drawLog();
  restore();
}

export function startDeveloper() {
  on(["world"], draw);
  let isWaiting = false;
  on("calls", () => {
    if (root.hidden || panel !== "log" || isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => { isWaiting = false; drawLog(); });
  });
  root.addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.defaultPrevented) toggleDeveloper(false); });
  let wasOpen = false;
  try { wasOpen = sessionStorage.getItem("developer") === "open"; } catch { /* closed */ }
  if (wasOpen && innerWidth > 900) { root.hidden = false; document.getElementById("app").classList.add("with-developer"); draw(); }
}
