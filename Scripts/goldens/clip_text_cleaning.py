"""Token ids of both CLIP tokenizers for thousands of texts and for every code point.

    python Scripts/goldens/clip_text_cleaning.py FOLDER_WITH_CLIP_VOCABULARY Tests/ModelsTests/Goldens

run in two environments, in any order, each of which writes its half:
the Python class, `python`: pip install transformers==4.44.2 regex (ftfy is ignored)
the Rust library, `fast`: pip install transformers==5.24.0 tokenizers==0.23.3

`clip-texts.json` holds the texts. `clip-ids-FORM.json` holds a 32-bit FNV-1a hash of every text's ids
(16 bits each, little-endian, without start, end and limit), and for each block of 4096 code points
one hash of the ids of all their texts. Those texts are `code_point_text` of every code point of
planes 0 and 1, surrogates aside, and of every 61st of the others.
"""

import importlib.metadata
import json
import pathlib
import sys

sys.modules["ftfy"] = None  # as if it were not installed

import transformers
from clip_texts import SEED, cleaning_texts
from golden_manifest import record

COMMAND = (
    "python Scripts/goldens/clip_text_cleaning.py FOLDER_WITH_CLIP_VOCABULARY "
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
    form = "fast" if tokenizer.is_fast else "python"

    def ids(text):
        return tokenizer(text, add_special_tokens=False)["input_ids"]

    texts = cleaning_texts()
    hashes = "".join("%08x" % fnv1a(ids(text)) for text in texts)
    blocks = ""
    for block in range(0x110):
        value = 0x811C9DC5
        for point in code_points(block):
            value = fnv1a(ids(code_point_text(point)), value)
        blocks += "%08x" % value
    start, end = tokenizer.bos_token_id, tokenizer.eos_token_id
    for text in texts:
        encoded = tokenizer(text, padding="max_length", truncation=True, max_length=77)["input_ids"]
        kept = ids(text)[:75]
        assert encoded == [start] + kept + [end] * (76 - len(kept)), text

    packages = ["transformers", "tokenizers"] + ([] if form == "fast" else ["regex"])
    versions = {name: importlib.metadata.version(name) for name in packages}
    versions["python"] = sys.version.split()[0]
    write(out / "clip-texts.json", texts, {})
    write(out / f"clip-ids-{form}.json", {"texts": hashes, "codePoints": blocks}, versions)
    print(f"{form}: {len(texts)} texts")


def write(path, value, versions):
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    path.write_text(text.replace('","', '",\n"') + "\n", encoding="utf-8")
    record(path.parent, path.name, COMMAND, SEED, versions)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
