"""Public disclosures of discipline: listed, looked up, one record with the day it will disappear, and what is gone."""
