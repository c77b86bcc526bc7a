"""Texts for the tokenizers."""

import random

SEED = 27182

# All forms of the tokenizer agree on these: transformers 5 reads vocab.json as tokenizer.json, without
# the ftfy of the Python class before it, whose treatment of text this program gives vocab.json.
COMMON = """
segment the cat
Segment the {cat} in this picture.
Detect the person and draw a blue box around it; leave the rest.
Estimate the depth of this image
Display red if the picture has a Dining Table, otherwise blue.
a photograph of an astronaut riding a horse
Please mark the left-wrist with a #FF0000 circle (r=5px)
it's John's dog; they're, we've, I'm, she'll, he'd, can't
IT'S JOHN'S DOG; THEY'RE, WE'VE, I'M, SHE'LL, HE'D, CAN'T
rock'n'roll 'tis o'clock ''double'' 's 't 're 've 'm 'll 'd 'x 'sam 'train
1 12 123 1234567890 3.14159 1,000,000 50% 2x 4k 007 1st 2nd
v1.5 x=3;y=4 a1b2c3 10^-5 6e-8 0xdeadbeef
C:\\Users\\x "quoted" `code` ~tilde~ |pipe| a_b_c snake_case camelCase kebab-case
!!! ??? ... ?!?! --- === *** ((( ))) [[]] {{}} <<>> $$$ @@@
naïve café résumé coöperate São Paulo Zürich
Привет МИР, йод и ёлка
😀 😃😄 ★☆ ♥ ©®™ ½ ² € £
– — … • « »
"""

# Only today's tokenizer.json cleans these as transformers 5 does.
FAST = """
“curly” ‘single’
&amp; &lt;b&gt; &#39; <html></html>
你好世界 画一只猫 中文 and English混合 日本語テキスト カタカナ 한국어 텍스트
नमस्ते दुनिया १२३ ไทยสวัสดี مرحبا بالعالم ١٢٣ שלום עולם
👍🏽 👨‍👩‍👧‍👦 🏳️‍🌈 ❤️ 1️⃣ 🇬🇧🇫🇷
nai\u0308ve cafe\u0301 re\u0301sume\u0301 A\u030angstro\u0308m
a\u00a0b\u2003c\u3000d\u202fe a\tb\r\nc
zero\u200bwidth\u200djoined \ufeffmark soft\u00adhyphen
ﬁne ﬂow Ǆ ǅ ǆ K Å Ω İstanbul ıI ẞ
"""

WORDS = """segment detect estimate depth the a of in picture image person dining table traffic light cat
dog's red blue box, mask. please? can you find every where is it, purple cylinder; cone ring-shaped
Oxford-IIIT COCO 2017 #3 don't show otherwise (left) wrist""".split()


def texts(form):
    """`form`: fast or slow."""
    stream = random.Random(SEED)
    made = [" ".join(stream.choices(WORDS, k=stream.randint(1, 30))) for _ in range(200)]
    # Longer than 77 tokens, with the end kept.
    long = [" ".join(stream.choices(WORDS, k=count)) for count in (70, 75, 80, 200)]
    own = COMMON.strip().split("\n") + (FAST.strip().split("\n") if form == "fast" else [])
    return ["", " ", *own, *made, *long]
