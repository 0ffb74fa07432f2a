"""Live values by server-sent events. Serves whoever watches the plan move."""
