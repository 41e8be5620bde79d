"""Paints: pigments, how they mix (Kubelka and Munk), recipes for a colour, and pictures within a palette's gamut."""
