// A card: a heading, and below it what a load brings, the sentence that says why it brought nothing, or a retry.

import { download } from "./api.js";
import { h } from "./dom.js";

let cards = 0;

/**
 * `load` fetches, and `show` makes nodes of what it brought; it is also given what refreshes the card. Returns the
 * section; `refresh` loads it, and what it shows stands until then. Of a token that is not good the section tells by the event "refused", which one that has left the
 * page tells nobody.
 */
export function card(title, className, load, show) {
    const id = `card-${(cards += 1)}`;
    const body = h("div", { class: "body" }, h("p", { class: "wait" }, "Loading…"));
    const section = h("section", { class: `card ${className}`, "aria-labelledby": id }, h("h2", { id }, title), body);
    let turn = 0;
    const refresh = async () => {
        const mine = (turn += 1);
        section.setAttribute("aria-busy", "true");
        let nodes;
        try {
            nodes = [show(await load(), refresh)].flat(Infinity).filter(Boolean);
        } catch (error) {
            if (error.status === 401) {
                section.dispatchEvent(new CustomEvent("refused", { bubbles: true, detail: error }));
                return;
            }
            nodes = [trouble(error, refresh)];
        }
        // A later refresh may have overtaken this one.
        if (mine !== turn) return;
        body.replaceChildren(...nodes);
        section.removeAttribute("aria-busy");
    };
    return { section, refresh };
}

/**
 * What a picture may do without: the answer, or `{failed}` where there is none. A token that is not good ends the page
 * all the same.
 */
export const apart = (asked) =>
    asked.catch((error) => {
        if (error.status === undefined || error.status === 401) throw error;
        return { failed: error };
    });

/** What went wrong, with what, and a way on. A fault of this page itself is told as one. */
export function trouble(error, retry, what = null) {
    if (error.status === undefined) console.error(error);
    const reason =
        error.status === undefined ? "This part of the page failed, which is a fault of the page." : error.message;
    const words = what ? `${what} cannot be shown: ${reason}` : reason;
    return h(
        "div",
        { class: "trouble", role: "alert" },
        h("p", null, words),
        h("button", { type: "button", click: retry }, "Try again"),
    );
}

/** A picture that is drawn anew for each width that it is given. */
export function picture(draw) {
    const box = h("div", { class: "picture" });
    let drawn = 0;
    new ResizeObserver(([entry]) => {
        const width = Math.floor(entry.contentRect.width);
        if (width < 1 || width === drawn) return;
        drawn = width;
        // Within the observer a new height would be a change that it did not see.
        requestAnimationFrame(() => width === drawn && box.replaceChildren(draw(width)));
    }).observe(box);
    return box;
}

/** What stands behind a picture: its tables, and each list as CSV (`{label, url, name}`). */
export function behind(tables, files) {
    return h(
        "details",
        { class: "behind" },
        h("summary", null, "The figures as a table"),
        tables,
        h(
            "p",
            { class: "files" },
            files.map(({ label, url, name }) =>
                h(
                    "a",
                    {
                        href: `${url}${url.includes("?") ? "&" : "?"}format=csv`,
                        download: name,
                        click: (event) => {
                            event.preventDefault();
                            const link = event.currentTarget;
                            download(url, name).catch((error) =>
                                link.after(h("span", { role: "alert" }, ` ${error.message}`)),
                            );
                        },
                    },
                    label,
                ),
            ),
        ),
    );
}

/** The legend of a picture: `[class, words]`. */
export const legend = (...keys) =>
    h(
        "ul",
        { class: "legend" },
        keys
            .filter(Boolean)
            .map(([kind, words]) => h("li", null, h("span", { class: `key ${kind}`, "aria-hidden": "true" }), words)),
    );
