// What every picture needs: scales, a grid, labels that do not touch.

import { h, s } from "./dom.js";

/** Round numbers from 0 (or below) to `top`, about `wanted` of them. */
export function ticks(bottom, top, wanted = 4) {
    const rough = (top - bottom || 1) / wanted;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) * power;
    const found = [];
    for (let value = Math.floor(bottom / step) * step; value < top + step; value += step) found.push(value);
    return found;
}

/** A drawing of a size, with the words that stand for it where it cannot be seen. */
export const drawing = (width, height, words, ...children) =>
    s("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": words }, children);

/**
 * A vertical scale over `values` and 0 with its grid of about `wanted` lines: `y` places a value, `grid` draws lines and labels, and `left` is
 * where the labels end.
 */
export function vertical(values, top, bottom, width, write, wanted = 4) {
    const marks = ticks(Math.min(0, ...values), Math.max(4, ...values), wanted);
    const [low, high] = [marks[0], marks[marks.length - 1]];
    const y = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
    const words = marks.map((mark) => (mark === 0 ? "" : write(mark)));
    // Digits are about seven wide; bars keep clear of the longest label.
    const left = 10 + 7 * Math.max(...words.map((word) => word.length));
    const grid = marks.map((mark, place) => [
        line(mark === 0 ? "base" : "rule", 0, width, y(mark), y(mark)),
        mark === 0 ? null : label("axis", 0, y(mark) - 5, words[place]),
    ]);
    return { y, grid, left };
}

/** Of labels `{x, words}`, those that stand at least `apart` from the one before. */
export function spaced(labels, apart) {
    let last = -Infinity;
    return labels.filter(({ x }) => x - last >= apart && ((last = x), true));
}

/** A rectangle between two values, at least a hair high, with the words that it shows when pointed at. */
export const block = (className, x, width, from, to, words) =>
    s(
        "rect",
        {
            class: className,
            x,
            width: Math.max(width, 0.6),
            y: Math.min(from, to),
            height: Math.max(Math.abs(to - from), 0.6),
            rx: Math.min(2, width / 4),
        },
        words ? s("title", null, words) : null,
    );

/** A bar below or beside a line of a list, for a share from 0 to 1. Its figure stands in the line. */
export const share = (part) =>
    h(
        "span",
        { class: "bar", "aria-hidden": "true" },
        s(
            "svg",
            { viewBox: "0 0 100 4", preserveAspectRatio: "none" },
            s("rect", { class: "sold", width: part * 100, height: 4 }),
        ),
    );

/** Stripes, for what is missing: told apart without colour. */
export const stripes = (id) =>
    s(
        "defs",
        null,
        s(
            "pattern",
            { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
            s("line", { class: "stripe", x1: 0, x2: 0, y1: 0, y2: 6 }),
        ),
    );

export const line = (className, x1, x2, y1, y2) => s("line", { class: className, x1, x2, y1, y2 });

export const label = (className, x, y, words) => s("text", { class: className, x, y }, words);
