#!/usr/bin/env python3
"""Reference values for the models, made by statsforecast 2.1.1 (Nixtla; PyPI) and its statsmodels 0.15.0.

usage: pip install --target DIR statsforecast==2.1.1 && PYTHONPATH=DIR python3 models.py > models.json

For each model: the parameters and first states that statsforecast found, and what it then says of the same series:
−2 log likelihood and the next 14 days. The library must say the same of the same parameters, and find parameters
of its own that are hardly worse. For decompositions: the seasons and the trend.
"""
import json
import sys

import numpy as np
from statsforecast.ets import ets_f, forecast_ets
from statsforecast.theta import auto_theta, forecast_theta
from statsmodels.regression.linear_model import GLSAR
from statsmodels.tsa.seasonal import STL

SEASON, DAYS, AHEAD = 7, 140, 14


def series():
    """The same generator as in forecast.py, with a trend and no closed day."""
    state, days = 20260105, []
    shape = [30, 40, 45, 50, 80, 95, 60]
    for i in range(DAYS):
        state = (state * 1103515245 + 12345) % 2**31
        noise = 0.8 + 0.4 * (state >> 8) / 2**23
        days.append(round(shape[i % SEASON] * noise * (1 + i / 200), 2))
    return days


def ets(days, kind, damped):
    season = SEASON if kind[2] != "N" else 1
    fit = ets_f(np.array(days), m=season, model=kind, damped=damped)
    alpha, beta, gamma, phi = (float(v) for v in fit["par"][:4])
    first = [float(v) for v in fit["states"][0]]
    trend = kind[1] != "N"
    return {
        "kind": kind,
        "damped": damped,
        "alpha": alpha,
        "beta": beta if trend else 0.0,
        "gamma": gamma if season > 1 else 0.0,
        "phi": phi if damped else 1.0,
        "level": first[0],
        "trend": first[1] if trend else 0.0,
        # theirs are latest first
        "seasons": first[1 + trend:][::-1],
        "likelihood": -2 * float(fit["loglik"]),
        "forecast": [float(v) for v in forecast_ets(fit, AHEAD)["mean"]],
    }


def theta(days):
    fit = auto_theta(y=np.array(days), m=1, model="DOTM", decomposition_type="multiplicative")
    names = ("initial_smoothed", "alpha", "theta")
    return {**{k: float(fit["par"][k]) for k in names}, "forecast": [float(v) for v in forecast_theta(fit, AHEAD)["mean"]]}


def stl(values, period, cycles):
    return STL(values, period=period, seasonal=cycles, seasonal_deg=0).fit(inner_iter=2)


def decompositions(days):
    """The second is statsforecast's mstl(), with two rounds instead of five: its loop, statsmodels' decomposition."""
    rest, periods = np.array(days), [SEASON, 4 * SEASON]
    one = stl(rest, SEASON, 11)
    seasons = [np.zeros(len(days)) for _ in periods]
    for _ in range(2):
        for i, period in enumerate(periods):
            rest = rest + seasons[i]
            seasons[i] = stl(rest, period, 11 + 4 * i).seasonal
            rest = rest - seasons[i]
    one = {"trend": list(one.trend), "season": list(one.seasonal)}
    return {"stl": one, "mstl": {"periods": periods, "seasons": [list(season) for season in seasons]}}


def regression(days):
    """On weekday and trend with errors of AR(1)."""
    term = lambda day: [float(day % SEASON == weekday) for weekday in range(SEASON)] + [day / 100]
    model = GLSAR(np.array(days), np.array([term(day) for day in range(len(days))]), rho=1)
    fit = model.iterative_fit(maxiter=20)
    phi, error = float(model.rho[0]), days[-1] - float(np.dot(term(len(days) - 1), fit.params))
    ahead = range(AHEAD)
    means = [float(np.dot(term(len(days) + h), fit.params)) for h in ahead]
    return {"phi": phi, "forecast": [means[h] + phi ** (h + 1) * error for h in ahead]}


def main():
    days = series()
    kinds = [("ANN", False), ("AAN", False), ("AAN", True), ("ANA", False), ("AAA", True), ("MNM", False), ("MAM", True)]
    json.dump({"days": days, "ets": [ets(days, *kind) for kind in kinds], "theta": theta(days), **decompositions(days), "regression": regression(days)}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
