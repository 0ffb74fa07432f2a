-- What follows from the register in full. County and district seat decide counts, so they belong to the intervals.
-- Of a person's first licence alone: the day of it.
ALTER TABLE practices
    ADD COLUMN county text,
    ADD COLUMN first_licensed_on date;

ALTER TABLE firm_periods
    ADD COLUMN county text,
    ADD COLUMN in_legal_district boolean NOT NULL DEFAULT false,
    ADD COLUMN outside_parent boolean NOT NULL DEFAULT false,
    ADD COLUMN established boolean NOT NULL DEFAULT false;

ALTER TABLE recognitions ADD COLUMN field text;

-- A merger is told by each firm that it absorbs, a division by the firm that is divided.
CREATE TABLE reorganisations (
    reorganisation_id uuid PRIMARY KEY,
    case_id uuid,
    firm_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('merger', 'division')),
    region text NOT NULL,
    effective_on date NOT NULL
);

-- Whose records are another's: what lists say of the one holds for the other.
CREATE TABLE merged_records (
    lawyer_id uuid PRIMARY KEY,
    merged_into uuid NOT NULL
);

-- Published grades only; a corrected one replaces the one before, none takes it back.
CREATE TABLE assessments (
    assessment_id uuid PRIMARY KEY,
    year smallint NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    region text NOT NULL,
    grade text,
    published_on date NOT NULL,
    version bigint NOT NULL
);

CREATE INDEX assessments_year ON assessments (kind, year);
