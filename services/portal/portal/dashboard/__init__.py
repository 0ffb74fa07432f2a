"""Where the plan stands today, for who may read it before anything is signed: down to the rows that are counted."""
