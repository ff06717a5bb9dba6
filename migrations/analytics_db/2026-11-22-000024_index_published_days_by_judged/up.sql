-- A run asks for the few days that are not judged, among years that are.
CREATE INDEX judged_date ON published_days (judged, date);
