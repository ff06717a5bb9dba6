//! The pictures: for days, eight weeks forecast a day and a week ahead and the next 30 days from one evening; for hours,
//! the last days, each from the evening before.

use anyhow::{Result, ensure};
use chrono::{Datelike as _, NaiveDateTime, TimeDelta, Timelike as _};

use super::forecasts::{Forecast, Forecasts};
use super::svg::{Anchor, Svg};

const WIDTH: u32 = 920;
/// The heading, the legend and the space between them and the first panel.
const TOP: f64 = 74.0;
/// A panel's title, its plot, and the space below for dates.
const PANEL: [f64; 3] = [26.0, 150.0, 38.0];
const LEFT: f64 = 56.0;
const RIGHT: f64 = 24.0;

/// Days shown of the past, and before the long forecast.
const PAST: i64 = 56;
const BEFORE: i64 = 14;

/// One plot.
struct Panel<'a> {
    title: String,
    forecasts: Vec<&'a Forecast>,
    /// Forecasts of which only the truth is shown.
    before: Vec<&'a Forecast>,
    /// Where the known ends, if that is within the plot.
    origin: Option<NaiveDateTime>,
}

/// The picture of `forecasts`.
pub(super) fn draw(forecasts: &Forecasts, title: &str, unit: &str) -> Result<String> {
    let panels = if forecasts.step == TimeDelta::days(1) { of_days(forecasts) } else { of_hours(forecasts) };
    ensure!(
        panels.iter().all(|panel| !panel.forecasts.is_empty()),
        "it needs forecasts from consecutive origins: of days, a day and a week ahead; of hours, up to 24 ahead"
    );
    let most =
        panels.iter().flat_map(Panel::shown).flat_map(|forecast| [forecast.truth, forecast.within_95[1]]);
    let scale = Scale::to(most.fold(0.0, f64::max));
    let mut svg = Svg::new(WIDTH);
    svg.text([LEFT, 24.0], "h", Anchor::Start, title);
    legend(&mut svg, panels.iter().any(|panel| panel.origin.is_some()));
    let mut top = TOP;
    for panel in &panels {
        panel.draw(&mut svg, top, &scale, forecasts.step, unit);
        top += PANEL.iter().sum::<f64>();
    }
    let description: Vec<String> =
        panels.iter().map(|panel| format!("{}: {}.", panel.title, panel.tally())).collect();
    let height = PANEL.iter().sum::<f64>().mul_add(panels.len() as f64, TOP);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred pixels")]
    Ok(svg.finish(height.ceil() as u32, title, &description.join(" ")))
}

fn of_days(forecasts: &Forecasts) -> Vec<Panel<'_>> {
    let latest = forecasts.latest();
    let past = |horizon, days| {
        let shown = latest - TimeDelta::days(days);
        forecasts
            .ahead(horizon)
            .filter(move |forecast| forecast.at > shown && forecast.at <= latest)
            .collect()
    };
    let panel = |title: &str, horizon| Panel {
        title: title.to_owned(),
        forecasts: past(horizon, PAST),
        before: Vec::new(),
        origin: None,
    };
    let coming: Vec<&Forecast> = forecasts.all.iter().filter(|forecast| forecast.origin == latest).collect();
    vec![
        panel("Each day as forecast on the evening before", 1),
        panel("The same days as forecast a week before", 7),
        Panel {
            title: format!(
                "The next {} days as forecast on the evening of {}",
                coming.len(),
                latest.format("%-d %B")
            ),
            forecasts: coming,
            before: past(1, BEFORE),
            origin: Some(latest),
        },
    ]
}

fn of_hours(forecasts: &Forecasts) -> Vec<Panel<'_>> {
    let shown: Vec<&Forecast> = forecasts
        .all
        .iter()
        .filter(|forecast| forecast.at - forecast.origin <= TimeDelta::hours(24))
        .collect();
    let days = shown.len().div_ceil(24);
    vec![Panel {
        title: format!("{days} days, each as forecast on the evening before"),
        forecasts: shown,
        before: Vec::new(),
        origin: None,
    }]
}

/// What the signs mean.
fn legend(svg: &mut Svg, has_later: bool) {
    let y = 44.0;
    svg.dots("d", 6.0, [[LEFT + 6.0, y]]);
    svg.text([LEFT + 16.0, y + 4.0], "", Anchor::Start, "what came");
    svg.strokes("f", 2.0, [[[LEFT + 96.0, y], [LEFT + 110.0, y]]]);
    svg.text([LEFT + 116.0, y + 4.0], "", Anchor::Start, "forecast");
    for (class, x, words) in
        [("n", 190.0, "8 of 10 in the inner bar"), ("w", 372.0, "19 of 20 in the whole bar")]
    {
        svg.strokes(class, 9.0, [[[LEFT + x, y - 8.0], [LEFT + x, y + 8.0]]]);
        svg.text([LEFT + x + 10.0, y + 4.0], "", Anchor::Start, words);
    }
    if has_later {
        svg.dots("m", 6.0, [[LEFT + 562.0, y]]);
        svg.text([LEFT + 572.0, y + 4.0], "", Anchor::Start, "what came later, not known then");
    }
}

impl Panel<'_> {
    fn shown(&self) -> impl Iterator<Item = &Forecast> {
        self.before.iter().chain(&self.forecasts).copied()
    }

    /// How often the truth fell inside.
    fn tally(&self) -> String {
        let open: Vec<&&Forecast> = self.forecasts.iter().filter(|forecast| forecast.is_open()).collect();
        let within = |bounds: fn(&Forecast) -> [f64; 2]| {
            open.iter()
                .filter(|forecast| (bounds(forecast)[0]..=bounds(forecast)[1]).contains(&forecast.truth))
                .count()
        };
        let (narrow, wide) = (within(|forecast| forecast.within_80), within(|forecast| forecast.within_95));
        format!("of {} open, {narrow} in the inner bar, {wide} in the whole", open.len())
    }

    fn draw(&self, svg: &mut Svg, top: f64, scale: &Scale, step: TimeDelta, unit: &str) {
        let [title, height, _] = PANEL;
        let (top, right) = (top + title, f64::from(WIDTH) - RIGHT);
        svg.text([LEFT, top - 10.0], "t", Anchor::Start, &self.title);
        svg.text([right, top - 10.0], "", Anchor::End, &self.tally());
        let is_daily = step == TimeDelta::days(1);
        let first = self.shown().map(|forecast| forecast.at).min().unwrap_or_default();
        let last = self.shown().map(|forecast| forecast.at).max().unwrap_or_default();
        let steps = |at: NaiveDateTime| (at - first).num_minutes() as f64 / step.num_minutes() as f64;
        let pitch = (right - LEFT) / (steps(last) + 1.0);
        let x = |at| pitch.mul_add(steps(at) + 0.5, LEFT);
        let y = |value: f64| height.mul_add(1.0 - value / scale.top, top);

        svg.strokes("g", 1.0, scale.ticks().map(|tick| [[LEFT, y(tick)], [right, y(tick)]]));
        for tick in scale.ticks() {
            svg.text([LEFT - 6.0, y(tick) + 4.0], "", Anchor::End, &scale.label(tick, unit));
        }
        let marks: Vec<NaiveDateTime> = self
            .shown()
            .map(|forecast| forecast.at)
            .filter(|at| is_mark(*at, step) || (!is_daily && *at == first))
            .collect();
        let edge = |at| x(at) - pitch / 2.0;
        svg.strokes("g", 1.0, marks.iter().map(|at| [[edge(*at), top], [edge(*at), top + height + 5.0]]));
        for at in marks.iter().filter(|at| edge(**at) < right - 58.0) {
            svg.text(
                [edge(*at) + 3.0, top + height + 15.0],
                "",
                Anchor::Start,
                &at.format("%a %-d %b").to_string(),
            );
        }
        if let Some(origin) = self.origin {
            let at = x(origin) + pitch / 2.0;
            svg.strokes("o", 1.5, [[[at, top - 4.0], [at, top + height]]]);
        }

        let open = || self.forecasts.iter().filter(|forecast| forecast.is_open());
        let bar = |at, [low, high]: [f64; 2]| [[x(at), y(low)], [x(at), y(high)]];
        svg.strokes("w", pitch * 0.75, open().map(|forecast| bar(forecast.at, forecast.within_95)));
        svg.strokes("n", pitch * 0.75, open().map(|forecast| bar(forecast.at, forecast.within_80)));
        let half = pitch * 0.375;
        svg.strokes(
            "f",
            2.0,
            open().map(|forecast| {
                [[x(forecast.at) - half, y(forecast.value)], [x(forecast.at) + half, y(forecast.value)]]
            }),
        );
        let dot = |forecast: &&Forecast| [x(forecast.at), y(forecast.truth)];
        let size = (pitch * 0.45).clamp(2.5, 6.0);
        svg.dots("d", size, self.before.iter().map(dot));
        // A closed day is worth a dot, and the closed hours of a night are not.
        let is_worth = |forecast: &&&Forecast| is_daily || forecast.is_open() || forecast.truth > 0.0;
        svg.dots(
            if self.origin.is_some() { "m" } else { "d" },
            size,
            self.forecasts.iter().filter(is_worth).map(dot),
        );
    }
}

/// Whether a week, or among hours a day, begins here.
fn is_mark(at: NaiveDateTime, step: TimeDelta) -> bool {
    if step == TimeDelta::days(1) { at.weekday() == chrono::Weekday::Mon } else { at.hour() == 0 }
}

/// The vertical axis, from 0.
struct Scale {
    top: f64,
    tick: f64,
}

impl Scale {
    /// An axis that holds `most`, in three to five steps of a round number.
    fn to(most: f64) -> Self {
        let rough = (most / 5.5).max(1e-9);
        let magnitude = 10.0_f64.powf(rough.log10().floor());
        let round = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|round| round * magnitude >= rough);
        Self { top: most.max(1e-9) * 1.02, tick: round.unwrap_or(10.0) * magnitude }
    }

    fn ticks(&self) -> impl Iterator<Item = f64> + use<> {
        let (top, tick) = (self.top, self.tick);
        (0..10).map(move |step| f64::from(step) * tick).take_while(move |value| *value <= top)
    }

    fn label(&self, value: f64, unit: &str) -> String {
        let number = if self.tick >= 1000.0 { format!("{} k", value / 1000.0) } else { value.to_string() };
        match unit {
            _ if value == 0.0 => "0".to_owned(),
            "€" | "$" | "£" => format!("{unit} {number}"),
            _ => number,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn midnight(day: u32) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2026, 6, day).unwrap().and_time(chrono::NaiveTime::MIN)
    }

    /// From each evening of the first ten days of June, ten days of 100 within 90 to 110 and 80 to 120; Mondays closed.
    fn days(truth: impl Fn(NaiveDateTime) -> f64) -> Forecasts {
        let forecast = |origin: NaiveDateTime, ahead: i64| {
            let at = origin + TimeDelta::days(ahead);
            let open = if at.weekday() == chrono::Weekday::Mon { 0.0 } else { 1.0 };
            Forecast {
                origin,
                at,
                truth: truth(at) * open,
                value: 100.0 * open,
                within_80: [90.0 * open, 110.0 * open],
                within_95: [80.0 * open, 120.0 * open],
            }
        };
        let all =
            (1..=10).flat_map(|day| (1..=10).map(move |ahead| forecast(midnight(day), ahead))).collect();
        Forecasts { all, step: TimeDelta::days(1) }
    }

    #[test]
    fn it_says_how_often_the_truth_fell_inside() {
        // The evening before knows 2 to 10 June, of which the 8th is a Monday: the 5th lies outside the inner bar, the
        // 9th outside both. The week before knows the 8th, 9th and 10th. From the evening of the 10th, the 15th is closed.
        let picture = draw(
            &days(|at| {
                [100.0, 115.0, 130.0][usize::from(at == midnight(5)) + 2 * usize::from(at == midnight(9))]
            }),
            "Days & nights",
            "€",
        );
        let picture = picture.unwrap();
        assert!(picture.contains("Days &amp; nights"));
        assert!(picture.contains(
            "Each day as forecast on the evening before: of 8 open, 6 in the inner bar, 7 in the whole."
        ));
        assert!(picture.contains(
            "The same days as forecast a week before: of 2 open, 1 in the inner bar, 1 in the whole."
        ));
        assert!(picture.contains(
            "The next 10 days as forecast on the evening of 10 June: of 9 open, 9 in the inner bar"
        ));
        assert!(picture.contains(">€ 50<") && picture.contains(">Mon 8 Jun<"));
    }

    #[test]
    fn too_few_origins_make_no_picture() {
        let mut few = days(|_| 100.0);
        few.all.retain(|forecast| forecast.at - forecast.origin < TimeDelta::days(7));
        assert!(draw(&few, "", "").unwrap_err().to_string().contains("a day and a week ahead"));
    }
}
