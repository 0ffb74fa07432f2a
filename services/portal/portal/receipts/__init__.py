"""我有回执: following a case, a watch, a complaint or a clue by its receipt, and what its holder may do there."""
