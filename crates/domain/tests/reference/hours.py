#!/usr/bin/env python3
"""Reference values for the autoregression of hours, from its definition; shares no code with the library.

usage: python3 hours.py > hours.json          (Python 3.11, numpy 2.4.6)

Five weeks and nine hours of made-up hours, some missing; the terms, the weights of the regression by numpy's solver,
and the next 30 hours.
"""
import json

import numpy as np

DAY, SEASON, HALF_LIFE, RIDGE, F = 24, 168, 4.0, 0.001, 0.7


def series():
    state, hours, carried = 20260105, [], 0.0
    for t in range(5 * SEASON + 9):
        state = (state * 1103515245 + 12345) % 2**31
        carried = 0.9 * carried + (state >> 8) / 2**23 - 0.5
        busy = 30 + 20 * np.sin(2 * np.pi * (t % DAY) / DAY) + (15 if t % SEASON >= 120 else 0)
        hours.append(None if t % 97 == 96 else round(float(busy + 8 * carried), 2))
    return hours


def usual(known, t):
    """Mean of the same slot's earlier values, one counting half after HALF_LIFE of them."""
    same = [known[s] for s in range(t % SEASON, t, SEASON) if known[s] is not None]
    weights = [0.5 ** ((len(same) - 1 - k) / HALF_LIFE) for k in range(len(same))]
    return float(np.average(same, weights=weights)) if same else of_day(known, t) or 0.0


def seen(known, t):
    return any(known[s] is not None for s in range(t % SEASON, t, SEASON))


def of_day(known, t):
    smoothed = None
    for s in range(t % DAY, t, DAY):
        if known[s] is not None:
            smoothed = known[s] if smoothed is None else F * smoothed + (1 - F) * known[s]
    return smoothed


def terms(known, r, t, m):
    lags = (1, 2, 3, DAY - 1, DAY, DAY + 1, 2 * DAY, SEASON, SEASON + 1)
    lagged = [r[t - lag] if t >= lag else 0.0 for lag in lags]
    means = [sum(r[max(0, t - n):t]) / n for n in (DAY, SEASON)]
    return [1.0, *lagged, *means, of_day(known, t) - m]


def solve(x, y):
    def ridge(w):
        xx = (x * w[:, None]).T @ x
        return np.linalg.solve(xx + RIDGE * np.diag(np.diag(xx)), x.T @ (w * y))

    beta = ridge(np.ones(len(y)))
    for _ in range(2):
        size = np.abs(y - x @ beta)
        beta = ridge(size.mean() / np.maximum(size, size.mean()))
    return beta


values = series()
residuals, rows, outcomes = [], [], []
for at, value in enumerate(values):
    mean = usual(values, at)
    if value is not None and at >= SEASON + 2 * DAY:
        rows.append(terms(values, residuals, at, mean))
        outcomes.append(value - mean)
    residuals.append(value - mean if value is not None and seen(values, at) else 0.0)
beta = solve(np.array(rows), np.array(outcomes))
forecast, n = [], len(values)
for ahead in range(30):
    mean = usual(values, n + ahead)
    # The hour of the day stays as the last known value left it.
    row = terms(values + [None] * (ahead + 1), residuals, n + ahead, mean)
    residuals.append(float(np.dot(row, beta)))
    forecast.append(mean + residuals[-1])
print(json.dumps({"hours": values, "forecast": forecast}))
