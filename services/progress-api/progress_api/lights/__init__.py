"""Lights (亮灯) of targets, indicators, deliverables, measures, groups and the plan, each by a written rule that tells
what it looked at; beside them what officers declare, and what the department sets by hand for a while."""
