"""督办 (W2-D1): the department tells an organisation to act; it answers with evidence; escalated where it does not."""
