"""Numbers of the register, of discipline and of rights complaints: tables first, bars beside them, CSV for each."""
