"""What several subjects draw: colours, county map, trend, bars, rasters as HoloViews and GeoViews elements.

An element carries its look for both backends: Bokeh draws it on pages and in notebooks, Matplotlib in
Word briefings and as SVG.
"""
