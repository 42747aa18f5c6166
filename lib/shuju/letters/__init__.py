"""社情民意: what people write, where it starts, where it goes."""
