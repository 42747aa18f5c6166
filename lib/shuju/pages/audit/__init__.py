"""The page of the audit trail: for 审计员."""
