// What sells: the range's items, each beside its rank before.

import { PATHS, address, get } from "./api.js";
import { behind } from "./card.js";
import { share } from "./chart.js";
import { h, table, unseen } from "./dom.js";
import { count, money, percent, range } from "./format.js";
import * as item from "./item.js";

const asked = (view) => ({
    start_date: view.from,
    end_date: view.to,
    limit: 10,
    sort_by: view.sort,
    compare: view.compare,
});

export const load = async (view) => ({ view, answer: await get(PATHS.items, asked(view)) });

export function show({ view, answer }) {
    const items = answer.top_items;
    if (items.length === 0)
        return h("p", { class: "note" }, "Nothing was sold on these days, or none of them is published.");
    const byRevenue = view.sort === "revenue";
    const size = (item) => Number(byRevenue ? item.total_revenue : item.total_quantity);
    const most = Math.max(...items.map(size));
    const before = answer.comparison;
    return [
        h(
            "ol",
            { class: "items" },
            items.map((sold) => {
                const { button, course } = item.opener(view, sold);
                const ofAll = sold.share_percent === null ? "" : `${percent(sold.share_percent)} of sales`;
                return h(
                    "li",
                    null,
                    h("span", { class: "rank" }, count(sold.rank)),
                    button,
                    h("span", { class: "amount" }, byRevenue ? money(sold.total_revenue) : count(sold.total_quantity)),
                    h("span", { class: "moved" }, moved(sold, before)),
                    h("span", { class: "share" }, ofAll),
                    share(size(sold) / most),
                    course,
                );
            }),
        ),
        before &&
            h(
                "p",
                { class: "note" },
                before.days_counted
                    ? `Ranks against ${range(before.start_date, before.end_date)}.`
                    : "The earlier days have no figures to compare ranks with.",
            ),
        behind(
            [
                table(
                    "Items by " + (byRevenue ? "item sales" : "quantity"),
                    [
                        { head: "Item", cell: (item) => item.item_name },
                        { head: "Rank", number: true, cell: (item) => count(item.rank) },
                        {
                            head: "Rank before",
                            number: true,
                            cell: (item) => (item.previous?.rank ? count(item.previous.rank) : "–"),
                        },
                        { head: "Quantity", number: true, cell: (item) => count(item.total_quantity) },
                        { head: "Item sales", number: true, cell: (item) => money(item.total_revenue) },
                        {
                            head: "Share",
                            number: true,
                            cell: (item) => (item.share_percent === null ? "–" : percent(item.share_percent)),
                        },
                    ],
                    items,
                ),
            ],
            [
                {
                    label: "Items as CSV",
                    url: address(PATHS.items, asked(view)),
                    name: `items-${view.from}-${view.to}.csv`,
                },
            ],
        ),
    ].filter(Boolean);
}

function moved(item, before) {
    if (!before?.days_counted) return "";
    const change = item.rank_change;
    if (change === null || change === undefined) return "new";
    if (change === 0) return [unseen("same rank"), h("span", { "aria-hidden": "true" }, "–")];
    return [
        h("span", { "aria-hidden": "true" }, change > 0 ? "▲ " : "▼ "),
        unseen(change > 0 ? "up " : "down "),
        count(Math.abs(change)),
    ];
}
