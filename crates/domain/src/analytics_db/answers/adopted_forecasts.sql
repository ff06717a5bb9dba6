-- The old service wrote a date's forecast again each time it ran: the last one counts.
-- Nothing of it is served once a forecast of ours was issued for these types.
SELECT adopted.forecast_type, adopted.forecast_date, adopted.forecast_value
FROM forecast_history AS adopted
WHERE adopted.origin IS NULL
  AND adopted.forecast_value IS NOT NULL
  AND adopted.forecast_type BETWEEN ? AND ?
  AND adopted.forecast_date BETWEEN ? AND ?
  AND NOT EXISTS (
      SELECT 1
      FROM forecast_history AS issued
      WHERE issued.origin IS NOT NULL
        AND issued.forecast_type BETWEEN ? AND ?
  )
  AND NOT EXISTS (
      SELECT 1
      FROM forecast_history AS later
      WHERE later.origin IS NULL
        AND later.forecast_value IS NOT NULL
        AND later.forecast_type = adopted.forecast_type
        AND later.forecast_date = adopted.forecast_date
        AND later.id > adopted.id
  )
ORDER BY adopted.forecast_date, adopted.forecast_type
LIMIT ?
