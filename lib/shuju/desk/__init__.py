"""The desk: what users write, apart from the library, every change of it logged."""
