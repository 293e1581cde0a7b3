"""The formats of a report, one writer each."""
