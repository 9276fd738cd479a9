// Begins: who is this tab, what is there, and then everybody draws.

import {store, on, emit, now, isAppDirect, currentConversation} from "./store.js";
import {readPeople, start} from "./sync.js";
import {rememberedPerson, remember} from "./people.js";
import {startSidebar} from "./sidebar.js";
import {startHeader} from "./header.js";
import {startMessages} from "./messages.js";
import {startModals} from "./modal.js";
import {startDeveloper} from "./developer.js";
import {startAbout} from "./about.js";
import {openHome} from "./home.js";
import {h, fill} from "./dom.js";

/** Where to begin: where this tab was, else the first channel one is in, shared ones first for a customer's people. */
function firstConversation() {
  let kept = null;
  try { kept = sessionStorage.getItem(`current:${store.me.id}`); } catch { /* begins anew */ }
  if (kept && (kept === "@app" || store.conversations.has(kept))) return kept;
  const mine = [...store.conversations.values()].filter((each) => each.is_member && (each.kind === "public" || each.kind === "private"));
  return (mine.find((each) => each.name === "general") ?? mine.find((each) => each.is_ext_shared) ?? mine[0])?.id ?? "@app";
}

async function begin() {
  if (!(await readPeople())) {
    fill(document.getElementById("log"), h("div", {class: "empty"}, h("h3", {}, "The emulator does not answer"), h("p", {}, "Is it still running? This page tries again.")));
    setTimeout(begin, 2000);
    return;
  }
  let person = rememberedPerson();
  if (!person) {
    // A newcomer is somebody at once; who, is a click away.
    person = store.world.users.find((each) => each.kind === "member" && !each.deactivated && store.world.workspaces.some((one) => one.id === each.team && one.installed))
      ?? store.world.users.find((each) => each.kind !== "bot");
  }
  store.me = person;
  remember(person);
  store.openedAt = now() - openedBefore;
  if (!(await start())) { setTimeout(begin, 2000); return; }
  startSidebar();
  startHeader();
  startMessages();
  startModals();
  startDeveloper();
  startAbout();
  on("current", () => {
    if ((store.current === "@app" || isAppDirect(currentConversation())) && store.tab === "home") openHome();
  });
  // The app's DM has come into being while its place was open.
  on("conversations", () => {
    if (store.current !== "@app") return;
    const direct = currentConversation();
    if (direct) { store.current = direct.id; emit("current"); }
  });
  store.current = firstConversation();
  emit("current");
  emit("about");
  emit("views");
  document.body.dataset.ready = "true";
  // On a telephone the focus would bring up its keyboard.
  if (document.activeElement === document.body && matchMedia("(hover: hover)").matches) document.getElementById("composer-text")?.focus({preventScroll: true});
}

/** Refusals from shortly before the page was opened are still of interest. */
const openedBefore = 10 * 60_000;

begin();
