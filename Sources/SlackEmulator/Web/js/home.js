// The app's home tab.

import {h, fill, icon, rememberFocus} from "./dom.js";
import {post} from "./api.js";
import {store} from "./store.js";
import {take} from "./sync.js";
import {blocks} from "./blocks.js";
import {stateValue} from "./elements.js";
import {jsonView} from "./json.js";

let showsJSON = false;

/** Tells the app that its tab was opened; what it publishes comes with the event stream. */
export async function openHome() {
  const answer = await post("home", {user: store.me.id});
  if (answer.ok) take({home: answer.home});
}

export function homeView(root) {
  const restore = rememberFocus(root);
  const view = store.home;
  if (!view) {
    fill(root, h("div", {class: "empty"}, icon("home", 28), h("h3", {}, "No home tab yet"), h("p", {}, `${store.world.app.name} has not published one (views.publish).`)));
    return;
  }
  const place = {user: store.me.id, view_id: view.id};
  const values = {};
  const context = {
    key: view.id, surface: "home", errors: {}, redraw: () => homeView(root),
    value: (block, item) => values[block.block_id]?.[item.action_id] ?? stateValue(view.state, block, item),
    change: (block, item, given) => { (values[block.block_id] ??= {})[item.action_id] = given; },
    act: (block, item, given) => post("view/action", {...place, block_id: block.block_id, action_id: item.action_id, value: given, values}),
    suggest: (block, item, query) => post("options", {...place, block_id: block.block_id, action_id: item.action_id, query}),
  };
  const toggle = h("button", {type: "button", class: "icon-button", "aria-label": "JSON", "aria-pressed": String(showsJSON), on: {click: () => { showsJSON = !showsJSON; homeView(root); }}}, icon("code", 16));
  fill(root, h("div", {class: "home"}, h("div", {class: "home-tools"}, toggle), showsJSON ? jsonView(view, {label: "The home tab as JSON"}) : blocks(view.blocks, context)));
  restore();
}
