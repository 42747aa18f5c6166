"""The library itself (资源库), for those who run it: holdings, ledger, quarantine, freshness of each part."""
