// Keeps the store fresh: reads everything once, then what the event stream says has changed.

import {get} from "./api.js";
import {store, emit} from "./store.js";
import {openStream} from "./stream.js";

const callsMax = 1000;
const callsFirst = 300;

/** Whether the answer was of use. Strays of a lost connection are not: the reconnect reads everything anew. */
async function readWorld() {
  const world = await get("world");
  if (!world.ok) return false;
  store.world = world;
  store.clockOffset = Date.parse(world.now) - Date.now();
  emit("world");
  return true;
}

async function readState() {
  const state = await get("state", {user: store.me.id});
  if (!state.ok) return null;
  store.team = state.team;
  store.me = {...state.user};
  store.conversations = new Map(state.conversations.map((each) => [each.id, each]));
  store.commands = state.commands;
  store.shortcuts = state.shortcuts;
  take(state);
  emit("conversations");
  emit("messages", null);
  return state;
}

/** Takes the views of an answer: of `state`, `views`, or of an act. */
export function take(answer) {
  if (answer.views) { store.views = answer.views; emit("views"); }
  if (answer.home !== undefined) { store.home = answer.home; emit("home"); }
}

async function readViews() {
  const answer = await get("views", {user: store.me.id});
  if (answer.ok) take(answer);
}

async function readMessages(channel) {
  const known = store.conversations.get(channel);
  // A conversation that has just come into being.
  if (!known) return readState();
  if (!known.is_member) return;
  const answer = await get("messages", {channel, user: store.me.id});
  if (!answer.ok) return;
  known.messages = answer.messages;
  emit("messages", channel);
  emit("conversations");
}

async function readCalls() {
  const answer = await get("calls", {newest: callsFirst});
  if (!answer.ok) return;
  store.calls = answer.calls;
  emit("calls");
}

export async function readAbout() {
  const answer = await get("about");
  if (!answer.ok) return;
  if (JSON.stringify(answer) === JSON.stringify(store.about)) return;
  store.about = answer;
  emit("about");
}

/**
 * One reading at a time of what stands in the same places: an answer that was made before another one, and comes after
 * it, would put back what was.
 */
let turn = Promise.resolve();
const inTurn = (read) => () => (turn = turn.then(read, read));

/** What changes while something is being read is read once more. */
const running = new Map();
function refresh(key, read) {
  const state = running.get(key);
  if (state) { state.again = true; return; }
  const mine = {again: false};
  running.set(key, mine);
  read().finally(() => {
    running.delete(key);
    if (mine.again) refresh(key, read);
  });
}

async function readAll() {
  if (!(await readWorld())) return;
  await Promise.all([readState(), readCalls(), readAbout()]);
}

function onEvent(kind, data) {
  switch (kind) {
  case "message":
    if (!data.only_for || data.only_for === store.me.id) {
      refresh(`messages ${data.channel}`, inTurn(() => readMessages(data.channel)));
    }
    refresh("about", readAbout);
    break;
  case "view":
    if (data.user === store.me.id) refresh("views", inTurn(readViews));
    break;
  case "conversation":
    refresh("state", inTurn(readState));
    break;
  case "user":
    refresh("all", inTurn(readAll));
    break;
  case "call":
    if (data.id <= (store.calls.at(-1)?.id ?? 0)) break;
    store.calls.push(data);
    if (store.calls.length > callsMax) store.calls.shift();
    emit("calls", data);
    refresh("about", readAbout);
    break;
  case "switches":
    refresh("world", readWorld);
    break;
  case "clock":
    store.clockOffset = Date.parse(data.now) - Date.now();
    emit("clock");
    break;
  }
}

export const readPeople = readWorld;

/** Reads everything of the person whom this tab plays, and stays in step from then on. */
export async function start() {
  const state = await readState();
  if (!state) return false;
  await Promise.all([readCalls(), readAbout()]);
  let wasLost = false;
  openStream(state.last, {
    event: onEvent,
    reset: () => refresh("all", inTurn(readAll)),
    connection: (connection) => {
      store.connection = connection === "connecting" ? "live" : connection;
      if (connection === "reconnecting") wasLost = true;
      // The stream goes on where it stopped; reading anew covers an emulator that was started afresh.
      if (connection === "live" && wasLost) { wasLost = false; refresh("all", inTurn(readAll)); }
      emit("connection");
    },
  });
  return true;
}
