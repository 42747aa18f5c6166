"""The desk (在线交办): what is to be done, one task, how tasks stand, and the form by which anything is assigned."""
