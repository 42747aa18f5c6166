"""Annotations of time lines: the form that a trend's menu opens."""
