-- Of what kind a failure was, and what the forecast came to: words to be shown where error, which may name hosts, is not.
ALTER TABLE runs
    ADD COLUMN failure        VARCHAR(32) NULL,
    ADD COLUMN forecast_stage VARCHAR(16) NULL;
