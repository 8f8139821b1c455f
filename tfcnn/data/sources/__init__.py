"""The places that data come from, one file each."""
