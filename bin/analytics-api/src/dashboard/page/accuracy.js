// How near the forecasts of the night before came.

import { PATHS, address, get } from "./api.js";
import { behind, legend, picture } from "./card.js";
import { block, drawing, label, line, spaced, vertical } from "./chart.js";
import { length } from "./dates.js";
import { h, s, table } from "./dom.js";
import { about, count, money, percent, short, shortDay, tick } from "./format.js";

const asked = (view) => ({ days: Math.min(Math.max(length(view.from, view.newest), 28), 92) });

export const load = async (view) => ({ view, answer: await get(PATHS.accuracy, asked(view)) });

export function show({ view, answer }) {
    const revenue = answer.accuracy.find((figure) => figure.forecast_type === "daily_revenue");
    const days = (revenue?.days ?? []).filter((day) => day.horizon_1);
    if (days.length === 0) {
        return h("p", { class: "note" }, "No day that was forecast is over yet. This fills from the second night on.");
    }
    const measured = revenue.horizons.find((row) => row.horizon === 1);
    return [
        h("p", { class: "lead" }, verdict(measured)),
        picture((width) => draw(width, days, verdict(measured))),
        legend(["line80", "what 80 % of days should fall into"], ["dot", "actual"], ["miss", "actual, outside"]),
        behind(
            [
                table(
                    "The night before and the day",
                    [
                        { head: "Day", cell: (day) => shortDay(day.date) },
                        { head: "Actual", number: true, cell: (day) => money(day.actual) },
                        { head: "Forecast", number: true, cell: (day) => about(day.horizon_1.forecast_value) },
                        { head: "Off by", number: true, cell: (day) => off(day) },
                        {
                            head: "80 %",
                            number: true,
                            cell: ({ horizon_1: said }) =>
                                said.lower_80 === null ? "–" : `${about(said.lower_80)} – ${about(said.upper_80)}`,
                        },
                    ],
                    days.slice().reverse(),
                ),
                table(
                    "By days ahead",
                    [
                        { head: "Days ahead", cell: (row) => count(row.horizon) },
                        { head: "Days judged", number: true, cell: (row) => count(row.days) },
                        { head: "Average error", number: true, cell: (row) => ratio(row.wape) },
                        { head: "Too high by", number: true, cell: (row) => ratio(row.bias) },
                        { head: "Inside 80 %", number: true, cell: (row) => ratio(row.coverage_80) },
                        { head: "Inside 95 %", number: true, cell: (row) => ratio(row.coverage_95) },
                    ],
                    revenue.horizons,
                ),
            ],
            [
                {
                    label: "Accuracy as CSV",
                    url: address(PATHS.accuracy, asked(view)),
                    name: `accuracy-${view.newest}.csv`,
                },
            ],
        ),
    ];
}

const ratio = (value) => (value === null ? "–" : percent(value * 100));

const off = ({ actual, horizon_1: said }) =>
    Number(actual) === 0 ? "–" : percent(((Number(said.forecast_value) - Number(actual)) / Number(actual)) * 100);

function verdict(measured) {
    if (!measured || measured.wape === null) return "Too few days have been judged to say how near the forecasts come.";
    const days = measured.days === 1 ? "1 day" : `${count(measured.days)} days`;
    const inside =
        measured.coverage_80 === null
            ? ""
            : ` ${percent(measured.coverage_80 * 100, 0)} of days fell into the 80 % range.`;
    const error = percent(measured.wape * 100);
    return `Over ${days}, the forecast of the night before was off by ${error} on average.${inside}`;
}

function draw(width, days, words) {
    const height = 240;
    const [top, bottom] = [20, height - 24];
    const values = days.flatMap(({ actual, horizon_1: said }) => [
        Number(actual),
        Number(said.upper_80 ?? said.forecast_value),
    ]);
    const { y, grid, left } = vertical(values, top, bottom, width, short);
    const slot = (width - left) / days.length;
    const wide = Math.min(slot * 0.7, 22);
    return drawing(
        width,
        height,
        words,
        grid,
        days.map((day, place) => {
            const said = day.horizon_1;
            const middle = left + (place + 0.5) * slot;
            const [actual, value] = [Number(day.actual), Number(said.forecast_value)];
            const told = `${shortDay(day.date)}: ${money(actual)}, forecast ${about(value)}`;
            const isOutside =
                said.lower_80 !== null && (actual < Number(said.lower_80) || actual > Number(said.upper_80));
            return [
                said.lower_80 !== null &&
                    block("band80", middle - wide / 2, wide, y(Number(said.lower_80)), y(Number(said.upper_80)), told),
                line("expected-line", middle - wide / 2, middle + wide / 2, y(value), y(value)),
                point(middle, y(actual), isOutside, told),
            ];
        }),
        spaced(
            days.map((day, place) => ({ x: left + (place + 0.5) * slot, words: tick(day.date) })),
            60,
        ).map(({ x, words: text }) => label("axis middle", x, height - 6, text)),
    );
}

/** A dot; a diamond where the day fell outside, so that shape tells and not colour. */
const point = (x, y, isOutside, told) =>
    isOutside
        ? s("path", { class: "miss", d: `M${x} ${y - 6}l6 6-6 6-6-6z` }, s("title", null, `${told}, outside the range`))
        : s("circle", { class: "dot", cx: x, cy: y, r: 3.5 }, s("title", null, told));
