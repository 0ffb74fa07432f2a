"""四方会商 and 联席会议 (measures 13 and 15): meetings of the organs about practice rights, minutes and resolutions.

What the parties see is made from counts and from texts somebody has checked for names; the complaint behind an item or
a resolution is a link that intake alone may read. A due day is never edited: a later meeting may set another.
"""
