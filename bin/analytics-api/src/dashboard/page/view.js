// What is looked at: range, comparison and order of items. It lives in the address, so that it can be shared.

import { length, plus, read } from "./dates.js";
import { h } from "./dom.js";

/** Whole weeks, so that each weekday counts as often as the others. */
const PRESETS = [
    [7, "1 week"],
    [28, "4 weeks"],
    [91, "13 weeks"],
    [364, "52 weeks"],
];
const USUAL = 28;
/** The most days that the API gives at once. */
const MOST = 3660;
const COMPARED = { previous: "the days just before", week_ago: "a week before", year_ago: "a year before" };
const SORTED = { quantity: "quantity", revenue: "item sales" };

const oneOf = (known, value, usual) => (Object.hasOwn(known, value ?? "") ? value : usual);

/** What the address asks for, where `newest` is the last published day. What it cannot mean is left at the usual. */
export function fromAddress(newest) {
    const asked = new URLSearchParams(location.search);
    const compare = oneOf(COMPARED, asked.get("compare"), "previous");
    const sort = oneOf(SORTED, asked.get("sort"), "quantity");
    const [first, last] = [read(asked.get("from")), read(asked.get("to"))].sort();
    if (first && last && length(first, last) <= MOST) return { from: first, to: last, days: null, compare, sort };
    const given = Number(asked.get("days"));
    const days = Number.isInteger(given) && given >= 1 && given <= MOST ? given : USUAL;
    return { from: plus(newest, 1 - days), to: newest, days, compare, sort };
}

function toAddress({ from, to, days, compare, sort }) {
    const query = new URLSearchParams(days ? { days } : { from, to });
    query.set("compare", compare);
    query.set("sort", sort);
    history.pushState(null, "", `?${query}`);
}

/** The pickers. `changed` is called once the address says what was picked. */
export function pickers(view, newest, changed) {
    const pick = (change) => {
        toAddress({ ...view, ...change });
        changed();
    };
    const presets = PRESETS.map(([days, words]) =>
        h(
            "button",
            {
                type: "button",
                name: `days-${days}`,
                "aria-pressed": String(view.days === days),
                click: () => pick({ days }),
            },
            words,
        ),
    );
    const day = (name, words) =>
        h(
            "label",
            null,
            words,
            h("input", {
                type: "date",
                name,
                value: view[name],
                max: newest,
                required: true,
                change: () => {
                    const [from, to] = [form.elements.from.value, form.elements.to.value];
                    const isLegal = from && to && from <= to && length(from, to) <= MOST;
                    form.elements.to.setCustomValidity(
                        from && to && from > to
                            ? "The last day is before the first."
                            : isLegal
                              ? ""
                              : `Give two days, at most ${MOST} days apart.`,
                    );
                    if (isLegal) pick({ from, to, days: null });
                    else form.reportValidity();
                },
            }),
        );
    const choice = (name, words, known) =>
        h(
            "label",
            null,
            words,
            h(
                "select",
                { name, change: (event) => pick({ [name]: event.target.value }) },
                Object.entries(known).map(([value, text]) =>
                    h("option", { value, selected: view[name] === value }, text),
                ),
            ),
        );
    const form = h(
        "form",
        { class: "pickers", "aria-label": "What is shown", submit: (event) => event.preventDefault() },
        h("div", { class: "presets", role: "group", "aria-label": "Range" }, presets),
        day("from", "From"),
        day("to", "to"),
        choice("compare", "Against", COMPARED),
        choice("sort", "Items by", SORTED),
    );
    return form;
}
