-- Whether the day's figures have been held against what was forecast for them. Days of before this column are left.
ALTER TABLE published_days ADD COLUMN judged BOOLEAN NOT NULL DEFAULT TRUE;
