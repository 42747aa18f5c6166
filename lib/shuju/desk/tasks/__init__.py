"""Tasks (交办任务): what was assigned to whom, every event of it, and what may be done next."""
