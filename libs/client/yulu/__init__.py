"""豫律 from outside: a typed HTTP client, offline verification of the feeds, the `yulu` command line and the demo."""
