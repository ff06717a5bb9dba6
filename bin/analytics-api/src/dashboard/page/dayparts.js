// The parts of the day, as the restaurant names them: what each brings of an average day.

import { PATHS, address, get } from "./api.js";
import { share } from "./chart.js";
import { h, table } from "./dom.js";
import { count, hour as hourName, money, percent } from "./format.js";

/** Of the days that the heat map beside it is of. */
const asked = ({ target_date, days_back }) => ({ target_date, days_back, group_by: "total" });

export const load = (days) => get(PATHS.dayparts, asked(days));

/** Parts in which nothing is ever sold say nothing. */
const open = (answer) => answer.daypart_totals.filter((part) => part.order_count > 0);

/** "lunch" is "Lunch"; a name of the restaurant's own stays as it is written. */
const name = (part) =>
    part.daypart === "other" ? "Other hours" : part.daypart[0].toUpperCase() + part.daypart.slice(1);

export function show(answer) {
    const parts = open(answer);
    if (parts.length === 0) return null;
    const hours = new Map(answer.dayparts.map((part) => [part.daypart, part.hours]));
    return h(
        "ul",
        { class: "parts" },
        parts.map((part) =>
            h(
                "li",
                null,
                h("span", { class: "name" }, name(part), " ", h("span", { class: "when" }, when(part, hours))),
                h("span", { class: "amount" }, `${count(part.average_orders)} orders`),
                h("span", { class: "amount" }, money(part.average_revenue ?? 0)),
                h("span", { class: "share" }, `${percent(part.revenue_share_percent ?? 0, 0)} of revenue`),
                share(Math.max(0, part.revenue_share_percent ?? 0) / 100),
            ),
        ),
    );
}

/** From when to when; the hours of no part need not follow each other. */
function when({ daypart }, hours) {
    const own = hours.get(daypart) ?? [];
    if (daypart === "other" || own.length === 0) return "";
    return `${hourName(own[0])} – ${hourName((own[own.length - 1] + 1) % 24)}`;
}

export const behind = (answer) =>
    table(
        "An average day by its parts",
        [
            { head: "Part of the day", cell: name },
            { head: "Orders", number: true, cell: (part) => count(part.average_orders, 1) },
            {
                head: "Revenue",
                number: true,
                cell: (part) => (part.average_revenue === null ? "–" : money(part.average_revenue)),
            },
            {
                head: "Share of orders",
                number: true,
                cell: (part) => (part.order_share_percent === null ? "–" : percent(part.order_share_percent)),
            },
            {
                head: "Share of revenue",
                number: true,
                cell: (part) => (part.revenue_share_percent === null ? "–" : percent(part.revenue_share_percent)),
            },
        ],
        open(answer),
    );

export const file = (days) => ({
    label: "Parts of the day as CSV",
    url: address(PATHS.dayparts, asked(days)),
    name: `parts-of-the-day-${days.target_date}.csv`,
});
