-- A run asks for the few days that are not scored, among years that are.
CREATE INDEX scored_date ON published_days (scored, date);
