"""The machinery of pages: cards that follow a selection, figures that are patched, templates, Word documents."""
