"""Open parameters of the plan: the department's choice of a reading, and what every reading would make of a target.
Serves the targets T1 to T11."""
