"""我是律师，执业受阻: a refused meeting in two minutes, or a complaint about a violated right (measure 13)."""
