"""Letters (社情民意): what people write about, where it starts, where it goes, how it is answered."""
