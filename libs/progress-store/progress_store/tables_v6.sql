-- Meetings of 四方会商 and 联席会议 that were held with their quorum.
CREATE TABLE consultations (
    meeting_id uuid PRIMARY KEY,
    region text NOT NULL,
    body text NOT NULL,
    parties text[] NOT NULL,
    held_on date NOT NULL
);
