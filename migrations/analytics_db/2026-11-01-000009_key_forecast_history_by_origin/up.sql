-- Rows of the old service have no origin and so never collide, however often it repeated them.
CREATE UNIQUE INDEX unique_origin_type_date ON forecast_history (origin, forecast_type, forecast_date);
