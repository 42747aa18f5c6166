"""Answers to letters: drafted, reviewed by somebody else, sent with number and date, told to each sender, rated by them."""
