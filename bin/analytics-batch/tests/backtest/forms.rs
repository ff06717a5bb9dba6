//! The forms that data may have: any order, gzipped, days, hours and numbers, with gaps.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::folder::{Folder, daily, date, sales};

#[test]
fn neither_order_nor_packing_matters() {
    let data = daily(&[("a", 40), ("b", 40)]);
    let plain = Folder::with(&data).predictions("--folds 2");
    let (header, rows) = data.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    let reversed = format!("\u{feff}{header}\r\n{}\r\n", rows.join("\r\n"));
    assert_eq!(Folder::with(&reversed).predictions("--folds 2"), plain);

    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(data.as_bytes()).unwrap();
    let folder = Folder::new();
    folder.write("data.csv", gzip.finish().unwrap());
    assert_eq!(folder.predictions("--folds 2"), plain);

    // Other columns, in another order.
    let more: String = data
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            format!("x,{},{},{}\n", fields[2], fields[0], fields[1])
        })
        .collect();
    assert_eq!(Folder::with(&more).predictions("--folds 2"), plain);
}

#[test]
fn a_missing_day_is_named_and_is_no_zero() {
    let data = daily(&[("a", 42)]);
    let hole = format!("a,{},{}\n", date(39), sales(39));
    let folder = Folder::with(&data.replace(&hole, ""));
    let rows = folder.predictions("--model seasonal_naive --folds 1");
    let days: Vec<&str> = rows.iter().map(|row| row.split(',').nth(2).unwrap()).collect();
    let judged: Vec<String> = (35..42).filter(|day| *day != 39).map(|day| date(day).to_string()).collect();
    assert_eq!(days, judged);
    let said = folder.backtest("--model seasonal_naive --folds 1", 0).stderr;
    assert!(said.contains("a lacks 1 day of 42") && said.contains("2024-02-09"), "{said}");

    // Known as missing where it is learnt from: next week's naive forecast is that of the week before.
    let hole = format!("a,{},{}\n", date(30), sales(30));
    let rows = Folder::with(&data.replace(&hole, "")).predictions("--model seasonal_naive --folds 1");
    let forecast = rows.iter().find(|row| row.contains(&format!(",{},", date(37)))).unwrap();
    assert!(forecast.contains(&format!(",{},{},", sales(37), sales(23))), "{forecast}");
}

#[test]
fn hours_are_forecast_a_day_ahead() {
    let mut data = "unique_id,ds,y\n".to_owned();
    for hour in 0..24 * 30 {
        // The season is a week: hour 200 is like hour 32.
        let at = ["T", " "][hour % 2];
        data.push_str(&format!("a,{}{at}{:02}:00,{}\n", date(hour / 24), hour % 24, hour % 168));
    }
    let folder = Folder::with(&data);
    let rows = folder.predictions("--model seasonal_naive --folds 1");
    assert_eq!(rows.len(), 24);
    assert!(rows[0].starts_with("a,2024-01-29 23:00:00,2024-01-30 00:00:00,24,24,"), "{}", rows[0]);
    // Forecast without an error; and nothing differs from the week before.
    let found = &folder.json("--model seasonal_naive --folds 1")["rows"][0];
    assert_eq!((&found["wape"], &found["mase"]), (&0.0.into(), &serde_json::Value::Null));
    // By days it does differ: the naive forecast of a week's hour is 24 off in all hours but the last.
    let found = &folder.json("--model seasonal_naive --folds 1 --season 24")["rows"][0];
    assert_eq!(found["mase"], 0.0);
}

#[test]
fn numbers_have_the_season_that_is_said() {
    let mut data = "unique_id,ds,y\n".to_owned();
    for step in 1..=40 {
        data.push_str(&format!("H1,{step},{}\n", 10 * (step % 4)));
    }
    let folder = Folder::with(&data);
    let rows = folder.predictions("--season 4 --horizon 6 --folds 1 --model seasonal_naive");
    let brief: Vec<String> =
        rows.iter().map(|row| row.split(',').take(5).collect::<Vec<_>>().join(",")).collect();
    let by_hand = (35..=40).map(|step| format!("H1,34,{step},{0},{0}", 10 * (step % 4)));
    assert_eq!(brief, by_hand.collect::<Vec<_>>());

    let refused = folder.backtest("--horizon 6", 64).stderr;
    assert!(refused.contains("give --season and --horizon"), "{refused}");
}

#[test]
fn a_holiday_sells_like_a_sunday() {
    let week = [40, 41, 42, 43, 60, 80, 90];
    let mut data = "unique_id,ds,y\n".to_owned();
    for day in 0..70 {
        data.push_str(&format!("a,{},{}\n", date(day), week[day % 7] + day * 37 % 5));
    }
    let folder = Folder::with(&data);
    // Day 65 is a Wednesday of the last week.
    folder.write("holidays.csv", format!("date,name\n{},made up\n", date(65)));
    let forecast = |arguments: &str| -> f64 {
        let rows = folder.predictions(&format!("--folds 1 --model weekday_level {arguments}"));
        rows[2].split(',').nth(4).unwrap().parse().unwrap()
    };
    let (usual, holiday) = (forecast(""), forecast("--holidays @holidays.csv"));
    assert!((usual - 44.0).abs() < 5.0 && (holiday - 92.0).abs() < 8.0, "{usual} {holiday}");
}
