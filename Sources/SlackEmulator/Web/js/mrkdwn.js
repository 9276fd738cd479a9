// Slack's mrkdwn (slack.md 3.6) as elements. Texts arrive with &, < and > escaped; what stands between < and > is syntax.

import {h} from "./dom.js";
import {emoji} from "./emoji.js";
import {dateText} from "./dates.js";
import {store, user, usergroup, conversation, displayName, conversationName, isBot} from "./store.js";

export const unescaped = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
export const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Where a link of an app may lead: nothing that runs in this page. */
export function safeLink(url) {
  return /^(https?:|mailto:|tel:|slack:)/i.test(url) ? url : null;
}

export function link(url, children) {
  const target = safeLink(url);
  if (!target) return h("span", {}, children);
  return h("a", {href: target, target: "_blank", rel: "noopener noreferrer"}, children);
}

export function mention(id, fallback) {
  const person = user(id);
  const name = person ? (isBot(id) ? store.world.app.name : displayName(person)) : fallback || id;
  return h("span", {class: `mention${id === store.me?.id ? " mine" : ""}`, title: person ? `@${person.name}` : id}, `@${name}`);
}

export function channelMention(id, fallback) {
  const found = conversation(id);
  const name = found ? conversationName(found) : fallback;
  return name ? h("span", {class: "mention"}, `#${name}`) : h("span", {class: "mention private"}, "a private channel");
}

export function groupMention(id, fallback) {
  const found = usergroup(id);
  return h("span", {class: "mention"}, found ? `@${found.handle}` : fallback || "@group");
}

/** The elements of a mrkdwn text; `verbatim` leaves bare addresses alone. */
export function mrkdwn(text, {verbatim = false} = {}) {
  const nodes = [];
  const parts = String(text ?? "").split(/```/);
  parts.forEach((part, index) => {
    if (index % 2 === 1 && index < parts.length - 1) {
      nodes.push(h("pre", {class: "code-block"}, h("code", {}, literal(part.replace(/^\n|\n$/g, "")))));
    } else {
      const shown = index % 2 === 1 ? "```" + part : part;
      nodes.push(...lines(index > 0 ? shown.replace(/^\n/, "") : shown, verbatim));
    }
  });
  return nodes;
}

/** In code, links and mentions lose their brackets and entities are decoded; nothing else happens. */
function literal(text) {
  return unescaped(text.replace(/<([^<>|]+)\|([^<>]*)>/g, "$2").replace(/<((?:https?|mailto):[^<>|]+)>/g, "$1"));
}

function lines(text, verbatim) {
  const nodes = [];
  let quote = null;
  let plain = [];
  const flush = () => {
    if (plain.length > 0) nodes.push(...inline(plain.join("\n"), verbatim));
    plain = [];
  };
  for (const line of text.split("\n")) {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quoted) {
      flush();
      if (quote) quote.append("\n", ...inline(quoted[1], verbatim));
      else {
        quote = h("blockquote", {}, inline(quoted[1], verbatim));
        nodes.push(quote);
      }
    } else {
      // The line end after a quote is the quote's own.
      quote = null;
      plain.push(line);
    }
  }
  flush();
  return nodes;
}

const marks = {"*": "strong", "_": "em", "~": "s"};
const before = /(^|[\s([{"'.,:;!?\-–—/*_~>]|&gt;)$/;
const after = /^($|[\s)\]}"'.,:;!?\-–—/*_~<]|&lt;)/;

function inline(text, verbatim) {
  const nodes = [];
  let rest = text;
  let plain = "";
  let previous = "";
  const flush = () => {
    if (plain) nodes.push(...words(plain, verbatim));
    plain = "";
  };
  const take = (length, made) => {
    flush();
    nodes.push(...[made].flat());
    previous = rest.slice(0, length).slice(-1);
    rest = rest.slice(length);
  };
  while (rest) {
    let match;
    if ((match = /^<([^<>\n]+)>/.exec(rest))) {
      const made = special(match[1]);
      if (made) { take(match[0].length, made); continue; }
    }
    if ((match = /^`([^`\n]+)`/.exec(rest))) {
      take(match[0].length, h("code", {}, literal(match[1])));
      continue;
    }
    if ((match = /^([*_~])(?=\S)((?:<[^<>\n]+>|`[^`\n]*`|(?!\1)[^\n])*?\S|\S)\1/.exec(rest))
      && before.test(previous) && after.test(rest.slice(match[0].length))) {
      take(match[0].length, h(marks[match[1]], {}, inline(match[2], verbatim)));
      continue;
    }
    plain += rest[0];
    previous = rest[0];
    rest = rest.slice(1);
  }
  flush();
  return nodes;
}

function special(inner) {
  const bar = inner.indexOf("|");
  const body = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? "" : unescaped(inner.slice(bar + 1));
  if (body.startsWith("@")) return mention(body.slice(1), label);
  if (body.startsWith("#")) return channelMention(body.slice(1), label);
  if (body.startsWith("!subteam^")) return groupMention(body.slice("!subteam^".length), label);
  if (body.startsWith("!date^")) {
    const [, seconds, pattern, target] = body.split("^");
    const shown = dateText(seconds, unescaped(pattern ?? "")) ?? label;
    const time = h("time", {datetime: stamp(seconds), title: label, data: {seconds, pattern: pattern ?? ""}}, shown);
    return target ? link(unescaped(target), time) : time;
  }
  if (["!here", "!channel", "!everyone"].includes(body)) return h("span", {class: "mention mine"}, `@${body.slice(1)}`);
  if (body.startsWith("!")) return h("span", {class: "mention"}, label || `<${body}>`);
  if (/^[a-z][a-z0-9+.-]*:/i.test(body)) return link(unescaped(body), label || unescaped(body).replace(/^mailto:/, ""));
  return null;
}

function stamp(seconds) {
  const date = new Date(Number(seconds) * 1000);
  return Number.isFinite(date.getTime()) ? date.toISOString() : "";
}

/** Emoji names and bare addresses in a text without further syntax. */
function words(text, verbatim) {
  const nodes = [];
  const pattern = verbatim ? /:([a-z0-9_+'-]+(?:::skin-tone-\d)?):/g : /:([a-z0-9_+'-]+(?:::skin-tone-\d)?):|(https?:\/\/[^\s<>]+[^\s<>.,;:!?)"'])/g;
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const picture = match[1] ? emoji(match[1]) : link(unescaped(match[2]), unescaped(match[2]));
    if (!picture) continue;
    if (match.index > end) nodes.push(unescaped(text.slice(end, match.index)));
    nodes.push(picture);
    end = match.index + match[0].length;
  }
  if (end < text.length) nodes.push(unescaped(text.slice(end)));
  return nodes;
}

/** plain_text: no syntax but emoji names, which `emoji: false` switches off. */
export function plain(text, withEmoji = true) {
  return withEmoji ? words(String(text ?? ""), true) : [unescaped(String(text ?? ""))];
}

/** A text object of Block Kit. */
export function textObject(object) {
  if (!object) return [];
  if (typeof object === "string") return [object];
  return object.type === "mrkdwn" ? mrkdwn(object.text, {verbatim: object.verbatim === true}) : plain(object.text, object.emoji !== false);
}

/** The same as words only: for labels, placeholders and searching. */
export const textOf = (object) => unescaped(typeof object === "string" ? object : object?.text ?? "");
