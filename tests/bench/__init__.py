"""Ratios against bare code on the same engines, with the same data, client and concurrency: `make bench`."""
