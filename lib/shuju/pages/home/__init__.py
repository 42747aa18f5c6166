"""The first page (首页), for who leads: what matters today, each line leading to where it is told in full."""
