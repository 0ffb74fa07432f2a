"""One scale of sanctions (统一惩戒尺度, M12-D4): benchmark tables, how consistent a proposed sanction is with
what similar cases brought, and how far each organ lies from the province.
"""
