"""重要信息传播: who carried whose words, how far and how fast."""
