// Times as people read them. The shell gives RFC 3339 in UTC; people live in their own zone.
import { language } from "./language.svelte";

const DAY = 86_400_000;

/** The last second of a day in UTC is how a date without a time travels: it stays that date everywhere. */
function isDateOnly(time: string): boolean {
  return time.endsWith("T23:59:59Z");
}

/** "3 March 2027". */
export function longDate(time: string): string {
  return format(time, { dateStyle: "long" });
}

/** "3 Mar 2027", where there is little room. */
export function shortDate(time: string): string {
  return format(time, { dateStyle: "medium" });
}

/** "3 March 2027 at 14:05"; a date without a time stays one. */
export function longTime(time: string): string {
  return format(
    time,
    isDateOnly(time) ? { dateStyle: "long" } : { dateStyle: "long", timeStyle: "short" },
  );
}

/** The date alone, with the time of day where it matters: when it is less than two days away. */
export function deadline(time: string, now = Date.now()): string {
  return Math.abs(Date.parse(time) - now) < 2 * DAY ? longTime(time) : longDate(time);
}

/** The day that this computer shows. */
export function today(now = Date.now()): string {
  return longDate(new Date(now).toISOString());
}

/** Whole days from now, at least 0. */
export function daysLeft(until: string, now = Date.now()): number {
  return Math.max(0, Math.floor((Date.parse(until) - now) / DAY));
}

/** "3 days"; in hours where it is no whole number of days. */
export function duration(seconds: number): string {
  const hours = Math.round(seconds / 3600);
  const [value, unit] = hours % 24 === 0 ? [hours / 24, "day"] : [hours, "hour"];
  return new Intl.NumberFormat(language.formats, {
    style: "unit",
    unit,
    unitDisplay: "long",
  }).format(value);
}

function format(time: string, options: Intl.DateTimeFormatOptions): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return time;
  const zone = isDateOnly(time) ? { timeZone: "UTC" } : {};
  return new Intl.DateTimeFormat(language.formats, { ...options, ...zone }).format(at);
}
