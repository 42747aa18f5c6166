"""A synthetic province (演示数据), written in the raw formats real systems give."""
