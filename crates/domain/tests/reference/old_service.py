#!/usr/bin/env python3
"""Reference values for the old service's methods, by numpy 2.4.6.

usage: pip install numpy==2.4.6 && python3 old_service.py > old_service.json

`days` are days 0, 1, … of which null is closed. Each method's forecasts of the 10 days after them follow from numpy's
own weighted average and least squares (numpy.polynomial.Polynomial.fit, by singular values).
"""
import json
import sys

import numpy as np
from numpy.polynomial import Polynomial

DAYS, AHEAD, HISTORY, WINDOW = 120, 10, 90, 7
DEGREES = (1, 2, 3, 5)


def series():
    state, days = 20261122, []
    for i in range(DAYS):
        state = (state * 1103515245 + 12345) % 2**31
        noise = 0.8 + 0.4 * (state >> 8) / 2**23
        days.append(None if i % 7 == 0 else round((60 + i / 3) * noise, 2))
    return days


def main():
    days = series()
    known = np.array([(t, y) for t, y in enumerate(days) if y is not None])
    latest = known[known[:, 0] >= DAYS - HISTORY]
    ahead = np.arange(DAYS, DAYS + AHEAD)
    average = float(np.average(known[-WINDOW:, 1], weights=np.arange(1, WINDOW + 1)))
    curves = {d: Polynomial.fit(latest[:, 0], latest[:, 1], d)(ahead) for d in DEGREES}
    json.dump(
        {
            "days": days,
            "moving_average": [average] * AHEAD,
            "regression": [{"degree": d, "forecast": c.tolist()} for d, c in curves.items()],
            "fixed_ensemble": ((average + curves[1] + curves[2]) / 3).tolist(),
        },
        sys.stdout,
        indent=1,
    )
    print()


main()
