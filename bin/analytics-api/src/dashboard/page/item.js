// One item's course over the range, below its line among what sells.

import { address, get, item as path } from "./api.js";
import { behind, picture, trouble } from "./card.js";
import { block, drawing, label, spaced, vertical } from "./chart.js";
import { length } from "./dates.js";
import { h, table } from "./dom.js";
import { count, longDay, money, range, shortDay, tick } from "./format.js";

/** Beyond so many days, weeks are shown. */
const MOST_DAYS = 62;

function asked({ from, to }) {
    const days = { start_date: from, end_date: to };
    return length(from, to) > MOST_DAYS ? { ...days, group_by: "week" } : days;
}

/** What opens and closes the course of an item; it is fetched when it is opened. */
export function opener(view, item) {
    const id = `item-${item.item_id}`;
    const course = h("div", { class: "course", id, hidden: true });
    const button = h(
        "button",
        {
            type: "button",
            class: "name",
            "aria-expanded": "false",
            "aria-controls": id,
            click: () => {
                const isOpen = button.getAttribute("aria-expanded") === "true";
                button.setAttribute("aria-expanded", String(!isOpen));
                course.hidden = isOpen;
                if (!isOpen && !course.hasChildNodes()) fill();
            },
        },
        item.item_name,
    );
    const fill = async () => {
        course.setAttribute("aria-busy", "true");
        try {
            course.replaceChildren(...show(view, await get(path(item.item_id), asked(view))));
        } catch (error) {
            if (error.status === 401)
                course.dispatchEvent(new CustomEvent("refused", { bubbles: true, detail: error }));
            else course.replaceChildren(trouble(error, fill));
        }
        course.removeAttribute("aria-busy");
    };
    return { button, course };
}

function show(view, answer) {
    const byRevenue = view.sort === "revenue";
    const rows = (answer.days ?? answer.groups).slice().reverse();
    const value = (row) => (byRevenue ? Number(row.item_sales) : row.quantity);
    const write = (row) => (byRevenue ? money(row.item_sales) : count(row.quantity));
    const when = (row) => (row.date ? shortDay(row.date) : range(row.start_date, row.end_date));
    const { totals } = answer;
    const words =
        `Sold on ${count(totals.days_sold)} of ${count(totals.days_counted)} days: ` +
        `${count(totals.quantity)} for ${money(totals.item_sales)}. On the menu since ${longDay(answer.first_sold)} or before.`;
    return [
        h("p", { class: "note" }, words),
        picture((width) => draw(width, rows, value, (row) => `${when(row)}: ${write(row)}`, words)),
        behind(
            [
                table(
                    `${answer.item_name} by ${answer.days ? "day" : "week"}`,
                    [
                        { head: answer.days ? "Day" : "Week", cell: when },
                        { head: "Quantity", number: true, cell: (row) => count(row.quantity) },
                        { head: "Item sales", number: true, cell: (row) => money(row.item_sales) },
                    ],
                    rows.slice().reverse(),
                ),
            ],
            [
                {
                    label: "Item as CSV",
                    url: address(path(answer.item_id), asked(view)),
                    name: `item-${answer.item_id}-${view.from}-${view.to}.csv`,
                },
            ],
        ),
    ];
}

function draw(width, rows, value, told, words) {
    const height = 120;
    const [top, bottom] = [14, height - 22];
    const { y, grid, left } = vertical(rows.map(value), top, bottom, width, count, 2);
    const slot = (width - left) / Math.max(rows.length, 1);
    const wide = slot * 0.72;
    const names = rows.map((row, place) => ({
        x: left + (place + 0.5) * slot,
        words: tick(row.date ?? row.start_date),
    }));
    return drawing(
        width,
        height,
        words,
        grid,
        rows.map((row, place) =>
            block("actual", left + place * slot + (slot - wide) / 2, wide, y(0), y(value(row)), told(row)),
        ),
        spaced(names, 64)
            .filter(({ x }) => x < width - 20)
            .map(({ x, words: text }) => label("axis middle", x, height - 6, text)),
    );
}
