// Revenue by day, what had been forecast of each, and the coming days with their bands.

import { PATHS, address, get } from "./api.js";
import { apart, behind, legend, picture, trouble } from "./card.js";
import { block, drawing, label, line, spaced, stripes, vertical } from "./chart.js";
import { each, firstWeekday, length, plus, weekday } from "./dates.js";
import { h, table } from "./dom.js";
import { about, count, money, month, range, shortDay, short, tick } from "./format.js";

/** How many days to come are shown beside a range that reaches up to now. */
const AHEAD = 14;
/** What the API tells of forecasts in the past. */
const JUDGED = 366;

const asked = ({ from, to }) => ({ start_date: from, end_date: to, limit: Math.min(length(from, to), 3660) });

export async function load(view) {
    const toNow = view.to >= view.newest;
    const [summary, forecast, accuracy] = await Promise.all([
        get(PATHS.summary, asked(view)),
        toNow ? apart(get(PATHS.days, { limit: AHEAD })) : { forecasts: [] },
        apart(get(PATHS.accuracy, { days: Math.min(Math.max(length(view.from, view.newest), 1), JUDGED) })),
    ]);
    const coming = forecast.forecasts ?? [];
    const rows = new Map(summary.daily_summaries.map((row) => [row.date, row]));
    const revenue = accuracy.accuracy?.find((figure) => figure.forecast_type === "daily_revenue");
    const said = new Map((revenue?.days ?? []).map((day) => [day.date, day.horizon_1]));
    const missing = new Set(summary.meta.missing_dates ?? []);
    const ends = coming.at(-1)?.forecast_date;
    const expected = new Map(coming.map((row) => [row.forecast_date, row]));
    const shown = each(view.from, ends && ends > view.to ? ends : view.to).map((date) => ({
        date,
        row: rows.get(date),
        said: said.get(date),
        coming: expected.get(date),
        isMissing: missing.has(date),
    }));
    return { view, shown, coming, forecast, accuracy };
}

export function show({ view, shown, coming, forecast, accuracy }, retry) {
    const published = shown.filter((day) => day.row);
    const gaps = shown.filter((day) => day.isMissing).length;
    if (published.length + coming.length + gaps === 0) {
        return h("p", { class: "note" }, "None of these days is one of the restaurant's: pick later ones.");
    }
    return [
        picture((width) => draw(width, shown, describe(view, published, coming))),
        legend(
            ["solid", "revenue"],
            shown.some((day) => day.said) && ["tickmark", "what was forecast the night before"],
            coming.length > 0 && ["line80", "forecast, with the ranges that 80 % and 95 % of days fall into"],
            gaps > 0 && ["hatched", gaps === 1 ? "1 day has no figures" : `${gaps} days have no figures`],
        ),
        forecast.failed && trouble(forecast.failed, retry, "The coming days"),
        accuracy.failed && trouble(accuracy.failed, retry, "What was forecast"),
        forecast.stage_reason && h("p", { class: "note" }, forecast.stage_reason),
        behind(tables(published, coming, shown), files(view, coming)),
    ];
}

function describe(view, published, coming) {
    const said = [`Revenue by day, ${range(view.from, view.to)}.`];
    if (published.length > 0) {
        const best = published.reduce((most, day) =>
            Number(day.row.total_revenue) > Number(most.row.total_revenue) ? day : most,
        );
        said.push(`The best day was ${shortDay(best.date)} with ${money(best.row.total_revenue)}.`);
    }
    if (coming.length > 0) {
        const sum = coming.reduce((total, row) => total + Number(row.forecast_value), 0);
        said.push(`The next ${coming.length} days are forecast at ${about(sum)} in all.`);
    }
    return said.join(" ");
}

function draw(width, shown, words) {
    const height = width < 560 ? 240 : Math.min(460, 230 + width * 0.19);
    const [top, bottom] = [24, height - 26];
    const values = shown.flatMap(({ row, said, coming }) =>
        [row?.total_revenue, said?.forecast_value, coming?.forecast_value, coming?.upper_95]
            .filter((value) => value != null)
            .map(Number),
    );
    const { y, grid, left: start } = vertical(values, top, bottom, width, short, 5);
    const slot = (width - start) / shown.length;
    const wide = slot > 6 ? slot * 0.72 : slot * 0.86;
    const x = (place) => start + place * slot + (slot - wide) / 2;
    const marks = shown.map((day, place) => mark(day, x(place), wide, y, top, bottom));
    const first = shown.findIndex((day) => day.coming && !day.row);
    const now = first > 0 ? start + first * slot : null;
    // A word at the edge would stand outside.
    const names = labels(shown, (place) => start + (place + 0.5) * slot).filter(({ x: at }) => at < width - 24);
    const isTight = now > width - 60;
    return drawing(
        width,
        height,
        words,
        stripes("no-figures"),
        grid,
        marks,
        now && line("now", now, now, top - 12, bottom),
        now &&
            label(
                isTight ? "before" : "after",
                isTight ? now - 6 : now + 6,
                top - 4,
                isTight ? "forecast →" : "forecast",
            ),
        names.map(({ x: at, words: text }) => label("axis middle", at, height - 8, text)),
    );
}

function mark({ date, row, said, coming, isMissing }, x, wide, y, top, bottom) {
    const day = shortDay(date);
    if (row) {
        const words =
            `${day}: ${money(row.total_revenue)}, ${count(row.order_count)} orders` +
            (said ? `\nforecast: ${about(said.forecast_value)}` : "") +
            (row.status === "adopted" ? "\ntaken over from the old service" : "");
        const actual = Number(row.total_revenue);
        return [
            block(row.status === "adopted" ? "actual adopted" : "actual", x, wide, y(0), y(actual), words),
            said && line("was", x - 1, x + wide + 1, y(Number(said.forecast_value)), y(Number(said.forecast_value))),
        ];
    }
    if (coming) {
        const value = Number(coming.forecast_value);
        const words =
            `${day}: ${about(value)} expected` +
            (coming.lower_80 === null ? "" : `\n80 %: ${about(coming.lower_80)} to ${about(coming.upper_80)}`) +
            (coming.lower_95 === null ? "" : `\n95 %: ${about(coming.lower_95)} to ${about(coming.upper_95)}`);
        return [
            coming.lower_95 !== null &&
                block("band95", x, wide, y(Number(coming.lower_95)), y(Number(coming.upper_95)), words),
            coming.lower_80 !== null &&
                block("band80", x, wide, y(Number(coming.lower_80)), y(Number(coming.upper_80)), words),
            block("expected", x, wide, y(value) - 1, y(value) + 1, words),
        ];
    }
    return isMissing && block("missing", x, wide, top, bottom, `${day}: no figures`);
}

/** Weeks' beginnings where there is room for them, else months'. */
function labels(shown, x) {
    const isLong = shown.length > 150;
    const begins = isLong ? (date) => date.endsWith("-01") : (date) => weekday(date) === firstWeekday();
    const found = shown.map(({ date }, place) => ({ date, x: x(place), words: isLong ? month(date) : tick(date) }));
    const few = shown.length <= 10 ? found : found.filter(({ date }) => begins(date));
    return spaced(few, isLong ? 74 : 60);
}

function tables(published, coming, shown) {
    const figures = shown.filter((day) => day.row || day.isMissing).reverse();
    const known = (pick) => (day) => (day.row ? pick(day.row) : "missing");
    return [
        coming.length > 0 &&
            table(
                "The coming days",
                [
                    { head: "Day", cell: (row) => shortDay(row.forecast_date) },
                    { head: "Forecast", number: true, cell: (row) => about(row.forecast_value) },
                    { head: "80 % of days", number: true, cell: (row) => band(row.lower_80, row.upper_80) },
                    { head: "95 % of days", number: true, cell: (row) => band(row.lower_95, row.upper_95) },
                ],
                coming,
            ),
        table(
            "Published days",
            [
                { head: "Day", cell: (day) => shortDay(day.date) },
                { head: "Revenue", number: true, cell: known((row) => money(row.total_revenue)) },
                { head: "Orders", number: true, cell: known((row) => count(row.order_count)) },
                { head: "Average order", number: true, cell: known((row) => money(row.average_order_value)) },
                {
                    head: "Was forecast",
                    number: true,
                    cell: (day) => (day.said ? about(day.said.forecast_value) : "–"),
                },
            ],
            figures,
        ),
    ].filter(Boolean);
}

const band = (low, high) => (low === null ? "–" : `${about(low)} – ${about(high)}`);

const files = (view, coming) => [
    { label: "Revenue as CSV", url: address(PATHS.summary, asked(view)), name: `revenue-${view.from}-${view.to}.csv` },
    ...(coming.length
        ? [
              {
                  label: "Forecast as CSV",
                  url: address(PATHS.days, { limit: AHEAD }),
                  name: `forecast-from-${plus(view.newest, 1)}.csv`,
              },
          ]
        : []),
];
