// When it is busy: the orders that are usual at each hour of the week.

import { PATHS, address, get } from "./api.js";
import { apart, behind, picture, trouble } from "./card.js";
import { block, drawing, label, spaced } from "./chart.js";
import { WEEKDAYS, firstWeekday, length } from "./dates.js";
import * as dayparts from "./dayparts.js";
import { h, s, table } from "./dom.js";
import { count, hour as hourName, money, weekdayName } from "./format.js";

/** Shades beside "hardly any". */
const SHADES = 6;

const days = (view) => ({
    target_date: view.to,
    // Four weeks at least, or a weekday would be one day; the API takes 92 at most.
    days_back: Math.min(Math.max(length(view.from, view.to), 28), 92),
});
const asked = (view) => ({ ...days(view), group_by: "weekday_hour" });

export async function load(view) {
    const [answer, parts] = await Promise.all([get(PATHS.hourly, asked(view)), apart(dayparts.load(days(view)))]);
    return { view, answer, parts };
}

export function show({ view, answer, parts }, retry) {
    const rows = answer.hours_of_the_week;
    if (rows.length === 0) return h("p", { class: "note" }, "No hour of these weeks has figures.");
    const start = Number((answer.meta.day_start ?? "00:00").slice(0, 2));
    const hours = open(rows, start);
    const cells = new Map(rows.map((row) => [`${row.weekday} ${row.hour}`, row]));
    const most = Math.max(...rows.map((row) => row.average_orders));
    const week = Array.from({ length: 7 }, (_, place) => ((firstWeekday() - 1 + place) % 7) + 1);
    const busiest = rows.reduce((best, row) => (row.average_orders > best.average_orders ? row : best));
    const words =
        `Busiest on ${weekdayName(WEEKDAYS.indexOf(busiest.weekday) + 1, "long")} at ${hourName(busiest.hour)}: ` +
        `${count(busiest.average_orders, 1)} orders in that hour on average.`;
    return [
        h("p", { class: "lead" }, words),
        picture((width) => draw(width, week, hours, cells, most, words)),
        scale(most),
        parts.failed ? trouble(parts.failed, retry, "Parts of the day") : dayparts.show(parts),
        behind(
            [
                !parts.failed && dayparts.behind(parts),
                table(
                    "Average orders by weekday and hour",
                    [
                        { head: "Day", cell: (row) => weekdayName(WEEKDAYS.indexOf(row.weekday) + 1) },
                        { head: "Hour", cell: (row) => hourName(row.hour) },
                        { head: "Average orders", number: true, cell: (row) => count(row.average_orders, 1) },
                        { head: "Median", number: true, cell: (row) => count(row.median_orders, 1) },
                        {
                            head: "Average revenue",
                            number: true,
                            cell: (row) => (row.average_revenue === null ? "–" : money(row.average_revenue)),
                        },
                    ],
                    rows,
                ),
            ],
            [
                {
                    label: "Hours of the week as CSV",
                    url: address(PATHS.hourly, asked(view)),
                    name: `hours-of-the-week-${view.to}.csv`,
                },
                dayparts.file(days(view)),
            ],
        ),
    ];
}

/** The hours at which anything is sold, in the order of the business day. */
function open(rows, start) {
    const order = Array.from({ length: 24 }, (_, place) => (start + place) % 24);
    const busy = order.map((hour) => rows.some((row) => row.hour === hour && row.average_orders >= 0.05));
    const [first, last] = [busy.indexOf(true), busy.lastIndexOf(true)];
    return first < 0 ? order : order.slice(first, last + 1);
}

const shade = (value, most) => (value < most / 200 ? 0 : Math.max(1, Math.ceil((value / most) * SHADES)));

function draw(width, days, hours, cells, most, words) {
    const left = 42;
    const wide = (width - left) / hours.length;
    const high = Math.max(22, Math.min(34, wide * 1.1));
    const names = hours.map((hour, place) => ({ x: left + place * wide + 1, words: hourName(hour) }));
    return drawing(
        width,
        22 + days.length * high,
        words,
        spaced(names, 42).map(({ x, words: text }) => label("axis", x, 12, text)),
        days.map((day, line) => [
            label("axis", 0, 22 + line * high + high / 2 + 4, weekdayName(day)),
            hours.map((hour, place) => {
                const row = cells.get(`${WEEKDAYS[day - 1]} ${hour}`);
                const [x, y] = [left + place * wide, 22 + line * high];
                const level = row ? shade(row.average_orders, most) : 0;
                const told =
                    `${weekdayName(day, "long")}, ${hourName(hour)}: ` +
                    (row
                        ? `${count(row.average_orders, 1)} orders on average of ${row.days_counted} days`
                        : "no figures");
                return [
                    block(row ? `heat h${level}` : "heat none", x + 1, wide - 2, y + 1, y + high - 1, told),
                    row &&
                        wide >= 26 &&
                        level > 0 &&
                        s(
                            "text",
                            { class: `cell h${level}`, x: x + wide / 2, y: y + high / 2 + 4, "aria-hidden": "true" },
                            count(row.average_orders),
                        ),
                ];
            }),
        ]),
    );
}

const scale = (most) =>
    h(
        "ul",
        { class: "legend" },
        Array.from({ length: SHADES }, (_, place) =>
            h(
                "li",
                null,
                h("span", { class: `key heat h${place + 1}`, "aria-hidden": "true" }),
                `to ${count((most * (place + 1)) / SHADES, most < 12 ? 1 : 0)}`,
            ),
        ),
        h("li", null, "orders an hour"),
    );
