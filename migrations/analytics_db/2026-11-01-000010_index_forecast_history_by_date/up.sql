-- What the API asks for: one type, the coming dates.
CREATE INDEX type_date ON forecast_history (forecast_type, forecast_date);
