// Elements by plain calls. Text stays text: nothing here parses HTML.

const SVG = "http://www.w3.org/2000/svg";

function build(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes ?? {})) {
        if (value === null || value === undefined || value === false) continue;
        if (typeof value === "function") element.addEventListener(name, value);
        else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(
        ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
    );
    return element;
}

/** An HTML element. A function among the attributes listens to the event of that name. */
export const h = (name, attributes, ...children) => build(document.createElement(name), attributes, children);

/** An SVG element. */
export const s = (name, attributes, ...children) => build(document.createElementNS(SVG, name), attributes, children);

/** Text for screen readers only. */
export const unseen = (text) => h("span", { class: "unseen" }, text);

/**
 * A table. `columns` are `{head, cell, number}`: what stands at the top, how a row's cell is made, and whether it is a
 * number. The first column heads its rows.
 */
export function table(caption, columns, rows) {
    const kind = (column) => (column.number ? "number" : null);
    const row = (item) =>
        h(
            "tr",
            null,
            columns.map((column, place) =>
                place === 0
                    ? h("th", { scope: "row" }, column.cell(item))
                    : h("td", { class: kind(column) }, column.cell(item)),
            ),
        );
    return h(
        "div",
        { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
        h(
            "table",
            null,
            h("caption", null, caption),
            h(
                "thead",
                null,
                h(
                    "tr",
                    null,
                    columns.map((column) => h("th", { scope: "col", class: kind(column) }, column.head)),
                ),
            ),
            h("tbody", null, rows.map(row)),
        ),
    );
}
