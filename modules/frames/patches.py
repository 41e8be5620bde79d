"""Numbers that every runtime of the frames stage shares. Does not import torch."""

PATCH = 16  # pixels of the patch for which the local part of z is drawn
OPEN_END = 0.1  # a sharpened weight below this is 0, above 1 minus this it is 1
ANCHOR_SIDE, ANCHOR_SHARE = 64, 0.05  # pixels at which the dark and the light of a painting are sought, share of them
