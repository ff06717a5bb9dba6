// The next 24 hours, beside what is usual at that hour of that weekday.

import { PATHS, address, get } from "./api.js";
import { apart, behind, legend, picture, trouble } from "./card.js";
import { block, drawing, label, line, spaced, vertical } from "./chart.js";
import { WEEKDAYS, plus, weekday } from "./dates.js";
import { h, table } from "./dom.js";
import { count, hour as hourName, longDay, shortDay } from "./format.js";

/** Below this a day is one on which the restaurant is closed. */
const HARDLY_ANY = 0.5;

const total = (rows) => rows.reduce((sum, row) => sum + Number(row.forecast_value), 0);

export async function load() {
    const [next, usual] = await Promise.all([
        get(PATHS.hours),
        apart(get(PATHS.hourly, { group_by: "weekday_hour", days_back: 56 })),
    ]);
    // Where it stays closed for a day, what follows is of more use than a row of zeros.
    const last = next.forecasts.at(-1)?.forecast_date;
    const isClosed = last !== undefined && total(next.forecasts) < HARDLY_ANY;
    const day = isClosed ? { forecast_date: plus(last, 1) } : {};
    const forecast = isClosed ? await get(PATHS.hours, day) : next;
    // A whole day comes by hour; its hours before the day start are its last.
    const start = Number((forecast.meta.day_start ?? "00:00").slice(0, 2));
    if (isClosed)
        forecast.forecasts.sort((one, other) => ((one.hour - start + 24) % 24) - ((other.hour - start + 24) % 24));
    const known = usual.hours_of_the_week ?? [];
    const averages = new Map(known.map((row) => [`${row.weekday} ${row.hour}`, row.average_orders]));
    const rows = forecast.forecasts.map((row) => ({
        ...row,
        value: Number(row.forecast_value),
        usual: averages.get(`${WEEKDAYS[weekday(row.forecast_date) - 1]} ${row.hour}`) ?? null,
    }));
    return { rows, forecast, day, failed: usual.failed };
}

export function show({ rows, forecast, day, failed }, retry) {
    if (rows.length === 0) return h("p", { class: "note" }, forecast.stage_reason ?? "Nothing is forecast yet.");
    const all = total(rows);
    const usual = rows.reduce((sum, row) => sum + (row.usual ?? 0), 0);
    const busiest = rows.reduce((best, row) => (row.value > best.value ? row : best));
    const when = day.forecast_date ? `Closed for the next 24 hours. On ${longDay(day.forecast_date)} about` : "About";
    const words =
        `${when} ${count(all)} orders are expected${usual > 0 ? `, where ${count(usual)} are usual` : ""}; ` +
        `the most at ${hourName(busiest.hour)}, about ${count(busiest.value)}.`;
    return [
        h("p", { class: "lead" }, words),
        picture((width) => draw(width, rows, words)),
        legend(["light", "expected orders"], ["whisker", "8 hours of 10"], ["tickmark", "usual for the weekday"]),
        failed && trouble(failed, retry, "What is usual"),
        behind(
            [
                table(
                    "By hour",
                    [
                        { head: "Hour", cell: (row) => `${shortDay(row.forecast_date)}, ${hourName(row.hour)}` },
                        { head: "Expected", number: true, cell: (row) => count(row.value, 1) },
                        {
                            head: "8 hours of 10",
                            number: true,
                            cell: (row) => band(row),
                        },
                        {
                            head: "Usual",
                            number: true,
                            cell: (row) => (row.usual === null ? "–" : count(row.usual, 1)),
                        },
                    ],
                    rows,
                ),
            ],
            [
                {
                    label: "Hours as CSV",
                    url: address(PATHS.hours, day),
                    name: `hours-from-${rows[0].forecast_date}.csv`,
                },
            ],
        ),
    ];
}

const band = (row) => (row.lower_80 === null ? "–" : `${count(row.lower_80, 1)} – ${count(row.upper_80, 1)}`);

function draw(width, rows, words) {
    const height = 240;
    const [top, bottom] = [20, height - 24];
    const { y, grid, left } = vertical(
        rows.flatMap((row) => [row.value, row.usual ?? 0, Number(row.upper_80 ?? 0)]),
        top,
        bottom,
        width,
        count,
    );
    const slot = (width - left) / rows.length;
    const wide = slot * 0.66;
    const names = rows.map((row, place) => ({ x: left + (place + 0.5) * slot, words: hourName(row.hour) }));
    return drawing(
        width,
        height,
        words,
        grid,
        rows.map((row, place) => {
            const [x, middle] = [left + place * slot + (slot - wide) / 2, left + (place + 0.5) * slot];
            const told =
                `${shortDay(row.forecast_date)}, ${hourName(row.hour)}: ${count(row.value, 1)} orders expected` +
                (row.usual === null ? "" : `, ${count(row.usual, 1)} usual`);
            return [
                block("hour", x, wide, y(0), y(row.value), told),
                row.lower_80 !== null &&
                    line("whisker", middle, middle, y(Number(row.lower_80)), y(Number(row.upper_80))),
                row.usual !== null && line("was", x - 1, x + wide + 1, y(row.usual), y(row.usual)),
            ];
        }),
        spaced(names, 46).map(({ x, words: text }) => label("axis middle", x, height - 6, text)),
    );
}
