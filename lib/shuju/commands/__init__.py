"""The commands of ``shuju``: one module each, by its name; arguments, tables and exit codes, no logic."""
