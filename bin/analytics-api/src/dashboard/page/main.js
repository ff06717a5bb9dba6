// The page: asks how far the figures reach, lays out the cards, and lets each fetch what it shows.

import * as accuracy from "./accuracy.js";
import { PATHS, get, isSignedIn, signIn } from "./api.js";
import { card } from "./card.js";
import { plus, today } from "./dates.js";
import { h } from "./dom.js";
import { longDay, moment, useCurrency } from "./format.js";
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
/** Shows what the address asks for now. */
let repick = open;
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
    repick = open;
    const { meta } = newest;
    const last = newest.daily_summaries[0]?.date;
    if (last === undefined) {
        fresh.textContent = "";
        main.replaceChildren(empty());
        return;
    }
    useCurrency(meta.currency);
    tellFreshness(meta, last);
    show({ newest: last, yesterday: plus(today(meta), -1) }, meta);
}

function tellFreshness(meta, last) {
    const known = meta.computed_through === null ? "Figures of the old service, through" : "Complete through";
    const changed = meta.as_of ? ` · updated ${moment(meta.as_of, meta.timezone)}` : "";
    fresh.textContent = `${known} ${longDay(last)}${changed}`;
}

function show(days, meta) {
    let view = { ...days, ...fromAddress(days.newest) };
    const answer = h("h1", { class: "answer" }, "…");
    const day = async () => {
        const loaded = await headline.loadDay(view);
        answer.textContent = headline.sentence(view, loaded);
        return loaded;
    };
    const title = days.newest === days.yesterday ? "Yesterday" : longDay(days.newest);
    const first = [
        card(title, "quarter", day, headline.showTotals),
        card("Today", "quarter", headline.loadToday, headline.showToday),
        card("Week to date", "quarter", () => headline.loadWeek(view), headline.showTotals),
        card("Month to date", "quarter", () => headline.loadMonth(view), headline.showTotals),
    ];
    const next = card("The next 24 hours", "half", hours.load, hours.show);
    const trusted = card("Can these numbers be trusted?", "full", trust.load, trust.show);
    const [byDay, total, busy, sold, near] = [
        card("Revenue by day", "wide", () => revenue.load(view), revenue.show),
        card("These days together", "side", () => headline.loadRange(view), headline.showRange),
        card("When it is busy", "half tall", () => heatmap.load(view), heatmap.show),
        card("What sells", "half tall", () => items.load(view), items.show),
        card("How near the forecasts came", "half", () => accuracy.load(view), accuracy.show),
    ];
    const picked = [byDay, total, busy, sold, near];
    let picker = pickers(view, days.newest, () => repick());
    main.replaceChildren(
        ...staleness(meta),
        answer,
        grid(first),
        picker,
        grid([byDay, total, busy, sold, next, near, trusted]),
    );
    for (const each of [...first, ...picked, next, trusted]) each.refresh();
    repick = () => {
        view = { ...days, ...fromAddress(days.newest) };
        const name = picker.contains(document.activeElement) ? document.activeElement.name : null;
        const renewed = pickers(view, days.newest, () => repick());
        picker.replaceWith(renewed);
        picker = renewed;
        // Who picks by keyboard goes on from there.
        if (name) picker.elements.namedItem(name)?.focus();
        for (const each of picked) each.refresh();
    };
}

function grid(cards) {
    const sections = cards.map((each) => each.section);
    return h("div", { class: "grid" }, sections);
}

function staleness(meta) {
    if (!meta.stale) return [];
    const words = h("strong", null, "These figures are not up to date. ");
    return [h("p", { class: "notice", role: "alert" }, words, trust.reach(meta))];
}

/** What ends the whole page: a token that is not good (any more), or no answer at all. */
function fail(error) {
    turn += 1;
    repick = open;
    fresh.textContent = "";
    if (error.status !== 401) {
        out.hidden = !isSignedIn();
        main.replaceChildren(error.code === "schema_not_ready" ? empty(error.message) : broken(error, open));
        return;
    }
    askForToken(isSignedIn() ? error.message : null);
}

function askForToken(refused) {
    repick = open;
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
main.addEventListener("refused", (event) => fail(event.detail));
addEventListener("popstate", () => repick());
document.addEventListener("visibilitychange", () => {
    if (!document.hidden && shownAt > 0 && Date.now() - shownAt > STALE_AFTER && !main.contains(document.activeElement))
        open();
});
open();
