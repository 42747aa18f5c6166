"""The tables of the desk, by what they are about; a change is a migration in ``migrations/versions``."""

# So that one who asks for one table knows all: they refer to each other by name.
from shuju.desk.tables import (  # noqa: F401
    accounts,
    annotations,
    answers,
    boards,
    fast_channel,
    marks,
    messages,
    saved_views,
    screens,
    subscriptions,
    tasks,
    trail,
    visits,
)
