"""Token ids of transformers' slow CLIPTokenizer, and of vocabularies trained by a plain algorithm.

    python Scripts/goldens/clip_tokenizer.py FOLDER_WITH_CLIP_VOCABULARY Tests/ModelsTests/Goldens

needs: pip install transformers==4.46.3 regex (and no ftfy)
"""

import collections
import hashlib
import json
import pathlib
import random
import sys
import unicodedata

import regex
import transformers
from transformers.models.clip.tokenization_clip import BasicTokenizer, bytes_to_unicode

SEED = 20240608

PROMPTS = """
segment the cat
Segment the {cat} in this picture.
Estimate the depth of this image
detect the person and draw a box around it
Show red if the picture has a Dining Table, otherwise blue.
Place a blue mask on the potted plant; leave the rest.
a photograph of an astronaut riding a horse
Please mark the left-wrist with a #FF0000 circle (r=5px)
it's John's dog; they're, we've, I'm, she'll, he'd, can't
IT'S JOHN'S DOG; THEY'RE, WE'VE, I'M, SHE'LL, HE'D, CAN'T
rock'n'roll 'tis o'clock ''double'' 's 't 're 've 'm 'll 'd 'x 'sam 'train
don''t 'S'T'RE 'lluvia d'ddd 'rex 'vet
1 12 123 1234567890 3.14159 1,000,000 50% 2x 4k 007 1st 2nd
v1.5 x=3;y=4 a1b2c3 10^-5 6e-8 0xdeadbeef
e-mail: someone@example.com, https://example.com/a?b=c&d=e#f
C:\\Users\\x \\n \\t "quoted" `code` ~tilde~ |pipe|
!!! ??? ... ?!?! --- === *** ((( ))) [[]] {{}} <<>> $$$ @@@
&amp; &lt;b&gt; &#39; <html></html>
a_b_c snake_case camelCase PascalCase kebab-case
<|startoftext|> <|endoftext|> a<|endoftext|>b !<|endoftext|>! <|STARTOFTEXT|> !<|EndOfText|>
<|endoftext|
<|ſtartoftext|> it'ſ the ſ's
naïve café résumé coöperate Ångström São Paulo Zürich
nai\u0308ve cafe\u0301 re\u0301sume\u0301 A\u030angstro\u0308m
ÀÉÎÕÜ ÇÑ ŒÆØ ß ẞ ĳ Ĳ İstanbul ISPARTA ıI ŁÓDŹ
ΑΣ ΣΑ ΟΔΥΣΣΕΥΣ ΣΊΣΥΦΟΣ Σ ΑΣ. ΑΣ' ΑΣ\u0301 'Σ ΑΣ\u0301Α
ᾼ ᾳ α\u0345 \u0345 a\u0345b !\u0345! Α\u0345
Привет МИР ёЁ йЙ Їжак
שלום עולם مرحبا بالعالم ١٢٣ نص
नमस्ते दुनिया १२३ ไทยสวัสดี ๑๒๓
你好世界 画一只猫 中文 and English混合 日本語テキスト カタカナ ひらがな 한국어 텍스트 한글
豈更車 㐀㐁 𠀀𠀁 𪜀 々〆
😀 😃😄 👍🏽 👨‍👩‍👧‍👦 🏳️‍🌈 ❤️ ☃ ★☆ ♥ 🇬🇧🇫🇷 1️⃣ ©®™
½ ¼ ² ³ ① ② Ⅷ ⅷ ㊿ ፩ 𝟘𝟙 ٣
“curly” ‘single’ – — … • « » ‹ › „ ‚ ¿ ¡ § ¶ † ‡
€100 £5 ¥300 ₹ ₿ ¢
ﬁne ﬂow ﬃ Ǆ ǅ ǆ K Å Ω
a\u00a0b\u2003c\u3000d\u1680e\u202ff\u205fg
a\tb\nc\rd\r\ne\vf\fg\x00h\x1ci\x85j\u2028k\u2029l
zero\u200bwidth\u200djoin\ufeffer soft\u00adhyphen \u202ertl\u202c \u2060
\ufffd bad \ue000private \U000f0000 \u0378 \U0001f9ff
x\u0300\u0301\u0302\u0303 \u0300start Z̷̧̢͔a̶l̸g̵o
ↀↁ ⓐⒶ 𝒜𝓑 𝔉𝔯𝔞𝔨𝔱𝔲𝔯 ＦＵＬＬ ｗｉｄｔｈ ｱｲｳ
ᏣᎳᎩ ꮳꮃꭹ Ა ა Ა 𐐀𐐨 Ⴀⴀ
""".strip("\n").split("\n")

OBJECTS = "person,bicycle,car,motorcycle,aeroplane,bus,train,truck,boat,traffic light,fire hydrant,stop \
sign,parking meter,bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,backpack,umbrella,\
handbag,tie,suitcase,frisbee,skis,snowboard,sports ball,kite,baseball bat,wine glass,cup,fork,knife,\
spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,potted \
plant,bed,dining table,toilet,tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,\
refrigerator,book,clock,vase,scissors,teddy bear,hair drier,toothbrush".split(",")

TEMPLATES = [
    "Segment the %s.",
    "detect the %s",
    "Show me where the %s is in this picture, please!",
    "If there's a %s in the image, make it red; otherwise blue.",
]


def texts():
    rng = random.Random(SEED)
    result = ["", " ", "\n\t ", "a", "!", "é", "中", "\u0345", "\u200d"] + PROMPTS
    result += [word for line in PROMPTS for word in line.split()]
    result += [template % name for name in OBJECTS for template in TEMPLATES]
    pools = [
        "abcdefghijklmnopqrstuvwxyz",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ'",
        "0123456789.,-+%",
        "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ",
        "".join(map(chr, range(0xA0, 0x250))),
        "".join(map(chr, range(0x370, 0x460))),
        "".join(map(chr, range(0x300, 0x370))) + "aeiouAEIOU",
        "".join(map(chr, range(0x4E00, 0x4E40))) + "あいうえおアイウ한국",
        "".join(map(chr, range(0x1F600, 0x1F640))) + "\u200d\ufe0f",
        "".join(map(chr, range(0x2000, 0x2070))) + "ab",
    ]
    for count in range(250):
        words = []
        for _ in range(rng.randint(1, 8)):
            pool = rng.choice(pools)
            words.append("".join(rng.choice(pool) for _ in range(rng.randint(1, 9))))
        result.append(rng.choice([" ", " ", "", "'", "\n"]).join(words))
    # Long ones: many words, one word without end, repetition, characters of many bytes.
    result.append(" ".join(rng.choice(OBJECTS) for _ in range(150)))
    result.append("".join(rng.choice("etaoinshrdlu") for _ in range(1500)))
    result.append("a" * 700)
    result.append("!" * 333)
    result.append("ab" * 301 + " the end")
    result.append("🙂" * 90)
    result.append(" ".join(["x"] * 74))
    result.append(" ".join(["x"] * 75))
    result.append(" ".join(["x"] * 76))
    return list(dict.fromkeys(result))


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
