// The answer first: the last day, the one in progress, the week and the month so far.

import { PATHS, get } from "./api.js";
import { WEEKDAYS, firstWeekday, monthBefore, startOfMonth, startOfWeek, weekday } from "./dates.js";
import { share } from "./chart.js";
import { h } from "./dom.js";
import { about, count, locale, longDay, money, moneyChange, percent, range, weekdayName } from "./format.js";

const between = (from, to, compare) => get(PATHS.summary, { start_date: from, end_date: to, compare });

export const loadDay = ({ newest }) => between(newest, newest, "week_ago");
export const loadWeek = ({ newest }) => between(startOfWeek(newest), newest, "week_ago");
/** The month is held against the same dates of the month before, which the API's comparisons are not. */
export async function loadMonth({ newest }) {
    const [start, end] = [monthBefore(startOfMonth(newest)), monthBefore(newest)];
    const [now, before] = await Promise.all([
        between(startOfMonth(newest), newest, "previous"),
        between(start, end, "previous"),
    ]);
    const totals = before.totals?.days_counted ? before.totals : null;
    return { ...now, comparison: { start_date: start, end_date: end, totals, ...changes(now.totals, totals) } };
}
export const loadRange = async (view) => {
    const { from, to, compare } = view;
    const asked = { start_date: from, end_date: to, limit: 3660, compare, group_by: "weekday" };
    return { view, ...(await get(PATHS.summary, asked)) };
};

/** What became of each figure, as the API tells it of comparisons of its own. */
function changes(now, before) {
    if (!now || !before) return { change: null, change_percent: null };
    const change = {};
    const percents = {};
    for (const name of ["total_revenue", "order_count", "average_order_value"]) {
        change[name] = Number(now[name]) - Number(before[name]);
        percents[name] = Number(before[name]) > 0 ? (change[name] / Number(before[name])) * 100 : null;
    }
    return { change, change_percent: percents };
}

export const loadToday = () => get(PATHS.days, { limit: 1 });

const isEnglish = locale.startsWith("en");

/** How the last day was, in a sentence. */
export function sentence(view, answer) {
    const change = answer.comparison?.change_percent?.total_revenue;
    const name = view.newest === view.yesterday ? "Yesterday" : longDay(view.newest);
    if (!answer.totals?.days_counted) return `${name} has no figures.`;
    if (change === null || change === undefined) return `${name} brought ${money(answer.totals.total_revenue)}.`;
    // The sentence is English; a weekday of another language would stand oddly in it.
    const same = isEnglish ? weekdayName(weekday(view.newest), "long") : "same weekday";
    const weekdayBefore = `the ${same} before`;
    if (Math.abs(change) < 0.5) return `${name} was much like ${weekdayBefore}.`;
    return `${name} brought ${percent(Math.abs(change), 0)} ${change > 0 ? "more" : "less"} than ${weekdayBefore}.`;
}

/** Revenue, orders and average of a range, each held against another. */
export function showTotals({ totals, comparison }) {
    if (!totals || totals.days_counted === 0) return h("p", { class: "note" }, "None of these days has figures.");
    const change = comparison?.change_percent;
    const partial =
        totals.days_counted < totals.days_expected &&
        h("p", { class: "note" }, `${totals.days_counted} of ${totals.days_expected} days have figures.`);
    return [
        h("p", { class: "figure" }, money(totals.total_revenue)),
        h(
            "p",
            { class: "against" },
            shift(change?.total_revenue),
            comparison?.change ? ` ${moneyChange(comparison.change.total_revenue)}` : "",
        ),
        h(
            "dl",
            { class: "pairs" },
            pair("Orders", count(totals.order_count), change?.order_count),
            pair("Per order", money(totals.average_order_value), change?.average_order_value),
            totals.days_counted > 1 && pair("Per day", money(totals.average_daily_revenue), undefined),
        ),
        comparison && h("p", { class: "note" }, against(comparison)),
        partial,
    ].filter(Boolean);
}

const pair = (name, value, change) =>
    h("div", null, h("dt", null, name), h("dd", null, value), h("dd", null, change === undefined ? "" : shift(change)));

/** A change in percent by arrow, sign and word: never by colour alone. */
function shift(change) {
    if (change === null || change === undefined) return h("span", { class: "shift" }, "no comparison");
    const [arrow, word] = change > 0 ? ["▲", "up "] : change < 0 ? ["▼", "down "] : ["", ""];
    return h(
        "span",
        { class: "shift" },
        h("span", { "aria-hidden": "true" }, `${arrow} `),
        h("span", { class: "unseen" }, word),
        percent(Math.abs(change)),
    );
}

function against({ start_date: from, end_date: to, totals }) {
    const days = from === to ? longDay(from) : range(from, to);
    if (!totals) return `${days} has no figures to compare with.`;
    const partial =
        totals.days_counted < totals.days_expected
            ? ` (${totals.days_counted} of its ${totals.days_expected} days)`
            : "";
    return `against ${money(totals.total_revenue)} on ${days}${partial}`;
}

/** The same with the days that they are of, and what each weekday brings on average. */
export const showRange = (answer) => [
    h("p", { class: "against" }, range(answer.view.from, answer.view.to)),
    showTotals(answer),
    weekdays(answer.groups ?? []),
];

function weekdays(groups) {
    const known = groups.filter((group) => group.days_counted > 0);
    if (known.length < 2) return null;
    const place = (group) => (WEEKDAYS.indexOf(group.group) + 8 - firstWeekday()) % 7;
    const most = Math.max(...known.map((group) => Number(group.average_daily_revenue)), 1);
    return [
        h("h3", null, "An average day"),
        h(
            "ul",
            { class: "weekdays" },
            known
                .sort((one, other) => place(one) - place(other))
                .map((group) =>
                    h(
                        "li",
                        null,
                        h("span", null, weekdayName(WEEKDAYS.indexOf(group.group) + 1)),
                        share(Math.max(0, group.average_daily_revenue / most)),
                        h("span", { class: "amount" }, about(group.average_daily_revenue)),
                    ),
                ),
        ),
    ];
}

/** What the day in progress should bring. */
export function showToday({ forecasts, stage_reason: reason }) {
    const row = forecasts[0];
    if (!row) return h("p", { class: "note" }, reason ?? "Nothing is forecast yet.");
    return [
        h("p", { class: "figure" }, about(row.forecast_value)),
        h("p", { class: "against" }, "forecast"),
        row.lower_80 !== null &&
            h(
                "dl",
                { class: "pairs" },
                h(
                    "div",
                    null,
                    h("dt", null, "8 days of 10"),
                    h("dd", null, `${about(row.lower_80)} – ${about(row.upper_80)}`),
                ),
                h(
                    "div",
                    null,
                    h("dt", null, "19 days of 20"),
                    h("dd", null, `${about(row.lower_95)} – ${about(row.upper_95)}`),
                ),
            ),
        h("p", { class: "note" }, `${longDay(row.forecast_date)}, in progress`),
    ].filter(Boolean);
}
