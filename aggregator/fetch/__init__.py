"""Fetching: one polite, guarded and bounded exchange, and the rules for when the next one is due.

client.py       one fetch, from a feed to an outcome
room.py         how much of what was fetched waits to be read
turns.py        how many exchanges at once, altogether and with one host
transport.py    HTTP/1.1 below httpx: connections, TLS, proxies
http1.py*       the bytes of HTTP/1.1
guard.py        which addresses may be connected to
body.py*        content codings undone within bounds
conditional.py* validators
freshness.py*   what servers and documents say about how often to come
rhythm.py*      when a feed publishes, learned
schedule.py*    the next poll, with its reason
plan.py*        a wait and what asks for it, in words
due.py*         whether a feed may be polled now
outage.py*      when hardly anything can be reached, the trouble is ours
linkheader.py*  the Link header
discover.py*    the feeds of a page
websub.py*      push instead of polling
"""
