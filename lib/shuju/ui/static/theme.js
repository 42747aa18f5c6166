// Before anything is painted: light or dark as this reader chose, else as the system says.
try { const chosen = localStorage.getItem("shuju-theme"); if (chosen) document.documentElement.dataset.theme = chosen } catch { /* no storage: the system's choice */ }
