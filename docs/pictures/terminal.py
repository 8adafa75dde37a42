#!/usr/bin/env python3
"""Draws what a command printed as an SVG of a terminal: text on stdin, picture on stdout.

    cargo run --release -- --lang en demo 2>&1 | python3 docs/pictures/terminal.py 'cargo run --release -- demo' > docs/pictures/demo.en.svg

Nothing is added but the prompt and the command given as the argument; long lines are folded as a terminal folds them.
"""

import sys
import unicodedata
from xml.sax.saxutils import escape

COLUMNS, WIDTH, HEIGHT, MARGIN = 96, 8.4, 20, 18


def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def folded(line):
    row = ""
    for c in line:
        if width(row + c) > COLUMNS:
            yield row
            row = ""
        row += c
    yield row


def tspans(row):
    """Runs of narrow and wide letters, each placed: fonts differ in how wide a Chinese letter is."""
    column, run, start, wide = 0, "", 0, None
    for c in row + "\0":
        is_wide = c != "\0" and width(c) == 2
        if c == "\0" or (wide is not None and is_wide != wide):
            x, length = MARGIN + start * WIDTH, width(run) * WIDTH
            if run.strip():
                yield f'<tspan x="{x:.1f}" textLength="{length:.1f}" lengthAdjust="spacingAndGlyphs">{escape(run)}</tspan>'
            run, start = "", column
        wide = is_wide
        run += c
        column += width(c) if c != "\0" else 0


def main():
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    rows = [row for line in sys.stdin.read().rstrip("\n").split("\n") for row in folded(line.rstrip("\r"))]
    if command:
        rows.insert(0, f"$ {command}")
    w, h = COLUMNS * WIDTH + 2 * MARGIN, len(rows) * HEIGHT + 2 * MARGIN
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w:.0f} {h}" width="{w:.0f}" height="{h}" role="img">')
    print(f'<title>{escape(command)}</title><rect width="100%" height="100%" rx="8" fill="#1d2021"/>')
    print('<g font-family="ui-monospace, Menlo, Consolas, \'Noto Sans Mono CJK SC\', monospace" font-size="14" xml:space="preserve">')
    for number, row in enumerate(rows):
        fill = "#b8bb26" if number == 0 and command else "#ebdbb2"
        print(f'<text y="{MARGIN + 14 + number * HEIGHT}" fill="{fill}">{"".join(tspans(row))}</text>')
    print("</g></svg>")


main()
