-- The sums that measures are made of, by figure and horizon. A day that is not scored has changed since.
SELECT accuracy.forecast_type,
       accuracy.horizon,
       COUNT(*) AS days,
       SUM(ABS(accuracy.actual)) AS size,
       SUM(accuracy.actual) AS actual,
       SUM(accuracy.forecast) AS forecast,
       SUM(accuracy.absolute_error) AS absolute_error,
       SUM(CASE WHEN accuracy.naive_error IS NOT NULL THEN accuracy.absolute_error END) AS comparable_error,
       SUM(accuracy.naive_error) AS naive_error,
       SUM(accuracy.intervals) AS intervals,
       SUM(accuracy.inside_80) AS inside_80,
       SUM(accuracy.inside_95) AS inside_95
FROM forecast_accuracy AS accuracy
INNER JOIN published_days AS published ON published.date = accuracy.date AND published.scored
WHERE accuracy.date BETWEEN ? AND ?
  AND accuracy.forecast_type BETWEEN ? AND ?
  AND accuracy.horizon BETWEEN ? AND ?
GROUP BY accuracy.forecast_type, accuracy.horizon
ORDER BY accuracy.forecast_type, accuracy.horizon
