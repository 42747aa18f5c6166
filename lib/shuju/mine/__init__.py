"""One person's own (专人专网): what their page shows at first, and what changed since they looked; without any page."""
