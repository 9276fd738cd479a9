// What this tab knows. Modules that draw listen to topics; `sync.js` keeps the knowledge fresh.

export const store = {
  world: null,
  me: null,
  team: null,
  /** By id; each with its messages. */
  conversations: new Map(),
  views: [],
  home: null,
  commands: [],
  shortcuts: [],
  /** Calls and deliveries, oldest first. */
  calls: [],
  about: {},
  /** The conversation that is shown, or "@app" before the app's DM exists. */
  current: null,
  /** What of the app's place is shown: "messages" or "home". */
  tab: "messages",
  thread: null,
  connection: "live",
  /** Emulator's clock minus ours, in milliseconds. */
  clockOffset: 0,
};

const listeners = new Map();

export function on(topics, listener) {
  for (const topic of [topics].flat()) {
    if (!listeners.has(topic)) listeners.set(topic, new Set());
    listeners.get(topic).add(listener);
  }
}

export function emit(topic, detail) {
  for (const listener of listeners.get(topic) ?? []) listener(detail);
}

export const now = () => Date.now() + store.clockOffset;

// MARK: Names

export const user = (id) => store.world?.users.find((each) => each.id === id);
export const usergroup = (id) => store.world?.usergroups.find((each) => each.id === id);
export const workspace = (id) => store.world?.workspaces.find((each) => each.id === id);

export function conversation(id) {
  return store.conversations.get(id) ?? store.world?.channels.find((each) => each.id === id);
}

export const displayName = (person) => person?.real_name || person?.name || "Somebody";

export const isBot = (id) => Boolean(store.world?.workspaces.some((each) => each.bot_user === id));

/** The bot user that the app is in this person's workspace, if it is installed there. */
export const appBot = () => workspace(store.me?.team)?.bot_user ?? null;

export function isAppDirect(each) {
  return each?.kind === "im" && each.members.some(isBot);
}

export function appDirect() {
  return [...store.conversations.values()].find(isAppDirect) ?? null;
}

export function conversationName(each) {
  if (!each) return "";
  if (each.kind === "public" || each.kind === "private") return each.name;
  const others = each.members.filter((id) => id !== store.me?.id);
  if (others.length === 0) return `${displayName(store.me)} (you)`;
  return others.map((id) => (isBot(id) ? store.world.app.name : displayName(user(id)))).join(", ");
}

/** What somebody is, in a few words: the person switcher and names in a list say it. */
export function roleOf(person) {
  if (person.deactivated) return "deactivated";
  const words = {owner: "Owner", admin: "Admin", guest: "Guest", single_channel_guest: "Single-channel guest", bot: "App"};
  const roles = [];
  const home = workspace(person.team);
  if (words[person.kind]) roles.push(words[person.kind]);
  if (home && !home.installed) roles.push(`${home.name}, a customer`);
  for (const group of store.world.usergroups) if (group.users.includes(person.id)) roles.push(group.name);
  return roles.length > 0 ? roles.join(" · ") : "Member";
}

/** The conversation that is shown; `undefined` where there is none yet. */
export const currentConversation = () =>
  store.current === "@app" ? appDirect() ?? undefined : store.conversations.get(store.current);

// MARK: Reading marks

const marksKey = () => `read:${store.me.id}`;

function marks() {
  try { return JSON.parse(localStorage.getItem(marksKey()) ?? "{}"); } catch { return {}; }
}

/** Two tabs of one person in one browser share these marks. */
export function markRead(each) {
  const newest = each.messages.at(-1)?.ts;
  if (!newest) return;
  const all = marks();
  if ((all[each.id] ?? "") >= newest) return;
  all[each.id] = newest;
  try { localStorage.setItem(marksKey(), JSON.stringify(all)); } catch { /* marks last as long as the page, then */ }
  emit("conversations");
}

export function unreadCount(each) {
  if (!each.is_member) return 0;
  const mark = marks()[each.id] ?? "";
  return each.messages.filter((message) => message.ts > mark && message.user !== store.me.id).length;
}
