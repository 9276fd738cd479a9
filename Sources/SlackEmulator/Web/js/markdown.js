// The `markdown` block: standard Markdown, as much of it as messages of apps use.

import {h} from "./dom.js";
import {link} from "./mrkdwn.js";
import {emoji} from "./emoji.js";

export function markdown(text) {
  const nodes = [];
  const lines = text.split("\n");
  let index = 0;
  while (index < lines.length) {
    const line = lines[index];
    let match;
    if (/^```/.test(line)) {
      const code = [];
      for (index += 1; index < lines.length && !/^```/.test(lines[index]); index += 1) code.push(lines[index]);
      nodes.push(h("pre", {class: "code-block"}, h("code", {}, code.join("\n"))));
    } else if ((match = /^(#{1,6})\s+(.*)$/.exec(line))) {
      nodes.push(h(`h${Math.min(6, match[1].length + 2)}`, {}, spans(match[2])));
    } else if (/^(---+|\*\*\*+)\s*$/.test(line)) {
      nodes.push(h("hr", {class: "divider"}));
    } else if (/^>\s?/.test(line)) {
      const quote = [];
      for (; index < lines.length && /^>\s?/.test(lines[index]); index += 1) quote.push(lines[index].replace(/^>\s?/, ""));
      index -= 1;
      nodes.push(h("blockquote", {}, spans(quote.join("\n"))));
    } else if (/^\s*([-*+]|\d+\.)\s+/.test(line)) {
      const isOrdered = /^\s*\d+\./.test(line);
      const items = [];
      for (; index < lines.length && /^\s*([-*+]|\d+\.)\s+/.test(lines[index]); index += 1) items.push(lines[index].replace(/^\s*([-*+]|\d+\.)\s+/, ""));
      index -= 1;
      nodes.push(h(isOrdered ? "ol" : "ul", {class: "rich-list"}, items.map((item) => h("li", {}, spans(item)))));
    } else if (line.trim() !== "") {
      const paragraph = [line];
      while (index + 1 < lines.length && lines[index + 1].trim() !== "" && !/^(```|#{1,6}\s|>|\s*([-*+]|\d+\.)\s)/.test(lines[index + 1])) paragraph.push(lines[++index]);
      nodes.push(h("p", {}, spans(paragraph.join("\n"))));
    }
    index += 1;
  }
  return nodes;
}

const patterns = [
  [/`([^`]+)`/, (match) => h("code", {}, match[1])],
  [/\[([^\]]+)\]\(([^)\s]+)\)/, (match) => link(match[2], spans(match[1]))],
  [/\*\*(.+?)\*\*/, (match) => h("strong", {}, spans(match[1]))],
  [/~~(.+?)~~/, (match) => h("s", {}, spans(match[1]))],
  [/(?<![\w*])[*_]([^*_\s][^*_]*?)[*_](?![\w*])/, (match) => h("em", {}, spans(match[1]))],
  [/:([a-z0-9_+-]+):/, (match) => emoji(match[1])],
  [/https?:\/\/[^\s<>]+[^\s<>.,;:!?)]/, (match) => link(match[0], match[0])],
];

function spans(text) {
  let best = null;
  for (const [pattern, make] of patterns) {
    const match = pattern.exec(text);
    if (match && (best === null || match.index < best.match.index)) best = {match, make};
  }
  if (!best) return [text];
  const {match, make} = best;
  const end = match.index + match[0].length;
  return [text.slice(0, match.index), make(match) ?? match[0], ...spans(text.slice(end))].filter((each) => each !== "");
}
