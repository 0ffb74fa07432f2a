"""What becomes of each target by the day it is due if nothing changes, how sure that is, and how past forecasts did."""
