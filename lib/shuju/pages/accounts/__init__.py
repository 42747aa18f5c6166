"""The page of accounts: for 系统管理员 and 安全管理员."""
