"""What all tables of the desk are told in."""

from __future__ import annotations

from sqlalchemy import MetaData

metadata = MetaData()
