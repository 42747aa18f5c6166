"""The front door (首页): what the library holds, how fresh it is, whether every row is accounted for."""
