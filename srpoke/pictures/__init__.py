"""The pictures and pages that show what a network does; nothing upscales by them."""
