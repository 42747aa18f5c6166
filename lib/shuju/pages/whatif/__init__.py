"""The pages of what-if: one notebook an investigation, all of the same cards."""

from shuju.pages.whatif import cards  # noqa: F401
