"""What the plan is to produce: owners, dated milestones, states and evidence of its 120 deliverables, per region where
the text means each of them. Serves every measure and requirement."""
