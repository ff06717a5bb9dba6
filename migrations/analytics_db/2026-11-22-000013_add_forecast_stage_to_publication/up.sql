-- What the newest attempt at a forecast came to: none, provisional or full, and why no more.
ALTER TABLE publication
    ADD COLUMN forecast_stage  VARCHAR(16) NULL,
    ADD COLUMN forecast_reason VARCHAR(255) NULL;
