"""纪律监督员: which lawyer of a firm watches over its discipline, from when until when (measure 12, M12-I3).

No act of the licensing system: the bureau records it at once, without a second officer. Who leaves the firm, or whose
licence ends, is supervisor no longer: `register.roles` sees to that.
"""
