"""Token ids of transformers' slow CLIPTokenizer, and of vocabularies trained by a plain algorithm.

    python Scripts/goldens/clip_tokenizer.py FOLDER_WITH_CLIP_VOCABULARY Tests/ModelsTests/Goldens

needs: pip install transformers==4.46.3 regex (to version 4, and no ftfy)
"""

import collections
import hashlib
import json
import pathlib
import sys
import unicodedata

import regex
import transformers
from clip_texts import OBJECTS, PROMPTS, SEED, TEMPLATES, texts
from transformers.models.clip.tokenization_clip import BasicTokenizer, bytes_to_unicode

def examples(tokenizer, texts):
    result = []
    for text in texts:
        ids = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        encoded = tokenizer(text, padding="max_length", truncation=True, max_length=77)["input_ids"]
        start, end = tokenizer.bos_token_id, tokenizer.eos_token_id
        assert encoded == [start] + ids[:75] + [end] * (76 - len(ids[:75])), text
        decoded = tokenizer.decode(
            encoded, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        result.append({"text": text, "ids": ids, "decoded": decoded})
    return result


def train(texts, merge_count, minimum, alphabet):
    """Counts all pairs anew for every merge."""
    symbols = bytes_to_unicode()
    base = [symbols[b] for b in symbols if b in alphabet]
    tokens = base + [s + "</w>" for s in base]
    ids = {t: i for i, t in enumerate(tokens)}
    pattern = regex.compile(
        r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+",
        regex.IGNORECASE,
    )
    clean = BasicTokenizer(strip_accents=False, do_split_on_punc=False)
    words = collections.Counter()
    for text in texts:
        for piece in pattern.findall(" ".join(clean.tokenize(text))):
            if piece in ["<|startoftext|>", "<|endoftext|>"]:
                continue
            word = [symbols[b] for b in piece.encode("utf-8") if b in alphabet]
            if word:
                words[tuple(word[:-1]) + (word[-1] + "</w>",)] += 1
    merges = []
    while len(merges) < merge_count:
        pairs = collections.Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        if not pairs:
            break
        best = min(pairs, key=lambda p: (-pairs[p], ids[p[0]], ids[p[1]]))
        if pairs[best] < minimum:
            break
        merges.append(best)
        product = best[0] + best[1]
        if product not in ids:
            ids[product] = len(ids)
        merged = collections.Counter()
        for word, count in words.items():
            new, i = [], 0
            while i < len(word):
                if word[i : i + 2] == best:
                    new.append(product)
                    i += 2
                else:
                    new.append(word[i])
                    i += 1
            merged[tuple(new)] += count
        words = merged
    for special in ["<|startoftext|>", "<|endoftext|>"]:
        ids[special] = len(ids)
    return ids, merges


def write_vocabulary(ids, merges, vocab, merge_file):
    lines = ["  %s: %d" % (json.dumps(t, ensure_ascii=False), i) for t, i in ids.items()]
    vocab.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    merge_file.write_text(
        "#version: 0.2\n" + "".join("%s %s\n" % pair for pair in merges), encoding="utf-8"
    )


def main(real, out):
    written = []

    def write_json(name, value):
        text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
        (out / name).write_text(text.replace('},{"text"', '},\n{"text"') + "\n")
        written.append(name)

    slow = transformers.CLIPTokenizer(str(real / "vocab.json"), str(real / "merges.txt"))
    assert slow.fix_text is None, "ftfy must not be installed"
    write_json("clip-tokenizer.json", {"examples": examples(slow, texts())})

    corpus = [template % name for name in OBJECTS for template in TEMPLATES] + PROMPTS
    # Repetition makes ties and overlapping pairs.
    corpus += ["banana bandana ananas", "aaaaaaa aaa aaaa", "abcabcab bcabc cabc abc bc ab"] * 3
    everything = set(range(256))
    lowercase = set(range(0x21, 0x7F)) - set(range(0x41, 0x5B))
    results = {"corpus": corpus, "vocabularies": []}
    for label, merge_count, minimum, alphabet in [
        ("tiny", 300, 2, everything),
        ("compact", 2000, 3, lowercase),
    ]:
        names = ["%s-vocab.json" % label, "%s-merges.txt" % label]
        ids, merges = train(corpus, merge_count, minimum, alphabet)
        write_vocabulary(ids, merges, out / names[0], out / names[1])
        written += names
        tokenizer = transformers.CLIPTokenizer(str(out / names[0]), str(out / names[1]))
        # transformers puts the end token in the place of bytes that have no token; we drop them.
        usable = [t for t in texts() if alphabet == everything or (t.isascii() and t.isprintable())]
        results["vocabularies"].append(
            {
                "label": label,
                "mergeCount": merge_count,
                "minimumPairCount": minimum,
                "lowercaseASCII": alphabet != everything,
                "examples": examples(tokenizer, usable[:: 3 if alphabet == everything else 4]),
            }
        )
    write_json("tiny-tokenizer.json", results)

    manifest_path = out / "manifest.json"
    manifest = json.loads(manifest_path.read_text())
    goldens = [g for g in manifest["goldens"] if g["file"] not in written]
    for name in sorted(written):
        goldens.append(
            {
                "file": name,
                "command": "python Scripts/goldens/clip_tokenizer.py "
                "FOLDER_WITH_CLIP_VOCABULARY Tests/ModelsTests/Goldens",
                "versions": {
                    "python": sys.version.split()[0],
                    "unicode": unicodedata.unidata_version,
                    "transformers": transformers.__version__,
                    "regex": regex.__version__,
                },
                "seed": SEED,
                "sha256": hashlib.sha256((out / name).read_bytes()).hexdigest(),
            }
        )
    goldens.sort(key=lambda g: g["file"])
    manifest_path.write_text(json.dumps({"goldens": goldens}, indent=2) + "\n")


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
