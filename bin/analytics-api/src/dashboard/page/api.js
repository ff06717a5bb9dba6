// The public API, and nothing else. The token lives in this module's memory: it is gone when the page is.

const BASE = "api/admin/analytics";

/** What this page reads of the API. */
export const PATHS = {
    summary: "/summary",
    items: "/top-items",
    hourly: "/hourly",
    dayparts: "/dayparts",
    days: "/forecast/daily",
    hours: "/forecast/hourly",
    accuracy: "/forecast/accuracy",
    revisions: "/revisions",
    runs: "/batch/runs",
};

/** The path of one item. */
export const item = (id) => `/items/${id}`;

/** An answer that is none: `status` is that of HTTP, 0 where nothing answered. */
export class Refused extends Error {
    constructor(status, message, code) {
        super(message);
        this.status = status;
        this.code = code;
    }
}

let token = null;

/** The token to show from now on; null forgets it. */
export function signIn(entered) {
    token = entered;
}

export const isSignedIn = () => token !== null;

/** The address of a path with its parameters; those that are null are left out. */
export function address(path, parameters = {}) {
    const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== null));
    const text = query.toString();
    return BASE + path + (text && `?${text}`);
}

async function ask(url, accept) {
    const headers = { Accept: accept };
    if (token !== null) headers.Authorization = `Bearer ${token}`;
    let response;
    try {
        response = await fetch(url, { headers, credentials: "same-origin" });
    } catch {
        throw new Refused(0, "The service does not answer. It may be restarting, or this device may be offline.");
    }
    if (response.ok) return response;
    const problem = await response.json().catch(() => ({}));
    throw new Refused(
        response.status,
        problem.detail ?? problem.title ?? `The service answered ${response.status}.`,
        problem.code,
    );
}

/** The answer of a path, as an object. */
export async function get(path, parameters) {
    const response = await ask(address(path, parameters), "application/json");
    try {
        return await response.json();
    } catch {
        throw new Refused(0, "The answer was cut off on its way.");
    }
}

/** Saves a list as CSV. A link alone could not show the token. */
export async function download(url, name) {
    const response = await ask(url, "text/csv");
    const file = URL.createObjectURL(await response.blob());
    const link = document.createElement("a");
    link.href = file;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(file), 60_000);
}
