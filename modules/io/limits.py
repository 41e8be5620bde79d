"""Limits of what is read into memory: a file of a few kilobytes may claim, or unpack to, any number of pixels."""

MAX_BYTES = 600_000_000  # of a file that is read into memory: 64 million pixels of 16-bit RGBA
MAX_PIXELS = 64_000_000  # a canvas of this size takes 770 MB as float32
MAX_SIDE = 65_535  # of a picture, as in JPEG: a thin one's brush strokes would be as wide as it is long
MAX_SCANS = 100  # of a progressive JPEG: each goes over all pixels again; cameras and programs write about ten
MAX_COUNTED = 2_000_000  # bytes of a file whose frames or pages are counted, only to say how many are not used
