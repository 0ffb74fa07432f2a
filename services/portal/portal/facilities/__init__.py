"""Where lawyers meet their clients and read files, and whom to ring: measures 13 and 15."""
