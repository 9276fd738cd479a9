// `:name:` as a picture. Those that apps of this kind use most are drawn here, alike on every machine; the others are
// the system's own characters.

const shapes = {
  white_check_mark: [["rect", {width: 18, height: 18, x: 1, y: 1, rx: 4, fill: "#2a8f5b"}], ["path", {d: "M5 10.5l3.5 3.5L15 7", stroke: "#fff"}]],
  heavy_check_mark: [["path", {d: "M3 11l5 5L17 5", stroke: "#2a8f5b"}]],
  x: [["path", {d: "M4 4l12 12M16 4L4 16", stroke: "#d23b4e"}]],
  no_entry: [["circle", {cx: 10, cy: 10, r: 9, fill: "#cc3344"}], ["rect", {x: 4.5, y: 8.2, width: 11, height: 3.6, rx: 1, fill: "#fff"}]],
  no_entry_sign: [["circle", {cx: 10, cy: 10, r: 7.5, stroke: "#cc3344"}], ["path", {d: "M5 5l10 10", stroke: "#cc3344"}]],
  warning: [["path", {d: "M10 2l9 16H1z", fill: "#f2b632", stroke: "#f2b632", "stroke-width": 1.5}], ["path", {d: "M10 8v4.5M10 15v.2", stroke: "#3d2c00"}]],
  hourglass_flowing_sand: [["path", {d: "M5 2h10M5 18h10", stroke: "#7a5b3a"}], ["path", {d: "M6 3c0 5 3 5 4 7-1 2-4 2-4 7h8c0-5-3-5-4-7 1-2 4-2 4-7z", fill: "#f0cf8a", stroke: "#7a5b3a", "stroke-width": 1.2}]],
  hourglass: [["path", {d: "M5 2h10M5 18h10", stroke: "#7a5b3a"}], ["path", {d: "M6 3c0 5 3 5 4 7-1 2-4 2-4 7h8c0-5-3-5-4-7 1-2 4-2 4-7z", fill: "#f0cf8a", stroke: "#7a5b3a", "stroke-width": 1.2}]],
  repeat: [["rect", {width: 18, height: 18, x: 1, y: 1, rx: 4, fill: "#3f7fc4"}], ["path", {d: "M5 9V8a2 2 0 012-2h7l-2-2M15 11v1a2 2 0 01-2 2H6l2 2", stroke: "#fff", "stroke-width": 1.6}]],
  rotating_light: [["path", {d: "M5 15v-4a5 5 0 0110 0v4z", fill: "#e04b4b"}], ["rect", {x: 3, y: 15, width: 14, height: 3, rx: 1, fill: "#6b7580"}], ["path", {d: "M10 1v2M3 4l1.5 1.5M17 4l-1.5 1.5", stroke: "#e04b4b", "stroke-width": 1.6}]],
  large_green_circle: [["circle", {cx: 10, cy: 10, r: 8, fill: "#3aa76d"}]],
  green_circle: [["circle", {cx: 10, cy: 10, r: 8, fill: "#3aa76d"}]],
  red_circle: [["circle", {cx: 10, cy: 10, r: 8, fill: "#d23b4e"}]],
  large_yellow_circle: [["circle", {cx: 10, cy: 10, r: 8, fill: "#f2c232"}]],
  large_blue_circle: [["circle", {cx: 10, cy: 10, r: 8, fill: "#3f7fc4"}]],
  white_circle: [["circle", {cx: 10, cy: 10, r: 7.5, fill: "#fff", stroke: "#9aa5ae", "stroke-width": 1.2}]],
  checkered_flag: [["path", {d: "M3 2v17", stroke: "#6b7580"}], ["path", {d: "M3 3h14v9H3z", fill: "#fff", stroke: "#30383f", "stroke-width": 1}], ["path", {d: "M3 3h3.5v3H3zM10 3h3.5v3H10zM6.5 6H10v3H6.5zM13.5 6H17v3h-3.500zM3 9h3.500v3H3zM10 9h3.500v3H10z", fill: "#30383f"}]],
  alarm_clock: [["circle", {cx: 10, cy: 11, r: 7, fill: "#fff", stroke: "#d23b4e", "stroke-width": 1.8}], ["path", {d: "M10 7v4l3 2M3 4l3-2M17 4l-3-2", stroke: "#30383f", "stroke-width": 1.6}]],
  lock: [["path", {d: "M6 9V6a4 4 0 018 0v3", stroke: "#8a7442"}], ["rect", {x: 4, y: 9, width: 12, height: 9, rx: 2, fill: "#e5b63c"}]],
  unlock: [["path", {d: "M6 9V6a4 4 0 017.500-1.500", stroke: "#8a7442"}], ["rect", {x: 4, y: 9, width: 12, height: 9, rx: 2, fill: "#e5b63c"}]],
  key: [["circle", {cx: 6.5, cy: 7, r: 4, stroke: "#b98a1e"}], ["path", {d: "M9.500 10l7 7M14 14.500l-2 2", stroke: "#b98a1e"}]],
};

const characters = {
  smile: "😄", slightly_smiling_face: "🙂", grinning: "😀", joy: "😂", wink: "😉", thinking_face: "🤔", cry: "😢",
  sob: "😭", heart: "❤️", "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", wave: "👋", clap: "👏", pray: "🙏",
  ok_hand: "👌", raised_hands: "🙌", muscle: "💪", point_right: "👉", point_left: "👈", point_up: "☝️", point_down: "👇",
  eyes: "👀", fire: "🔥", tada: "🎉", sparkles: "✨", star: "⭐", rocket: "🚀", bulb: "💡", zap: "⚡", boom: "💥", bug: "🐛",
  bell: "🔔", no_bell: "🔕", mega: "📣", loudspeaker: "📢", speech_balloon: "💬", memo: "📝", pencil: "📝", pencil2: "✏️",
  clipboard: "📋", page_facing_up: "📄", file_folder: "📁", package: "📦", inbox_tray: "📥", outbox_tray: "📤", email: "📧",
  envelope: "✉️", link: "🔗", mag: "🔍", pushpin: "📌", paperclip: "📎", scissors: "✂️", calendar: "📅", date: "📅",
  spiral_calendar_pad: "🗓️", clock1: "🕐", clock3: "🕒", stopwatch: "⏱️", timer_clock: "⏲️", watch: "⌚", shield: "🛡️",
  closed_lock_with_key: "🔐", old_key: "🗝️", door: "🚪", construction: "🚧", octagonal_sign: "🛑", ballot_box_with_check: "☑️",
  question: "❓", grey_question: "❔", exclamation: "❗", bangbang: "‼️", information_source: "ℹ️", heavy_minus_sign: "➖",
  heavy_plus_sign: "➕", arrow_right: "➡️", arrow_left: "⬅️", arrow_up: "⬆️", arrow_down: "⬇️", arrows_counterclockwise: "🔄",
  fast_forward: "⏩", black_square_for_stop: "⏹️", double_vertical_bar: "⏸️", arrow_forward: "▶️", hammer: "🔨",
  hammer_and_wrench: "🛠️", wrench: "🔧", gear: "⚙️", computer: "💻", desktop_computer: "🖥️", floppy_disk: "💾",
  file_cabinet: "🗄️", card_file_box: "🗃️", bar_chart: "📊", chart_with_upwards_trend: "📈",
  chart_with_downwards_trend: "📉", moneybag: "💰", credit_card: "💳", robot_face: "🤖", ghost: "👻", skull: "💀",
  bust_in_silhouette: "👤", busts_in_silhouette: "👥", office: "🏢", house: "🏠", globe_with_meridians: "🌐",
  earth_africa: "🌍", sunny: "☀️", cloud: "☁️", snowflake: "❄️", umbrella: "☔", coffee: "☕", beer: "🍺", pizza: "🍕",
  cake: "🍰", gift: "🎁", trophy: "🏆", dart: "🎯", crown: "👑", see_no_evil: "🙈", shrug: "🤷", facepalm: "🤦", "100": "💯",
  large_orange_circle: "🟠", large_purple_circle: "🟣", black_circle: "⚫", small_red_triangle: "🔺", recycle: "♻️",
  sos: "🆘", new: "🆕", ok: "🆗", id: "🆔", hash: "#️⃣", one: "1️⃣", two: "2️⃣", three: "3️⃣", four: "4️⃣", five: "5️⃣",
};

/** The picture of `:name:`, or `null` for a name that is not known here. */
export function emoji(name) {
  const base = name.replace(/::skin-tone-\d$/, "");
  if (shapes[base]) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 20 20");
    svg.setAttribute("class", "emoji");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", base.replaceAll("_", " "));
    for (const [kind, attributes] of shapes[base]) {
      const part = document.createElementNS(svg.namespaceURI, kind);
      const usual = {fill: "none", "stroke-width": 2.4, "stroke-linecap": "round", "stroke-linejoin": "round"};
      for (const [key, value] of Object.entries({...usual, ...attributes})) part.setAttribute(key, value);
      svg.append(part);
    }
    return svg;
  }
  if (!characters[base]) return null;
  const span = document.createElement("span");
  span.className = "emoji-text";
  span.setAttribute("role", "img");
  span.setAttribute("aria-label", base.replaceAll("_", " "));
  span.textContent = characters[base];
  return span;
}
