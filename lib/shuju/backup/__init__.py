"""Backup and restore (备份与恢复): library, desk and audit trail as they stood at one moment; the keys are kept elsewhere."""
