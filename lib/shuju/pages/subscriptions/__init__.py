"""Subscriptions as pages: the form of a card, one's own list, the administrator's, the inbox, the page that unsubscribes."""
