"""Subscriptions (订阅): a card as its recipient sees it, by the clock or by what its figures do; told once for each matter."""
