"""Published statistics of lawyers by province (T2, H2): entered by one officer, confirmed by another, never guessed."""
