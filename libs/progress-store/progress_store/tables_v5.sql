-- A decision, with reasons on file, not to publish a sanction; the ground is a code.
ALTER TABLE sanctions
    ADD COLUMN withheld_on date,
    ADD COLUMN withholding_ground text;
