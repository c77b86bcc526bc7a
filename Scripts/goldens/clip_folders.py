"""What transformers makes of tokenizer folders whose small files differ.

    python Scripts/goldens/clip_folders.py FORM Tests/ModelsTests/Goldens

run for each form in its environment (see clip_text_cleaning.py), in any order. The vocabulary is
`tiny-vocab.json` with `tiny-merges.txt`. `clip-folders.json` has for each folder the files beside
it, or the members of its `tokenizer.json` that are not derived from it, and for each form (unless
that version can't read the folder) the padding id, the number of tokens and the ids of the texts.
"""

import json
import pathlib
import shutil
import sys
import tempfile

FORM = sys.argv[1]
if FORM != "ftfy":
    sys.modules["ftfy"] = None  # as if it were not installed

import transformers
from golden_manifest import record

COMMAND = "python Scripts/goldens/clip_folders.py FORM Tests/ModelsTests/Goldens"
START, END = "<|startoftext|>", "<|endoftext|>"
TEXTS = [
    f"a{END}b c!",
    "A <|STARTOFTEXT|> !<|EndOfText|>! <|EndOfText|>",
    "!<cat>!x <CAT> <cats> < cat>",
    "it's 中国 ΑΣ <x><xy>",
    f"<|endoftext|>\u0338 {START}",
]


def token(content, normalized, **more):
    sides = {"lstrip": False, "rstrip": False, "single_word": False}
    return {"content": content, "normalized": normalized} | sides | more


def added(eos_normalized, *more):
    tokens = [token(START, True, id=None, special=True)]
    tokens.append(token(END, eos_normalized, id=None, special=True))
    return {"added_tokens": tokens + list(more)}


def decoder(eos_normalized, **more):
    tokens = {
        "START": token(START, True, special=True),
        "END": token(END, eos_normalized, special=True),
    }
    return {"added_tokens_decoder": tokens} | more


CONFIG, MAP, ADDED = "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"
CAT = token("<cat>", True, id="NEXT", special=False)
# The files beside the vocabulary; under "tokenizer.json" its own members.
FOLDERS = {
    "vocabulary alone": {},
    "flags of the first CLIP files": {
        MAP: {
            "bos_token": token(START, True),
            "eos_token": token(END, True),
            "unk_token": token(END, True),
            "pad_token": END,
        },
        CONFIG: {"tokenizer_class": "CLIPTokenizer", "do_lower_case": True},
    },
    "padding in the map": {MAP: {"pad_token": "!"}},
    "padding in the configuration": {CONFIG: {"pad_token": "!"}},
    "the map goes first": {CONFIG: {"pad_token": "!"}, MAP: {"pad_token": END}},
    "a list makes the map void": {CONFIG: decoder(True, pad_token=END), MAP: {"pad_token": "!"}},
    "padding that is new": {CONFIG: {"pad_token": "<pad>"}},
    "padding given as an object": {MAP: {"pad_token": token(END, True)}},
    "added tokens in their file": {ADDED: {"<cat>": "NEXT"}},
    "special tokens in both files": {
        MAP: {"additional_special_tokens": ["<cat>", "<x>"]},
        ADDED: {"<cat>": "NEXT"},
    },
    "longer added tokens go first": {ADDED: {"<x": "NEXT", "<x><x": "NEXT+1"}},
    "merged file alone": {"tokenizer.json": added(False)},
    "merged file, end normalized": {"tokenizer.json": added(True, CAT)},
    "merged file without added tokens": {"tokenizer.json": {"added_tokens": []}},
    "merged file with other cleaning": {
        "tokenizer.json": added(False) | {"normalizer": None, "pre_tokenizer": None}
    },
    "merged file, padding in the configuration": {
        "tokenizer.json": added(False),
        CONFIG: {"pad_token": "!"},
    },
    "merged file, the map goes first": {
        "tokenizer.json": added(False),
        CONFIG: {"pad_token": END},
        MAP: {"pad_token": "!"},
    },
    "merged file, a list makes its own void": {
        "tokenizer.json": added(True, CAT),
        CONFIG: decoder(False),
    },
    "merged file with added tokens in their file": {
        "tokenizer.json": added(False),
        ADDED: {"<cat>": "NEXT"},
    },
}


def filled(value, ids):
    """`value` with the names of ids replaced by ids."""
    if isinstance(value, dict):
        return {ids.get(key, key): filled(item, ids) for key, item in value.items()} | (
            {"id": int(ids[value["content"]])} if value.get("id", 0) is None else {}
        )
    if isinstance(value, list):
        return [filled(item, ids) for item in value]
    return int(ids[value]) if value in ("NEXT", "NEXT+1") else value


def write_folder(folder, files, out, vocab, merges):
    for name, value in files.items():
        if name == "tokenizer.json":
            model = {"type": "BPE", "end_of_word_suffix": "</w>", "unk_token": END}
            value = {"model": model | {"vocab": vocab, "merges": merges}} | value
            value = {"version": "1.0", "normalizer": None, "pre_tokenizer": None} | value
        (folder / name).write_text(json.dumps(value))
    if "tokenizer.json" not in files:
        shutil.copy(out / "tiny-vocab.json", folder / "vocab.json")
        shutil.copy(out / "tiny-merges.txt", folder / "merges.txt")


def main(out):
    transformers.logging.set_verbosity_error()
    form = FORM
    assert (form == "fast") == transformers.__version__.startswith("5."), "another environment"
    vocab = json.loads((out / "tiny-vocab.json").read_text(encoding="utf-8"))
    lines = (out / "tiny-merges.txt").read_text(encoding="utf-8").splitlines()[1:]
    count = len(vocab)
    ids = {START: vocab[START], END: vocab[END], "NEXT": count, "NEXT+1": count + 1}
    ids = {key: str(value) for key, value in ids.items()}
    ids |= {"START": ids[START], "END": ids[END]}

    path = out / "clip-folders.json"
    golden = json.loads(path.read_text()) if path.exists() else {"versions": {}, "folders": []}
    earlier = {folder["name"]: folder for folder in golden["folders"]}
    golden |= {"texts": TEXTS, "folders": []}
    golden["versions"][form] = transformers.__version__
    for name, files in FOLDERS.items():
        files = {key: filled(value, {k: v for k, v in ids.items()}) for key, value in files.items()}
        entry = earlier.get(name, {}) | {"name": name, "files": files}
        if form == "fast" or "tokenizer.json" not in files:
            with tempfile.TemporaryDirectory() as folder:
                folder = pathlib.Path(folder)
                write_folder(folder, files, out, vocab, [line.split(" ") for line in lines])
                tokenizer = transformers.CLIPTokenizer.from_pretrained(str(folder))
            entry[form] = {
                "pad": tokenizer.pad_token_id,
                "count": len(tokenizer),
                "ids": [tokenizer(text, add_special_tokens=False)["input_ids"] for text in TEXTS],
            }
        golden["folders"].append(entry)
    text = json.dumps(golden, ensure_ascii=False, sort_keys=True)
    path.write_text(text.replace('}, {"f', '},\n{"f') + "\n", encoding="utf-8")
    versions = dict(sorted(golden["versions"].items()))
    record(out, path.name, COMMAND, None, versions)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[2]))
