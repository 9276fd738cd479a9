// The blocks of Block Kit (slack.md 3.3) as elements.

import {h, uniqueID} from "./dom.js";
import {element} from "./elements.js";
import {jsonView} from "./json.js";
import {markdown} from "./markdown.js";
import {emoji} from "./emoji.js";
import {dateText} from "./dates.js";
import {textObject, textOf, mention, groupMention, channelMention, link, safeLink} from "./mrkdwn.js";

/** Draws `blocks` on a surface; `context` is what elements.js describes, with `errors` by block id. */
export function blocks(list, context) {
  return (list ?? []).map((block) => {
    const make = makers[block.type];
    const node = make ? make(block, context) : unknown(block);
    node.dataset.blockId = block.block_id ?? "";
    return node;
  });
}

function unknown(block) {
  return h("details", {class: "block unknown"}, h("summary", {}, `A block of type “${block.type}”, which is not drawn here`), jsonView(block));
}

function text(object, className = "text") { return h("div", {class: className}, textObject(object)); }

function image(item, className) {
  const url = item.image_url ?? item.slack_file?.url;
  const missing = () => h("span", {class: "image-missing"}, item.alt_text || "Picture");
  if (!url || !/^(https?:|data:image\/)/i.test(url)) return missing();
  const node = h("img", {src: url, alt: item.alt_text ?? "", class: className, loading: "lazy", referrerpolicy: "no-referrer"});
  node.addEventListener("error", () => node.replaceWith(missing()));
  return node;
}

const makers = {
  section(block, context) {
    const accessory = block.accessory?.type === "image" ? image(block.accessory, "thumbnail")
      : block.accessory ? element(block, block.accessory, context, {}) ?? unknown(block.accessory) : null;
    return h("div", {class: "block section"}, h("div", {class: "section-body"}, block.text ? text(block.text) : null,
      block.fields ? h("div", {class: "fields"}, block.fields.map((field) => text(field))) : null),
    accessory ? h("div", {class: "accessory"}, accessory) : null);
  },

  header: (block) => h("h3", {class: "block header-block"}, textObject(block.text)),
  divider: () => h("hr", {class: "block divider"}),

  context: (block) => h("div", {class: "block context"}, (block.elements ?? []).map((item) =>
    item.type === "image" ? image(item, "context-image") : text(item, "context-text"))),

  actions: (block, context) => h("div", {class: "block actions"}, (block.elements ?? []).map((item) =>
    element(block, item, context, {}) ?? unknown(item))),

  input(block, context) {
    const hintID = uniqueID("hint"), errorID = uniqueID("error"), labelID = uniqueID("label");
    const label = textOf(block.label);
    const control = element(block, block.element ?? {}, context, {label, describedBy: `${hintID} ${errorID}`}) ?? unknown(block.element ?? {});
    const field = control.querySelector?.("input:not([type=checkbox]):not([type=radio]), textarea") ?? (control.matches("input, textarea") ? control : null);
    const isRequired = block.optional !== true;
    const error = context.errors?.[block.block_id];
    if (field) {
      field.id ||= uniqueID("field");
      if (isRequired) field.setAttribute("aria-required", "true");
      if (error) field.setAttribute("aria-invalid", "true");
    }
    return h("div", {class: `block input${error ? " invalid" : ""}`},
      h(field ? "label" : "div", {class: "input-label", id: labelID, for: field?.id}, textObject(block.label),
        isRequired ? null : h("span", {class: "optional"}, " (optional)")),
      control, h("div", {class: "error", id: errorID, role: error ? "alert" : null}, error ?? ""),
      h("div", {class: "hint", id: hintID}, block.hint ? textObject(block.hint) : null));
  },

  image: (block) => h("figure", {class: "block image"}, block.title ? h("figcaption", {}, textObject(block.title)) : null, image(block, "picture")),

  video: (block) => h("figure", {class: "block image"}, h("figcaption", {}, link(block.title_url ?? block.video_url ?? "", textObject(block.title))),
    link(block.video_url ?? "", image({image_url: block.thumbnail_url, alt_text: block.alt_text}, "picture"))),

  file: (block) => h("div", {class: "block context"}, `File ${block.external_id ?? ""}`),
  markdown: (block) => h("div", {class: "block markdown text"}, markdown(block.text ?? "")),
  rich_text: (block) => h("div", {class: "block text"}, (block.elements ?? []).map(richElement)),

  table(block) {
    const rows = (block.rows ?? []).map((row, index) => h("tr", {}, row.map((cell, column) => {
      const setting = block.column_settings?.[column] ?? {};
      return h(index === 0 ? "th" : "td", {class: `align-${setting.align ?? "left"}`},
        cell.type === "rich_text" ? (cell.elements ?? []).map(richElement) : cell.text ?? "");
    })));
    return h("div", {class: "block table-box", tabindex: "0", role: "group", "aria-label": "Table"}, h("table", {}, rows));
  },
};

// MARK: rich_text

function richElement(item) {
  switch (item.type) {
  case "rich_text_section": return h("div", {class: "rich-section"}, (item.elements ?? []).map(leaf));
  case "rich_text_quote": return h("blockquote", {}, (item.elements ?? []).map(leaf));
  case "rich_text_preformatted": return h("pre", {class: "code-block"}, h("code", {}, (item.elements ?? []).map((each) => each.text ?? each.url ?? "")));
  case "rich_text_list": {
    const list = h(item.style === "ordered" ? "ol" : "ul", {class: "rich-list", start: item.offset ? item.offset + 1 : null}, (item.elements ?? []).map((each) => h("li", {}, richElement(each))));
    list.style.marginInlineStart = `${(item.indent ?? 0) * 1.5}em`;
    return list;
  }
  default: return h("span", {}, item.text ?? "");
  }
}

function leaf(item) {
  let node;
  switch (item.type) {
  case "text": node = h("span", {}, item.text ?? ""); break;
  case "link": node = safeLink(item.url ?? "") ? link(item.url, item.text ?? item.url) : h("span", {}, item.text ?? ""); break;
  case "user": node = mention(item.user_id); break;
  case "usergroup": node = groupMention(item.usergroup_id); break;
  case "channel": node = channelMention(item.channel_id); break;
  case "emoji": node = emoji(item.name) ?? h("span", {}, `:${item.name}:`); break;
  case "date": node = h("time", {}, dateText(item.timestamp, item.format ?? "{date}") ?? item.fallback ?? ""); break;
  case "broadcast": node = h("span", {class: "mention mine"}, `@${item.range}`); break;
  default: node = h("span", {}, item.text ?? "");
  }
  for (const [style, tag] of [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "s"], ["underline", "u"]]) {
    if (item.style?.[style]) node = h(tag, {}, node);
  }
  return node;
}

// MARK: Attachments

/** The older form of cards: a bar of colour, and blocks or a few texts. */
export function attachments(list, context) {
  return (list ?? []).map((item) => {
    const names = {good: "#2a8f5b", warning: "#d99a1c", danger: "#c8334a"};
    const colour = names[item.color] ?? (/^#?[0-9a-f]{6}$/i.test(item.color ?? "") ? `#${item.color.replace("#", "")}` : null);
    const node = h("div", {class: "attachment"}, item.blocks ? blocks(item.blocks, context) : [
      item.pretext ? text({type: "mrkdwn", text: item.pretext}) : null,
      item.author_name ? h("div", {class: "context-text"}, item.author_name) : null,
      item.title ? h("div", {class: "attachment-title"}, item.title_link ? link(item.title_link, item.title) : item.title) : null,
      text({type: "mrkdwn", text: item.text ?? (item.fields || item.title ? "" : item.fallback ?? "")}),
      item.fields ? h("div", {class: "fields"}, item.fields.map((field) => h("div", {}, h("strong", {}, field.title), text({type: "mrkdwn", text: field.value})))) : null,
      item.image_url ? image({image_url: item.image_url, alt_text: item.fallback ?? ""}, "picture") : null,
      item.footer ? h("div", {class: "context-text"}, item.footer) : null,
    ]);
    if (colour) node.style.borderInlineStartColor = colour;
    return node;
  });
}
