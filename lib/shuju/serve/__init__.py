"""The server: every notebook and app as a page under one theme."""
