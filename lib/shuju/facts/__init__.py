"""Fact tables of small codes, linked histograms over all of them, labelled cubes."""
