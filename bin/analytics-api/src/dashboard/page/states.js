// What stands in place of the figures: the sign-in, an empty restaurant, a service that does not answer.

import { signIn } from "./api.js";
import { trouble } from "./card.js";
import { h } from "./dom.js";

/** Asks for a token and calls `entered` once there is one. `refused` is why the last one was not good. */
export function signInForm(refused, entered) {
    const field = h("input", {
        id: "token",
        type: "password",
        autocomplete: "current-password",
        spellcheck: "false",
        required: true,
        "aria-describedby": "token-note",
        "aria-invalid": refused ? "true" : null,
    });
    const submit = (event) => {
        event.preventDefault();
        signIn(field.value.trim());
        entered();
    };
    return h(
        "section",
        { class: "card alone", "aria-labelledby": "sign-in" },
        h("h1", { id: "sign-in" }, "Sign in"),
        refused && h("p", { class: "notice", role: "alert" }, refused),
        h(
            "form",
            { submit },
            h("label", { for: "token" }, "Token"),
            field,
            h(
                "p",
                { class: "note", id: "token-note" },
                "The one that the API takes. This page forgets it when it is closed or loaded again.",
            ),
            h("button", { type: "submit", class: "primary" }, "Sign in"),
        ),
    );
}

/** No day is published yet; `reason` is why, where there is more to it than that no run has been. */
export const empty = (reason = null) =>
    h(
        "section",
        { class: "card alone", "aria-labelledby": "empty" },
        h("h1", { id: "empty" }, reason ? "There are no figures to show" : "No day is published yet"),
        reason && h("p", null, reason),
        h(
            "p",
            null,
            "The figures come from the nightly run, which can be started by hand where the batch is installed:",
        ),
        h("pre", null, "analytics-batch check\nanalytics-batch"),
        h(
            "p",
            { class: "note" },
            "The first says whether everything is ready, and what to do if not. ",
            "The second publishes every business day since the first order, and the forecast. ",
            "Then load this page again.",
        ),
    );

/** Nothing can be shown. */
export const broken = (error, retry) =>
    h(
        "section",
        { class: "card alone", "aria-labelledby": "broken" },
        h("h1", { id: "broken" }, "The figures cannot be shown"),
        trouble(error, retry),
    );
