// Windows above the page: the focus stays inside, Escape and the cross close them, and it goes back where it was.

import {h, iconButton} from "./dom.js";
import {textObject, textOf} from "./mrkdwn.js";

const focusable = "a[href], button:not([disabled]), input:not([disabled]), textarea:not([disabled]), select:not([disabled]), [tabindex]:not([tabindex='-1'])";

/** Keeps Tab within `dialog`; the browser's own trap lets it out to the address bar. */
export function trapFocus(dialog) {
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") return;
    const all = [...dialog.querySelectorAll(focusable)].filter((node) => node.tabIndex >= 0 && node.getClientRects().length > 0);
    if (all.length === 0) { event.preventDefault(); return; }
    const first = all[0], last = all.at(-1);
    const active = document.activeElement;
    if (event.shiftKey && (active === first || !dialog.contains(active) || active === dialog)) {
      event.preventDefault();
      last.focus();
    } else if (!event.shiftKey && (active === last || !dialog.contains(active))) {
      event.preventDefault();
      first.focus();
    }
  });
}

/** A window with a title; `onClose` is told when it goes. */
export function showDialog({title, body, footer, className = "", onClose}) {
  const opener = document.activeElement;
  const dialog = h("dialog", {class: `dialog ${className}`, "aria-label": title},
    h("header", {class: "dialog-head"}, h("h2", {}, title), iconButton("close", "Close", () => dialog.close())),
    h("div", {class: "dialog-body"}, body), footer ? h("footer", {class: "dialog-foot"}, footer) : null);
  trapFocus(dialog);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => {
    dialog.remove();
    onClose?.();
    if (opener?.isConnected) opener.focus({preventScroll: true});
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Asks what an element's `confirm` says (slack.md 3.5). Resolves to whether the person agreed. */
export function confirmDialog(confirm) {
  return new Promise((resolve) => {
    let isAgreed = false;
    const deny = h("button", {type: "button", class: "button", on: {click: () => dialog.close()}}, textOf(confirm.deny) || "Cancel");
    const agree = h("button", {type: "button", class: `button ${confirm.style === "danger" ? "danger" : "primary"}`, on: {click: () => { isAgreed = true; dialog.close(); }}},
      textOf(confirm.confirm) || "Yes");
    const dialog = showDialog({
      title: textOf(confirm.title), className: "confirm", body: h("div", {class: "text"}, textObject(confirm.text)),
      footer: [deny, agree], onClose: () => resolve(isAgreed),
    });
    agree.focus();
  });
}
