"""The channel for violations of lawyers' practice rights (measure 13): complaints by lawyers, never against them."""
