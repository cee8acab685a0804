"""Publishing: what is stored becomes feeds that readers like and pages that people like.

plan      which channels there are, and which of them an item is in
piece     an item as every format shows it
atom, rss, jsonfeed    one feed format each
archive   how a long channel is cut into documents that never change (RFC 5005)
pages, templates/, static/, charts, extract, why    what people look at
outputs   every file of a channel, and of the site
files     the only module here that touches the disk
"""
