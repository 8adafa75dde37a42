#!/usr/bin/env python3
"""Makes Linli's bundled fonts from packages anyone can install; the same input gives the same bytes.

    apt-get install fonts-noto-cjk fonts-noto-core && apt-get download unicode-data
    pip install fonttools==4.68.0
    cargo fetch                       # brings egui_material_icons 0.9.0 (icon outlines)
    python3 make-font.py [--check]    # --check only proves coverage of the files already made

Out: LinliSans-Regular.otf, LinliSans-Bold.otf (SIL OFL 1.1), LinliIcons.ttf, LinliIcons-Filled.ttf
(Apache-2.0), charset.txt (every character promised), SHA256SUMS.
"""
import bz2
import glob
import hashlib
import os
import subprocess
import sys
import tempfile

from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

HERE = os.path.dirname(os.path.abspath(__file__))
CJK = "/usr/share/fonts/opentype/noto/NotoSansCJK-%s.ttc"
CJK_FACE = 2  # "Noto Sans CJK SC" within the collection
SYMBOLS = "/usr/share/fonts/truetype/noto/NotoSansSymbols2-Regular.ttf"
ICONS = "~/.cargo/registry/src/*/egui_material_icons-0.9.0/MaterialSymbolsRounded%s-Regular.ttf"
STANDARD_LIST_LEN = 8105

# Whole blocks: everything of these that the source has is kept.
BLOCKS = [
    (0x20, 0x7E), (0xA0, 0xFF), (0x2010, 0x205E), (0x20A0, 0x20BF), (0x2160, 0x217B),
    (0x2190, 0x21FF), (0x2460, 0x249B), (0x2500, 0x25FF), (0x3000, 0x303F), (0x3200, 0x3243),
    (0x3280, 0x32B0), (0x3371, 0x33FE), (0xFE30, 0xFE4F), (0xFF01, 0xFFE6),
]
# Characters that must be there, wherever they come from: pinyin, units, and what screens need.
PINYIN = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ"
UNITS = "℃℉№㎡㎏㎜㎝㎞㏄‰µ²³°×÷±≈≠≤≥∞√"
SCREEN = "✓✔✗✘✕✖•…→←↑↓↗↘⇄⌛⏳★☆●○◉◎■□▪▲△▶▷▼▽◀◁◆◇─│┌┐└┘├┤┬┴┼━┃█▓▒░①②③④⑤⑥⑦⑧⑨⑩⚠☎✉♥♡☑☐☒"

# Names of Material Symbols (Rounded) the screens use; codepoints are looked up in the crate's list.
ICON_NAMES = """today wb_sunny forum how_to_vote auto_stories apartment home settings search add close
check done_all check_circle error warning info help notifications campaign chat send attach_file image
reply push_pin more_horiz more_vert menu arrow_back arrow_forward chevron_left chevron_right expand_more
expand_less qr_code_2 content_paste group_add add_home restore key lock lock_open shield verified person
group groups elderly accessibility_new call phone_in_talk print download upload share link
cloud_off wifi_off lan router hub sync schedule calendar_month event location_on meeting_room elevator
door_front water_drop smoke_free sensors videocam build handyman volunteer_activism favorite shopping_basket
library_books menu_book history edit delete visibility visibility_off text_increase dark_mode light_mode
contrast language translate fact_check ballot checklist how_to_reg gavel inventory_2 local_shipping
battery_alert notification_important sentiment_satisfied photo_camera mic keyboard logout swap_horiz
undo""".split()


def standard_list():
    """The 8,105 characters of the General Standard List (2013): Unihan's kTGH field."""
    found = {}
    with tempfile.TemporaryDirectory() as tmp:
        deb = glob.glob(os.path.join(HERE, "src", "unicode-data_*.deb"))
        if deb:
            subprocess.run(["dpkg", "-x", deb[0], tmp], check=True)
            files = glob.glob(tmp + "/usr/share/unicode/Unihan_*.txt.bz2")
        else:
            files = glob.glob("/usr/share/unicode/Unihan_*.txt.bz2")
        for name in files:
            with bz2.open(name, "rt", encoding="utf-8") as lines:
                for line in lines:
                    cells = line.rstrip("\n").split("\t")
                    if len(cells) == 3 and cells[1] == "kTGH":
                        found[int(cells[0][2:], 16)] = cells[2]
    numbers = {int(value.split(":")[1]) for value in found.values()}
    assert len(found) == STANDARD_LIST_LEN, len(found)
    assert numbers == set(range(1, STANDARD_LIST_LEN + 1)), "the list's own numbering has a gap"
    return set(found)


def subset(font, unicodes, features):
    options = Options()
    options.hinting = False
    options.desubroutinize = False
    options.layout_features = features
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "STAT", "DSIG", "gasp"]
    options.notdef_outline = True
    options.glyph_names = False
    options.name_languages = [0x409]
    worker = Subsetter(options)
    worker.populate(unicodes=unicodes)
    worker.subset(font)


def rename(font, family, style, licence, url, version):
    """Gives the subset a name of its own: the licence asks that a changed font be told apart."""
    names = font["name"]
    copyright_line = names.getDebugName(0)
    names.names = []
    postscript = family.replace(" ", "") + "-" + style
    lines = {0: copyright_line, 1: family, 2: style, 3: "%s;%s" % (version, postscript),
             4: family + " " + style, 5: "Version " + version, 6: postscript, 13: licence, 14: url}
    for key, text in lines.items():
        names.setName(text, key, 3, 1, 0x409)
    if "CFF " in font:
        cff = font["CFF "].cff
        cff.fontNames = [postscript]
        top = cff.topDictIndex[0]
        top.FullName, top.FamilyName = family + " " + style, family
        top.Notice = copyright_line


def add_symbols(font, wanted):
    """Draws the symbols the CJK font lacks into its CID-keyed CFF table."""
    source = TTFont(SYMBOLS)
    scale_ok = source["head"].unitsPerEm == font["head"].unitsPerEm
    assert scale_ok, "both sources have 1000 units per em"
    glyphs, cmap = source.getGlyphSet(), source.getBestCmap()
    top = font["CFF "].cff.topDictIndex[0]
    strings, order = top.CharStrings, list(font.getGlyphOrder())
    fd = top.FDSelect[order.index(font.getBestCmap()[ord("A")])]
    private = top.FDArray[fd].Private
    gids = list(top.FDSelect.gidArray)
    for number, code in enumerate(sorted(wanted)):
        assert code in cmap, "no source has U+%04X" % code
        name = "cid%05d" % (65000 + number)
        width = glyphs[cmap[code]].width
        pen = T2CharStringPen(width - private.nominalWidthX, glyphs)
        glyphs[cmap[code]].draw(pen)
        drawn = pen.getCharString(private, font["CFF "].cff.GlobalSubrs)
        strings.charStringsIndex.append(drawn)
        strings.charStrings[name] = len(strings.charStringsIndex) - 1
        order.append(name)
        gids.append(fd)
        font["hmtx"][name] = (width, 0)
        for table in font["cmap"].tables:
            if table.isUnicode():
                table.cmap[code] = name
    top.charset = order
    top.FDSelect.gidArray = gids
    font.setGlyphOrder(order)


def make_text_font(style, promised):
    font = TTFont(CJK % style, fontNumber=CJK_FACE, recalcTimestamp=False)
    have = set(font.getBestCmap())
    blocks = {c for low, high in BLOCKS for c in range(low, high + 1)} & have
    subset(font, (promised & have) | blocks, ["kern", "ccmp"])
    out = os.path.join(HERE, "LinliSans-%s.otf" % style)
    font.save(out)
    font = TTFont(out, recalcTimestamp=False)
    add_symbols(font, promised - have)
    rename(font, "Linli Sans", style,
           "This Font Software is licensed under the SIL Open Font License, Version 1.1.",
           "https://openfontlicense.org", "1.000; from Noto Sans CJK SC 2.004")
    font.save(out)
    return out


def make_icon_font(style):
    path = glob.glob(os.path.expanduser(ICONS % ("_Filled" if style == "Filled" else "")))[0]
    listed = path.rsplit("/", 1)[0] + "/MaterialSymbolsRounded-Regular.codepoints"
    codes = dict(line.split() for line in open(listed, encoding="ascii"))
    missing = [name for name in ICON_NAMES if name not in codes]
    assert not missing, missing
    font = TTFont(path, recalcTimestamp=False)
    subset(font, {int(codes[name], 16) for name in ICON_NAMES}, [])
    rename(font, "Linli Icons", style, "Apache License 2.0",
           "https://www.apache.org/licenses/LICENSE-2.0", "1.000; from Material Symbols Rounded")
    out = os.path.join(HERE, "LinliIcons%s.ttf" % ("-Filled" if style == "Filled" else ""))
    font.save(out)
    return out, {name: codes[name] for name in ICON_NAMES}


def prove(path, promised):
    cmap = TTFont(path).getBestCmap()
    lacking = promised - set(cmap)
    print("%-22s %8d bytes, %5d characters, %d promised, %d lacking"
          % (os.path.basename(path), os.path.getsize(path), len(cmap), len(promised), len(lacking)))
    assert not lacking, ["U+%04X" % c for c in sorted(lacking)]


def main():
    standard = standard_list()
    print("standard list: %d characters, numbered 1..%d" % (len(standard), STANDARD_LIST_LEN))
    promised = standard | set(map(ord, PINYIN + UNITS + SCREEN)) | set(range(0x20, 0x7F))
    promised |= set(range(0xA0, 0x100)) - {0xAD} | set(map(ord, "‘’“”–—―…‧、。〈〉《》「」『』【】〔〕〇～！（），．：；？￥"))
    texts = [os.path.join(HERE, "LinliSans-%s.otf" % s) for s in ("Regular", "Bold")]
    if "--check" not in sys.argv:
        texts = [make_text_font(style, promised) for style in ("Regular", "Bold")]
        icons = [make_icon_font(style) for style in ("Regular", "Filled")]
        with open(os.path.join(HERE, "icons.tsv"), "w", encoding="ascii") as out:
            out.writelines("%s\t%s\n" % pair for pair in sorted(icons[0][1].items()))
        with open(os.path.join(HERE, "charset.txt"), "w", encoding="utf-8") as out:
            out.write("".join(map(chr, sorted(promised))) + "\n")
        with open(os.path.join(HERE, "SHA256SUMS"), "w", encoding="ascii") as out:
            for path in texts + [icon[0] for icon in icons]:
                digest = hashlib.sha256(open(path, "rb").read()).hexdigest()
                out.write("%s  %s\n" % (digest, os.path.basename(path)))
    for path in texts:
        prove(path, standard)
        prove(path, promised)


if __name__ == "__main__":
    main()
