-- What is reported of the plan, version by version; the newest version of a value counts, unless it has no amount.
CREATE TABLE reported_values (
    value_id uuid NOT NULL,
    version integer NOT NULL,
    indicator_id text NOT NULL,
    region text NOT NULL,
    from_on date NOT NULL,
    until_on date NOT NULL,
    due_on date NOT NULL,
    amount bigint,
    base bigint,
    reached_on date,
    PRIMARY KEY (value_id, version)
);

CREATE INDEX reported_values_indicator ON reported_values (indicator_id, until_on);

-- Who owed a report, and when it came in.
CREATE TABLE report_duties (
    report_id uuid PRIMARY KEY,
    reporter text NOT NULL,
    region text NOT NULL,
    from_on date NOT NULL,
    until_on date NOT NULL,
    due_on date NOT NULL,
    received_on date
);

-- Published tables of lawyers by province at a year's end, version by version, a row for each province.
CREATE TABLE national_figures (
    table_id uuid NOT NULL,
    version integer NOT NULL,
    year integer NOT NULL,
    published_on date NOT NULL,
    province text NOT NULL,
    lawyers bigint NOT NULL,
    bound text NOT NULL,
    PRIMARY KEY (table_id, version, province)
);

-- The newest version of each such table.
CREATE TABLE national_tables (
    table_id uuid PRIMARY KEY,
    version integer NOT NULL,
    year integer NOT NULL,
    published_on date NOT NULL
);

CREATE TABLE inspections (
    inspection_id uuid PRIMARY KEY,
    region text NOT NULL,
    completed_on date NOT NULL
);

-- What was shown of an indicator at the end of a day, row for row.
CREATE TABLE shown_values (
    indicator_id text NOT NULL,
    version integer NOT NULL,
    shown_on date NOT NULL,
    region text NOT NULL,
    value double precision,
    numerator bigint,
    denominator bigint,
    PRIMARY KEY (indicator_id, version, region)
);

CREATE INDEX shown_values_day ON shown_values (indicator_id, region, shown_on)
