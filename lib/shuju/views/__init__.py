"""Views: one file each, from data to plot to Viewer."""
