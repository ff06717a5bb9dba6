-- The sums that measures are made of, by figure and horizon. A day that is not scored has changed since. A year is some
-- 25,000 rows, and what is done for each of them counts: a figure is known by its place among those asked for, since a
-- number is grouped by sooner than a text, what is rarely other than nothing is left out of sums by being NULL, and counts
-- are added up as floating point, which holds them exactly and which engines add sooner than decimals. Day by day: of ten
-- years, an optimiser may else read all of them for one. What is wanted of these days, and the groups, follow.
SELECT CAST(FIELD(accuracy.forecast_type, ?, ?, ?) AS SIGNED) AS figure,
       accuracy.horizon,
       COUNT(*) AS days,
       SUM(CASE WHEN accuracy.actual < 0 THEN accuracy.actual END) AS below_zero,
       SUM(accuracy.actual) AS actual,
       SUM(accuracy.forecast) AS forecast,
       SUM(accuracy.absolute_error) AS absolute_error,
       SUM(CASE WHEN accuracy.naive_error IS NULL THEN accuracy.absolute_error END) AS incomparable_error,
       SUM(accuracy.naive_error) AS naive_error,
       SUM(accuracy.intervals + 0E0) AS intervals,
       SUM(accuracy.inside_80 + 0E0) AS inside_80,
       SUM(accuracy.inside_95 + 0E0) AS inside_95
FROM published_days AS published
STRAIGHT_JOIN forecast_accuracy AS accuracy FORCE INDEX (PRIMARY) ON accuracy.date = published.date
WHERE published.date BETWEEN ? AND ?
  AND published.scored
