"""Sphinx configuration; builds offline."""

from egide import __version__

project = "Égide"
author = "The Égide authors"
copyright = "The Égide authors, Apache-2.0"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax"]
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "pydata_sphinx_theme"
html_theme_options = {"show_prev_next": False, "secondary_sidebar_items": ["page-toc"]}
html_show_sourcelink = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
# No page needs the network: mathematics is shown as it is written where the script cannot be loaded.
mathjax_path = "mathjax.js"
suppress_warnings = ["myst.header"]
