-- Days of which something is known beforehand: public holidays, closures, openings out of habit, events. People import
-- them; runs only read them.
CREATE TABLE IF NOT EXISTS special_days (
    date   DATE NOT NULL,
    kind   VARCHAR(32) NOT NULL,
    name   VARCHAR(128) NOT NULL,
    effect VARCHAR(16) NOT NULL,
    PRIMARY KEY (date, kind)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
