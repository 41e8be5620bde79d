"""Drawing by code: shapes, noise, light and a canvas with labels; what sitters and scenes are made with."""
