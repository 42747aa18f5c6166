"""What cards and pages are used for, as an operator sees it."""
