"""Where the action plan stands, as far as three persons have signed it; before that, the plan itself."""
