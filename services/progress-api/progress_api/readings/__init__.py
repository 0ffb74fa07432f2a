"""How the plan's open parameters are officially read on a day: what every number stands on unless a reader asks
otherwise. The choices themselves are made in `policies`."""
