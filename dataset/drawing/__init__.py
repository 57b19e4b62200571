"""How the creatures are drawn."""
