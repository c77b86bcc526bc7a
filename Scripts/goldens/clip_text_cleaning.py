"""Token ids of the CLIP tokenizers for thousands of texts and for every code point.

    python Scripts/goldens/clip_text_cleaning.py FORM FOLDER_WITH_CLIP_VOCABULARY \\
        Tests/ModelsTests/Goldens

writes the golden of one form, in any order, each in its own environment:
`python`, the Python class: pip install transformers==4.44.2 regex (ftfy is ignored)
`ftfy`, the same class: pip install transformers==4.44.2 regex==2023.8.8 ftfy==6.3.1
`fast`, the Rust library: pip install transformers==5.24.0 tokenizers==0.23.3

`clip-texts.json` holds the texts. `clip-ids-FORM.json` holds a 32-bit FNV-1a hash of every text's ids
(16 bits each, little-endian, without start, end and limit), and for each block of 4096 code points
one hash of the ids of all their texts. Those texts are `code_point_text` of every code point of
planes 0 and 1, surrogates aside, and of every 61st of the others.

`ftfy` has the texts of `clip-repair-texts.json` after the others. Its hashes are those with
`fix_encoding` switched off; `mojibake` lists the texts, `mojibakeCodePoints` counts the code points
that the same class reads in another way with it on, which is how it is used.
"""

import functools
import importlib.metadata
import json
import pathlib
import sys

FORM = sys.argv[1]
if FORM != "ftfy":
    sys.modules["ftfy"] = None  # as if it were not installed

import transformers
from clip_texts import SEED, cleaning_texts, repair_texts
from golden_manifest import record

COMMAND = (
    "python Scripts/goldens/clip_text_cleaning.py %s FOLDER_WITH_CLIP_VOCABULARY "
    "Tests/ModelsTests/Goldens"
)


def fnv1a(ids, value=0x811C9DC5):
    for id in ids:
        for byte in (id & 0xFF, id >> 8):
            value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def code_points(block):
    step = 1 if block < 32 else 61
    points = range(block * 4096, block * 4096 + 4096)
    return [p for p in points if p % step == 0 and not 0xD800 <= p < 0xE000]


def code_point_text(point):
    c = chr(point)
    return f"A{c}b {c}\u0323\u0301\u03a3"


def main(real, out):
    transformers.logging.set_verbosity_error()
    tokenizer = transformers.CLIPTokenizer.from_pretrained(str(real))
    assert tokenizer.is_fast == (FORM == "fast"), "another environment is needed"

    def ids(text):
        return tokenizer(text, add_special_tokens=False)["input_ids"]

    def is_mojibake(text):
        """Whether the ids are others with ftfy as the class calls it."""
        if fixes[0](text) == fixes[1](text):
            return False
        tokenizer.fix_text = fixes[0]
        result = ids(text)
        tokenizer.fix_text = fixes[1]
        return result != ids(text)

    texts = cleaning_texts()
    write(out / "clip-texts.json", texts, {})
    golden = {}
    if FORM == "ftfy":
        write(out / "clip-repair-texts.json", repair_texts(), {})
        texts += repair_texts()
        fixes = [tokenizer.fix_text, functools.partial(tokenizer.fix_text, fix_encoding=False)]
        tokenizer.fix_text = fixes[1]
        golden["mojibake"] = [i for i, text in enumerate(texts) if is_mojibake(text)]
        golden["mojibakeCodePoints"] = 0
    golden["texts"] = "".join("%08x" % fnv1a(ids(text)) for text in texts)
    golden["codePoints"] = ""
    for block in range(0x110):
        value = 0x811C9DC5
        for point in code_points(block):
            text = code_point_text(point)
            value = fnv1a(ids(text), value)
            if FORM == "ftfy":
                golden["mojibakeCodePoints"] += is_mojibake(text)
        golden["codePoints"] += "%08x" % value
    start, end = tokenizer.bos_token_id, tokenizer.eos_token_id
    for text in texts:
        encoded = tokenizer(text, padding="max_length", truncation=True, max_length=77)["input_ids"]
        kept = ids(text)[:75]
        assert encoded == [start] + kept + [end] * (76 - len(kept)), text

    packages = {"python": ["regex"], "ftfy": ["regex", "ftfy"], "fast": []}[FORM]
    packages = ["transformers", "tokenizers"] + packages
    versions = {name: importlib.metadata.version(name) for name in packages}
    versions["python"] = sys.version.split()[0]
    write(out / f"clip-ids-{FORM}.json", golden, versions)
    print(f"{FORM}: {len(texts)} texts; mojibake:")
    for index in golden.get("mojibake", []):
        print(f"  {texts[index]!r}")
    print(golden.get("mojibakeCodePoints"), "code points")


def write(path, value, versions):
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    path.write_text(text.replace('","', '",\n"') + "\n", encoding="utf-8")
    form = "FORM" if path.name == "clip-texts.json" else FORM
    record(path.parent, path.name, COMMAND % form, SEED, versions)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
