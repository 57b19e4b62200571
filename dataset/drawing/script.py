"""Perform a body plan, a short script of drawing words that is read from back to front.

``word colour numbers option=value``, commands separated by ``;``. ``3~5`` is a random number,
``a|b|c`` gives the first creature of the plan a, the second b, the third c, the fourth a again,
``13?`` keeps a command for the first and third of every three, ``+`` paints a mark on the part
before it, ``at x y size`` moves the origin, and ``main-`` is a darker main colour, ``main+`` a
paler one.
"""

from dataset.drawing.parts import OUTLINES, Sketch
from dataset.drawing.words import WORDS, add, dark, mark


def value(s: Sketch, token: str):
    """A token of a script as a number, a colour or a word."""
    choices = token.split("|")
    token = choices[s.turn % len(choices)]
    name = token.rstrip("+-")
    if name in s.colours:
        colour = s.colours[name]
        for sign in token[len(name) :]:
            colour = dark(colour) if sign == "-" else colour * 0.6 + 0.4
        return colour
    if "~" in token:
        return s.rng.uniform(*map(float, token.split("~")))
    return float(token) if token.lstrip("-.").isdigit() or "." in token else token


def perform(s: Sketch, script: str):
    """Draw a script of words; see the top of this file."""
    for command in script.replace("\n", ";").split(";"):
        turns, _, command = command.strip().rpartition("?")
        if not command or (turns and str(s.turn % 3 + 1) not in turns):
            continue
        word, *tokens = command.split()
        options = dict(t.split("=") for t in tokens if "=" in t)
        values = [value(s, t) for t in tokens if "=" not in t]
        options = {k: value(s, v) for k, v in options.items()}
        name = word.lstrip("+")
        if name in OUTLINES:
            (mark if word[0] == "+" else add)(s, name, *values, **options)
        else:
            WORDS[name](s, *values, **options)
