#!/usr/bin/env python3
"""Reference values for the forecast, computed from the definitions and sharing no code with it.

usage: python3 forecast.py > forecast.json      (Python 3.9 or later, standard library only)

The series is made by a linear congruential generator: 30 weeks, closed on Mondays, with a burst pipe, a week's
holiday, missing days and a wedding party. None is a missing day, 0 a closed one.
"""
import json
import math
import sys
from statistics import NormalDist

WEEK = 7


def series():
    state, days = 20260105, []
    shape = [0, 40, 45, 50, 80, 95, 60]
    for i in range(30 * WEEK):
        state = (state * 1103515245 + 12345) % 2**31
        noise = 0.7 + 0.6 * (state >> 8) / 2**23
        value = round(shape[i % WEEK] * noise * (1 + i / 600), 2)
        days.append(value)
    days[61] = 0  # a burst pipe on a Saturday
    days[100:107] = [0] * 7
    days[143] = days[150] = None
    days[166] = 900.0
    return days


def is_open(days):
    """Whether the weekdays of the coming week, from the day after the last on, are open ones."""
    lookback = days[-182:]
    n, offset = len(lookback), len(days) - len(lookback)
    tail = 0
    for day in reversed(lookback):
        if day is not None and day > 0:
            break
        tail += day is not None
    if tail >= 14:
        return [False] * WEEK
    closure = [False] * n
    for i in range(n):
        if lookback[i] is None or lookback[i] == 0:
            a = b = i
            while a > 0 and not lookback[a - 1]:
                a -= 1
            while b < n - 1 and not lookback[b + 1]:
                b += 1
            closure[i] = sum(day == 0 for day in lookback[a:b + 1]) >= WEEK
    often = sum(closure[-8 * WEEK:]) > 8 * WEEK // 4
    result = []
    for ahead in range(WEEK):
        weekday = (len(days) + ahead) % WEEK
        share = {}
        for name, skip in (("habit", closure), ("all", [False] * n)):
            same = [d for i, d in enumerate(lookback) if (offset + i) % WEEK == weekday and d is not None and not skip[i]]
            weights = [0.75 ** (len(same) - 1 - i) for i in range(len(same))]
            share[name] = (sum(w for w, d in zip(weights, same) if d > 0), sum(weights))
        opened, total = share["habit"] if share["habit"][1] > 0 and not often else share["all"]
        result.append((opened + 1) / (total + 1) >= 0.5)
    return result


def median(values):
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def weekday_level(days):
    """The next seven days; None is closed."""
    end, opening = len(days), is_open(days)
    opened = [i for i in range(end) if days[i] is not None and days[i] > 0]
    z, seen = {}, {}
    for i in opened:
        seen.setdefault(i % WEEK, []).append(days[i])
        z[i] = min(days[i], 1.5 * median(seen[i % WEEK][-13:])) ** 0.75
    slow = {i: 0.5 ** ((end - 1 - i) / (26 * WEEK)) for i in opened}
    fast = {i: 0.5 ** ((end - 1 - i) / (1.5 * WEEK)) for i in opened}
    overall = sum(slow[i] * z[i] for i in opened) / sum(slow.values())
    mean = {}
    for w in range(WEEK):
        same = [i for i in opened if i % WEEK == w]
        mean[w] = (sum(slow[i] * z[i] for i in same) + 0.5 * overall) / (sum(slow[i] for i in same) + 0.5)
    level = sum(fast[i] * z[i] for i in opened) / sum(fast[i] * mean[i % WEEK] for i in opened)
    return [(level * mean[(end + a) % WEEK]) ** (4 / 3) if opening[a] else None for a in range(WEEK)]


def seasonal_naive(days):
    end, opening, result = len(days), is_open(days), []
    for ahead in range(WEEK):
        same = [days[i] for i in range(end + ahead - WEEK, -1, -WEEK) if days[i] is not None]
        value = same[0] if same else [d for d in days if d][-1]
        result.append(None if value == 0 and not opening[ahead] else value)
    return result


def backtest(model, days, horizon):
    cases = []
    for seen in range(max(7, len(days) - 182), len(days)):
        week = model(days[:seen])
        for h in range(1, horizon + 1):
            if seen + h - 1 < len(days) and days[seen + h - 1] is not None:
                cases.append((seen, h, week[(h - 1) % WEEK], days[seen + h - 1]))
    return cases


def scores(cases, days):
    error = [((f or 0) - y) for _, _, f, y in cases]
    truth = [y for *_, y in cases]
    folds = []
    for seen in sorted({c[0] for c in cases}):
        pairs = [abs(days[t] - days[t - WEEK]) for t in range(WEEK, seen) if None not in (days[t], days[t - WEEK])]
        fold = [abs((f or 0) - y) for s, _, f, y in cases if s == seen]
        if pairs and sum(pairs) > 0:
            folds.append(sum(fold) / len(fold) / (sum(pairs) / len(pairs)))
    absolute = sum(map(abs, error))
    return {
        "cases": len(cases),
        "mae": absolute / len(cases),
        "wape": absolute / sum(truth),
        "mase": sum(folds) / len(folds),
        "bias": sum(error) / sum(truth),
    }


def tail(pool, share):
    """The scaled error that `share` of future ones exceed; pool is (day, error, weight)."""
    days = sum({day: weight for day, _, weight in pool}.values())
    total, below = sum(weight for *_, weight in pool), 0
    spare = max(0.25, 1 - 0.75 * days * math.log(2) / 45)
    for _, error, weight in sorted(pool, key=lambda e: e[1]):
        below += weight * days / total
        if below >= (1 - share) * (days + spare):
            return error
    z = NormalDist().inv_cdf
    return max(abs(e) for _, e, _ in pool) * z(1 - share) / max(z(1 - 1 / (days + 1)), 0.25)


def band(cases, horizon, value, known):
    opened = [(s + h - 1, h, f, y) for s, h, f, y in cases if f is not None]
    floor = 0.1 * sum(f for _, _, f, _ in opened) / len(opened)
    newest = max(day for day, *_ in opened)
    size = lambda d, f, y: 0.5 ** ((newest - d) / 90) * abs(y - f) / math.sqrt(max(f, floor))
    week = [(d, f, y) for d, h, f, y in opened if h <= WEEK]
    usual = sum(size(*case) for case in week) / sum(0.5 ** ((newest - d) / 90) for d, *_ in week)
    weekday = []
    for w in range(WEEK):
        own = [case for case in week if case[0] % WEEK == w]
        added = 10 * WEEK
        weights = sum(0.5 ** ((newest - d) / 90) for d, *_ in own)
        weekday.append((sum(size(*case) for case in own) + added * usual) / (weights + added) / usual)
    scale = lambda d, f: weekday[d % WEEK] * math.sqrt(max(f, floor))
    pool = []
    for distance in range(30):
        near = {horizon - distance, horizon + distance}
        pool += [(d, (y - f) / scale(d, f), 0.5 ** ((newest - d) / 45)) for d, h, f, y in opened if h in near]
        if len(pool) >= 120:
            break
    mirrored = [(d, -e, w) for d, e, w in pool]
    unit = scale(known + horizon - 1, value)
    return {
        "horizon": horizon,
        "value": value,
        "lower_80": max(0, value - unit * tail(mirrored, 0.1)),
        "upper_80": value + unit * tail(pool, 0.1),
        "lower_95": max(0, value - unit * tail(mirrored, 0.025)),
        "upper_95": value + unit * tail(pool, 0.025),
    }


def main():
    days = series()
    models = []
    for name, model in (("seasonal_naive", seasonal_naive), ("weekday_level", weekday_level)):
        cases = backtest(model, days, 30)
        bands = [band(cases, horizon, value, len(days)) for horizon, value in ((1, 90.0), (7, 40.0), (30, 60.0))]
        models.append({"name": name, "week": model(days), "scores": scores(cases, days), "bands": bands})
    # A fortnight: every tail is stretched.
    short = days[-14:]
    cases = backtest(weekday_level, short, 7)
    json.dump({"days": days, "models": models, "fortnight": band(cases, 1, 50.0, len(short))}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
