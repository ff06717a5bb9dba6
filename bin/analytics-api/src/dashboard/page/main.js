// The page: asks how far the figures reach, lays out the cards, and lets each fetch what it shows.

import * as accuracy from "./accuracy.js";
import { PATHS, get, isSignedIn, signIn } from "./api.js";
import { card } from "./card.js";
import { plus, today } from "./dates.js";
import { h } from "./dom.js";
import { longDay, moment, range, useCurrency } from "./format.js";
import * as headline from "./headline.js";
import * as heatmap from "./heatmap.js";
import * as hours from "./hours.js";
import * as items from "./items.js";
import * as revenue from "./revenue.js";
import { broken, empty, signInForm } from "./states.js";
import * as trust from "./trust.js";
import { fromAddress, pickers } from "./view.js";

/** The figures change at night; a page that is left open looks again when it is looked at. */
const STALE_AFTER = 5 * 60_000;

const main = document.getElementById("main");
const fresh = document.getElementById("fresh");
const out = document.getElementById("sign-out");
let shownAt = 0;
/** Counts what was begun, so that an answer which comes late overwrites nothing newer. */
let turn = 0;

async function open() {
    const mine = (turn += 1);
    let newest;
    try {
        newest = await get(PATHS.summary, { limit: 1 });
    } catch (error) {
        if (mine === turn) fail(error);
        return;
    }
    if (mine !== turn) return;
    shownAt = Date.now();
    out.hidden = !isSignedIn();
    const { meta } = newest;
    const last = newest.daily_summaries[0]?.date;
    if (last === undefined) {
        fresh.textContent = "";
        main.replaceChildren(empty());
        return;
    }
    useCurrency(meta.currency);
    tellFreshness(meta, last);
    const day = { newest: last, yesterday: plus(today(meta), -1) };
    show({ ...day, ...fromAddress(last) }, meta, mine);
}

function tellFreshness(meta, last) {
    const known = meta.computed_through === null ? "Figures of the old service, through" : "Complete through";
    const changed = meta.as_of ? ` · updated ${moment(meta.as_of, meta.timezone)}` : "";
    fresh.textContent = `${known} ${longDay(last)}${changed}`;
}

function show(view, meta, mine) {
    const answer = h("h1", { class: "answer" }, "…");
    const day = async () => {
        const loaded = await headline.loadDay(view);
        answer.textContent = headline.sentence(view, loaded);
        return loaded;
    };
    const title = view.newest === view.yesterday ? "Yesterday" : longDay(view.newest);
    const first = [
        card(title, "quarter", day, headline.showTotals),
        card("Today", "quarter", headline.loadToday, headline.showToday),
        card("Week to date", "quarter", () => headline.loadWeek(view), headline.showTotals),
        card("Month to date", "quarter", () => headline.loadMonth(view), headline.showTotals),
    ];
    const rest = [
        card("Revenue by day", "wide", () => revenue.load(view), revenue.show),
        card(`Together, ${range(view.from, view.to)}`, "side", () => headline.loadRange(view), headline.showTotals),
        card("When it is busy", "half", () => heatmap.load(view), heatmap.show),
        card("The next 24 hours", "half", hours.load, hours.show),
        card("What sells", "half", () => items.load(view), items.show),
        card("How near the forecasts came", "half", () => accuracy.load(view), accuracy.show),
        card("Can these numbers be trusted?", "full", trust.load, trust.show),
    ];
    const warning =
        meta.stale &&
        h(
            "p",
            { class: "notice", role: "alert" },
            h("strong", null, "These figures are not up to date. "),
            trust.reach(meta),
        );
    main.replaceChildren(
        ...[
            warning,
            answer,
            h(
                "div",
                { class: "grid" },
                first.map((each) => each.section),
            ),
            pickers(view, view.newest, open),
            h(
                "div",
                { class: "grid" },
                rest.map((each) => each.section),
            ),
        ].filter(Boolean),
    );
    for (const each of [...first, ...rest]) {
        each.refresh().catch((error) => mine === turn && fail(error));
    }
}

/** What ends the whole page: a token that is not good (any more), or no answer at all. */
function fail(error) {
    turn += 1;
    fresh.textContent = "";
    if (error.status !== 401) {
        out.hidden = !isSignedIn();
        main.replaceChildren(broken(error, open));
        return;
    }
    askForToken(isSignedIn() ? error.message : null);
}

function askForToken(refused) {
    signIn(null);
    out.hidden = true;
    fresh.textContent = "";
    main.replaceChildren(signInForm(refused, open));
    document.getElementById("token").focus();
}

out.addEventListener("click", () => {
    turn += 1;
    askForToken(null);
});
addEventListener("popstate", open);
document.addEventListener("visibilitychange", () => {
    if (!document.hidden && shownAt > 0 && Date.now() - shownAt > STALE_AFTER && !main.contains(document.activeElement))
        open();
});
open();
