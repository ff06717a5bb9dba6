#!/usr/bin/env python3
"""Measures of a backtest's predictions, computed from their definitions by a program that shares no code with it.

usage: measures.py DATA.csv PREDICTIONS.csv SEASON

DATA is the file that was backtested, without gaps; PREDICTIONS is what `analytics-batch backtest --predictions` wrote
for one model. Percents are percents, MASE and RMSSE are means over series of the mean over folds. Plain Python 3.8.
"""
import csv
import sys
from collections import defaultdict


def mean(values):
    return sum(values) / len(values) if values else float("nan")


def measures(data, predictions, season):
    series = defaultdict(list)
    for row in data:
        series[row["unique_id"]].append((row["ds"].replace("T", " "), float(row["y"])))
    for rows in series.values():
        rows.sort()
    folds = defaultdict(list)
    for row in predictions:
        numbers = [max(0.0, float(row[name])) for name in ("y_hat", "lo-80", "hi-80", "lo-95", "hi-95")]
        folds[row["unique_id"], row["cutoff"]].append((float(row["y"]), *numbers))

    mase, rmsse = defaultdict(list), defaultdict(list)
    for (name, cutoff), points in folds.items():
        known = [y for ds, y in series[name] if ds <= cutoff]
        changes = [b - a for a, b in zip(known, known[season:])]
        scale = mean([abs(change) for change in changes])
        if scale > 1e-9:
            mase[name].append(mean([abs(y - value) for y, value, *_ in points]) / scale)
            squares = mean([(y - value) ** 2 for y, value, *_ in points])
            rmsse[name].append((squares / mean([change**2 for change in changes])) ** 0.5)

    points = [point for fold in folds.values() for point in fold]
    open_points = [point for point in points if point[5] > 0]
    sales = sum(y for y, *_ in points)

    def beyond(y, low, high, alpha):
        return (high - low) + 2 / alpha * (max(low - y, 0) + max(y - high, 0))

    def wis(y, value, low_80, high_80, low_95, high_95):
        intervals = 0.1 * beyond(y, low_80, high_80, 0.2) + 0.025 * beyond(y, low_95, high_95, 0.05)
        return (0.5 * abs(y - value) + intervals) / 2.5

    def coverage(some, low, high):
        return 100 * mean([point[low] <= point[0] <= point[high] for point in some])

    return {
        "wape": 100 * sum(abs(y - value) for y, value, *_ in points) / sales,
        "wape_open": 100 * sum(abs(y - value) for y, value, *_ in points if y > 0) / sales,
        "mase": mean([mean(values) for values in mase.values()]),
        "rmsse": mean([mean(values) for values in rmsse.values()]),
        "bias": 100 * sum(value - y for y, value, *_ in points) / sales,
        "coverage_80": coverage(points, 2, 3),
        "coverage_95": coverage(points, 4, 5),
        "open_coverage_80": coverage(open_points, 2, 3),
        "open_coverage_95": coverage(open_points, 4, 5),
        "swis": 100 * sum(wis(*point) for point in points) / sales,
        "points": len(points),
    }


if __name__ == "__main__":
    with open(sys.argv[1]) as data, open(sys.argv[2]) as predictions:
        found = measures(list(csv.DictReader(data)), list(csv.DictReader(predictions)), int(sys.argv[3]))
    for name, value in found.items():
        print(f"{name:18} {value:.10f}")
