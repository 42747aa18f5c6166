"""The big screen (大屏): slides of cards and a cockpit, as plain HTML that a browser asks for again and again."""
