-- What the register said of a facility of an organ, version by version; from `from_on` on it was so.
CREATE TABLE facilities (
    facility_id uuid NOT NULL,
    version integer NOT NULL,
    organ_code uuid NOT NULL,
    region text NOT NULL,
    organ_kind text NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    opened_on date NOT NULL,
    from_on date NOT NULL,
    PRIMARY KEY (facility_id, version)
);
