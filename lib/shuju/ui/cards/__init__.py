"""Cards: those that follow a selection, those that stand still, their addresses, their options, the lines of Python that make them."""
