"""What organs offer to lawyers, place by place (measures 13 and 15; M13-I4): registered by one officer,
verified by another until the verification expires, and open data for everyone; with the monthly figures of each organ.
"""
