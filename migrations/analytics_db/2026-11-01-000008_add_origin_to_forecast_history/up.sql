-- All NULL in rows of the old service, which knew none of this.
ALTER TABLE forecast_history
    ADD COLUMN origin   DATE NULL,
    ADD COLUMN horizon  INT NULL,
    ADD COLUMN model    VARCHAR(64) NULL,
    ADD COLUMN lower_80 DECIMAL(18,2) NULL,
    ADD COLUMN upper_80 DECIMAL(18,2) NULL,
    ADD COLUMN lower_95 DECIMAL(18,2) NULL,
    ADD COLUMN upper_95 DECIMAL(18,2) NULL;
