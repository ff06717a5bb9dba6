// Business days as the API writes them, YYYY-MM-DD. They have no zone, and so are reckoned in UTC.

import { locale } from "./format.js";

const DAY = 86_400_000;
const instant = (day) => Date.parse(`${day}T00:00:00Z`);

/** The day so many days later. */
export const plus = (day, days) => new Date(instant(day) + days * DAY).toISOString().slice(0, 10);

/** How many days a range has, both ends counted. */
export const length = (from, to) => Math.round((instant(to) - instant(from)) / DAY) + 1;

/** Each day of a range. */
export const each = (from, to) => Array.from({ length: length(from, to) }, (_, place) => plus(from, place));

/** 1 for Monday to 7 for Sunday. */
export const weekday = (day) => new Date(instant(day)).getUTCDay() || 7;

/** The API's names of them. */
export const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/** A day that a person or an address wrote, or null. */
export const read = (text) =>
    /^\d{4}-\d{2}-\d{2}$/.test(text ?? "") && !Number.isNaN(instant(text)) && plus(text, 0) === text ? text : null;

/** Where the viewer's week begins, 1 to 7. Monday where the browser does not tell. */
export function firstWeekday() {
    const viewers = new Intl.Locale(locale);
    return (viewers.getWeekInfo?.() ?? viewers.weekInfo)?.firstDay ?? 1;
}

export const startOfWeek = (day) => plus(day, -((weekday(day) - firstWeekday() + 7) % 7));

export const startOfMonth = (day) => `${day.slice(0, 8)}01`;

/** The same date of the month before, or that month's last where it has none. */
export function monthBefore(day) {
    const [year, month, date] = day.split("-").map(Number);
    // The day before the first.
    const last = new Date(Date.UTC(year, month - 1, 0)).getUTCDate();
    return new Date(Date.UTC(year, month - 2, Math.min(date, last))).toISOString().slice(0, 10);
}

/** The business day in progress in the restaurant's zone. */
export function today({ timezone, day_start: start }) {
    const [hours, minutes] = (start ?? "00:00").split(":").map(Number);
    const shifted = new Date(Date.now() - (hours * 60 + minutes) * 60_000);
    return new Intl.DateTimeFormat("en-CA", { timeZone: timezone ?? "UTC", dateStyle: "short" }).format(shifted);
}
