// Figures, dates and shares as the viewer's own locale writes them; the currency is the restaurant's.

/** The one that the browser writes in. */
export const { locale } = new Intl.NumberFormat().resolvedOptions();

let currency = null;
const made = new Map();

/** Formatters are dear to make: each is made once. */
function number(options) {
    const key = JSON.stringify(options);
    if (!made.has(key)) made.set(key, new Intl.NumberFormat(undefined, options));
    return made.get(key);
}

function date(options) {
    const key = `date ${JSON.stringify(options)}`;
    if (!made.has(key)) made.set(key, new Intl.DateTimeFormat(undefined, options));
    return made.get(key);
}

/** The currency of the API's `meta`. XXX is ISO 4217's word for none. */
export function useCurrency(code) {
    currency = code === "XXX" ? null : code;
}

const inCurrency = (options) => (currency ? { style: "currency", currency, ...options } : options);

/** "20248.74" to the cent. */
export const money = (value) =>
    number(inCurrency({ minimumFractionDigits: 2, maximumFractionDigits: 2 })).format(value);

/** Without cents: for what is only expected. */
export const about = (value) => number(inCurrency({ maximumFractionDigits: 0 })).format(value);

/** For an axis: 20K. */
export const short = (value) => number(inCurrency({ notation: "compact", maximumFractionDigits: 1 })).format(value);

/** A difference, with its sign. */
export const moneyChange = (value) =>
    number(inCurrency({ minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "exceptZero" })).format(value);

export const count = (value, digits = 0) => number({ maximumFractionDigits: digits }).format(value);

/** A percentage given as one: 4.2. */
export const percent = (value, digits = 1) =>
    number({ style: "percent", maximumFractionDigits: digits }).format(value / 100);

const utc = (day) => new Date(`${day}T00:00:00Z`);

/** Saturday, 21 November. */
export const longDay = (day) =>
    date({ weekday: "long", day: "numeric", month: "long", timeZone: "UTC" }).format(utc(day));

/** Sat 21 Nov. */
export const shortDay = (day) =>
    date({ weekday: "short", day: "numeric", month: "short", timeZone: "UTC" }).format(utc(day));

/** 21 Nov. */
export const tick = (day) => date({ day: "numeric", month: "short", timeZone: "UTC" }).format(utc(day));

/** Nov 2026. */
export const month = (day) => date({ month: "short", year: "numeric", timeZone: "UTC" }).format(utc(day));

/** A range of days, as short as the locale can say it. */
export const range = (from, to) =>
    date({ day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).formatRange(utc(from), utc(to));

/** The name of a weekday, 1 for Monday. */
export const weekdayName = (place, style = "short") =>
    date({ weekday: style, timeZone: "UTC" }).format(new Date(Date.UTC(2024, 0, place)));

/** An hour of the wall clock. */
export const hour = (value) => date({ hour: "numeric", timeZone: "UTC" }).format(new Date(Date.UTC(2024, 0, 1, value)));

/** A moment, by the restaurant's clock. */
export const moment = (instant, zone) =>
    date({
        weekday: "short",
        day: "numeric",
        month: "short",
        hour: "numeric",
        minute: "2-digit",
        timeZone: zone ?? "UTC",
    }).format(new Date(instant));

export const duration = (ms) => {
    const seconds = Math.round(ms / 1000);
    if (seconds < 1) return "under a second";
    return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
};
