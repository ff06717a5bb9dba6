// Can these numbers be trusted: how fresh they are, what the last run did, what looks odd, what was corrected since.

import { PATHS, address, get } from "./api.js";
import { apart, behind, trouble } from "./card.js";
import { h, table } from "./dom.js";
import { count, duration, longDay, moment, money, moneyChange, shortDay } from "./format.js";

const RUNS = { limit: 30 };
const REVISIONS = { limit: 30 };

export async function load() {
    const [runs, corrections] = await Promise.all([get(PATHS.runs, RUNS), apart(get(PATHS.revisions, REVISIONS))]);
    return { runs: runs.runs, corrections, meta: runs.meta };
}

export function show({ runs, corrections, meta }, retry) {
    const revisions = corrections.revisions ?? [];
    const last = runs.find((run) => run.outcome !== "running");
    const suspicions = runs.flatMap((run) => run.suspicions).slice(0, 5);
    return [
        h(
            "div",
            { class: "answers" },
            answer("Are they up to date?", [`${meta.stale ? "No" : "Yes"}. ${reach(meta)}`]),
            answer("Did the last run go well?", last ? lastRun(last, meta) : ["No run has ended yet."]),
            answer(
                "Does anything look odd?",
                suspicions.length
                    ? suspicions.map(odd)
                    : [`No. None of the last ${count(runs.length)} runs published a figure far from its forecast.`],
            ),
            answer(
                "What was corrected since?",
                corrections.failed
                    ? [trouble(corrections.failed, retry, "Corrections")]
                    : revisions.length
                      ? revisions.slice(0, 4).map((row) => corrected(row))
                      : ["Nothing: every day stands as it was first published."],
            ),
        ),
        behind(
            [runsTable(runs, meta), revisionsTable(revisions, meta)],
            [
                { label: "Runs as CSV", url: address(PATHS.runs, RUNS), name: "runs.csv" },
                { label: "Corrections as CSV", url: address(PATHS.revisions, REVISIONS), name: "revisions.csv" },
            ],
        ),
    ];
}

const answer = (question, sentences) =>
    h(
        "div",
        null,
        h("h3", null, question),
        sentences.map((words) => (typeof words === "string" ? h("p", null, words) : words)),
    );

/** How far the figures reach, in a sentence. */
export function reach({ computed_through: through, stale, as_of: asOf, timezone }) {
    if (through === null) return "Nothing has been published by this service yet.";
    const since = asOf ? `, last changed ${moment(asOf, timezone)}` : "";
    return stale
        ? `They end with ${longDay(through)}${since}. A later day is overdue, or the database does not answer.`
        : `They are complete through ${longDay(through)}${since}.`;
}

const OUTCOMES = {
    succeeded: "Yes",
    incomplete: "Partly",
    failed: "No, it failed",
    interrupted: "No, it was interrupted",
    abandoned: "No, it died without a word",
};

function lastRun(run, meta) {
    const when = moment(run.finished_at ?? run.started_at, meta.timezone);
    const took = run.duration_ms === null ? "" : `, in ${duration(run.duration_ms)}`;
    const days = `${count(run.days_changed)} of ${count(run.days_planned)} days`;
    const did = `It read ${count(run.orders_read)} orders and changed ${days}.`;
    return [
        `${OUTCOMES[run.outcome] ?? run.outcome}: ${when}${took}. ${did}`,
        ...run.problems,
        ...(run.error ? [`The error was of the kind ${run.error}.`] : []),
    ];
}

const WHAT = { daily_revenue: "revenue", daily_orders: "orders" };

function odd({ date, forecast_type: type, reason, actual, forecast_value: value, lower_95: low, upper_95: high }) {
    const write = type === "daily_revenue" ? money : (figure) => count(figure);
    const how =
        { nothing: "nothing was sold", far_below: "far less than expected", far_above: "far more than expected" }[
            reason
        ] ?? reason;
    const expected = low === null ? write(value) : `${write(low)} to ${write(high)}`;
    return `${longDay(date)}: ${how} (${WHAT[type] ?? type} ${write(actual)}, expected ${expected}).`;
}

const CAUSES = {
    orders: "orders were served, entered or corrected late",
    calendar: "rebuilt by another calendar",
    adopted: "recomputed; the old service had another figure",
    withdrawn: "no business day any more",
};

function corrected({ date, cause, total_revenue: { from, to } }) {
    const what =
        to === null
            ? "withdrawn"
            : from === to
              ? "revenue stayed, details changed"
              : `${moneyChange(Number(to) - Number(from ?? 0))}, now ${money(to)}`;
    return `${shortDay(date)}: ${what} (${CAUSES[cause] ?? cause}).`;
}

const orDash = (value, write) => (value === null ? "–" : write(value));

const runsTable = (runs, meta) =>
    table(
        "The last runs",
        [
            { head: "Began", cell: (run) => moment(run.started_at, meta.timezone) },
            { head: "Outcome", cell: (run) => run.outcome },
            { head: "Took", number: true, cell: (run) => orDash(run.duration_ms, duration) },
            { head: "Days changed", number: true, cell: (run) => count(run.days_changed) },
            { head: "Orders read", number: true, cell: (run) => count(run.orders_read) },
        ],
        runs,
    );

const revisionsTable = (revisions, meta) =>
    table(
        "Corrected days",
        [
            { head: "Day", cell: (row) => shortDay(row.date) },
            { head: "Corrected", cell: (row) => moment(row.revised_at, meta.timezone) },
            {
                head: "Revenue before",
                number: true,
                cell: (row) => orDash(row.total_revenue.from, money),
            },
            { head: "Revenue now", number: true, cell: (row) => orDash(row.total_revenue.to, money) },
            { head: "Why", cell: (row) => CAUSES[row.cause] ?? row.cause },
        ],
        revisions,
    );
