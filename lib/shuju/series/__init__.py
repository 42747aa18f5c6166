"""Series of counts and times until something happens, whatever is counted: surveillance and survival statistics."""
