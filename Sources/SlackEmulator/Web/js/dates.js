// Times as the reader sees them: in the zone of the person whom this tab plays, by the emulator's clock.

import {store, now} from "./store.js";

function zone() { return store.me?.tz || undefined; }

function format(date, options) {
  try {
    return new Intl.DateTimeFormat("en-GB", {...options, timeZone: zone()}).format(date);
  } catch {
    return new Intl.DateTimeFormat("en-GB", options).format(date);
  }
}

const dayOf = (date) => format(date, {year: "numeric", month: "2-digit", day: "2-digit"});

export const clockTime = (date) => format(date, {hour: "2-digit", minute: "2-digit"});
export const clockTimeSeconds = (date) => format(date, {hour: "2-digit", minute: "2-digit", second: "2-digit"});
export const longDate = (date) => format(date, {weekday: "long", day: "numeric", month: "long", year: "numeric"});
export const fullTime = (date) => `${longDate(date)}, ${clockTimeSeconds(date)} (${zone() ?? "local time"})`;

export function dayLabel(date) {
  const day = dayOf(date);
  if (day === dayOf(new Date(now()))) return "Today";
  if (day === dayOf(new Date(now() - 86_400_000))) return "Yesterday";
  return longDate(date);
}

function pretty(date, usual) {
  const day = dayOf(date);
  for (const [shift, name] of [[0, "today"], [-86_400_000, "yesterday"], [86_400_000, "tomorrow"]]) {
    if (day === dayOf(new Date(now() + shift))) return name;
  }
  return usual;
}

export function ago(date) {
  const seconds = Math.round((date - now()) / 1000);
  const relative = new Intl.RelativeTimeFormat("en", {numeric: "auto"});
  const size = Math.abs(seconds);
  if (size < 60) return relative.format(seconds, "second");
  if (size < 3600) return relative.format(Math.round(seconds / 60), "minute");
  if (size < 86_400) return relative.format(Math.round(seconds / 3600), "hour");
  return relative.format(Math.round(seconds / 86_400), "day");
}

const tokens = {
  date_num: (date) => format(date, {year: "numeric", month: "2-digit", day: "2-digit"}).split("/").reverse().join("-"),
  date: (date) => format(date, {day: "numeric", month: "long", year: "numeric"}),
  date_short: (date) => format(date, {day: "numeric", month: "short", year: "numeric"}),
  date_long: (date) => longDate(date),
  date_pretty: (date) => pretty(date, tokens.date(date)),
  date_short_pretty: (date) => pretty(date, tokens.date_short(date)),
  date_long_pretty: (date) => pretty(date, tokens.date_long(date)),
  time: clockTime,
  time_secs: clockTimeSeconds,
  ago,
};

/** The text of `<!date^…>` (slack.md 3.6), or `null` where it is not one. */
export function dateText(seconds, pattern) {
  const date = new Date(Number(seconds) * 1000);
  if (!Number.isFinite(date.getTime())) return null;
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => tokens[name]?.(date) ?? whole);
}

/** How far the reader's zone is ahead of UTC at a time, in milliseconds. */
function offset(time) {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone(), hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric",
    minute: "numeric", second: "numeric",
  }).formatToParts(new Date(time));
  const part = (name) => Number(parts.find((each) => each.type === name).value);
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second")) - time;
}

/** `2026-01-31T12:00` in the reader's zone, from and to seconds since 1970. */
export function localText(seconds) {
  const time = seconds * 1000;
  return new Date(time + offset(time)).toISOString().slice(0, 16);
}

export function secondsOf(text) {
  const wall = Date.parse(`${text}:00Z`);
  if (!Number.isFinite(wall)) return null;
  // Twice, because the offset belongs to the time that is looked for.
  const guess = wall - offset(wall);
  return Math.round((wall - offset(guess)) / 1000);
}
