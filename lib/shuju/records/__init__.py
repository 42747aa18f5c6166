"""What all web pages of the library tell together: how many, where, how fresh (资源全景)."""
