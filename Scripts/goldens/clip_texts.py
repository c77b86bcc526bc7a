"""Texts that the tokenizer goldens are made of."""

import html.entities
import random

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


# What the two tokenizers clean in different ways, and what looks as if it were cleaned.
ODDITIES = r"""
&amp; &lt;p&gt; &quot;x&quot; &nbsp;y &eacute; &#233; &#xe9; &AMP; &copy &notin; &amp;amp; &#x1F600; &unknown;
a &lt; b &amp;&amp; c &gt; d <b>bold</b> <!-- none --> &;
dÃ©jÃ\u00a0 vu cafÃ© â€œquoteâ€\u009d itâ€™s Ð¿Ñ€Ð¸Ð²ÐµÑ‚ ä½ å¥½ ï»¿start ÂŁ Â°C
it’s the person’s bag; they‘ve ‘we’re’ ʼs ＇s ‛t ´d `ll
I'M YOU'RE HE'LL SHE'D WE'VE DON'T IT'S 'S 'T 'RE 'VE 'M 'LL 'D '' 's's 'sse 'ree 'lll 'dd
İ İİ iİ İ\u0307 I\u0307 i\u0307 ı I ISTANBUL\u0307 DİYARBAKIR
Σ ΣΣ ΑΣ ΑΣΑ ΑΣ\u00adΑ ΑΣ\u200d ΑΣ1 1Σ ʕΣ \u0295Σ aΣ\u02b0 ΑΣ:Α Σ́ ΑΣ·
ẞ ß SS ŉ ǰ ΐ ΰ և ﬀ ﬃ ﬆ ﬓ Ǆ ǅ ǈ ǋ ǲ ᾈ ᾼ ῼ K Å Ω ϴ ẛ ſ ſt it'ſ 'ſ
a\u0301 A\u0301 a\u0323\u0301 a\u0301\u0323 ạ\u0301 a\u0345 ᾳ\u0345 \u0301 \u0344 \u0340 \u0341 \u0374 \u037e \u0387
\u1100\u1161\u11a8 \u1100\u1161 \uac00\u11a8 \u212b \u2126 \u2000 \u2001 \u0958 \u2adc \ufb1d \U0001d15e \U0002f800
\u08d3\u0323 a\u1df6\u0334 a\u08ca\u0316 a\u0898\u0316 a\u1ac1\u0334 \U00011930\U00011935 \U00011935\U00011930
\u0009tab\u000bvt\u000cff\u000acr\u000d\u001cfs\u001dgs\u001ers\u001fus\u0085nel\u00a0nb\u1680og\u2028ls\u2029ps\u202fnn\u205fmm\u3000id
a\u0000b a\u0001b a\u007fb a\u0080b a\u009fb a\ufffdb a\ufffeb a\uffffb a\ufeffb a\u00adb a\u061cb a\u180eb a\u2060b a\U000e0041b
\u200b \u200c \u200d \u200e \u200f \u202a \u202e \u2066 \u2069 x\u200by x\u200cy x\u200dy לְ\u200fעִבְרִית عَرَبِيّ\u200eabc
\ue000 \uf8ff \U000f0000 \U0010fffd \U0010ffff \u0378 \u0530 \U0001fa77 \U0001fae8 \U0001fadf \U00010d50 \U0002ebf0 \ua7ce \ua7cb
👩🏽‍🚀 👨‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏳️‍⚧️ 🇩🇪🇫🇷🇩 5️⃣ #️⃣ ©️ ❤️‍🔥 🫠🫡 🙂🙃 ☺ ☺️ ⛹🏿‍♀️
一只猫在 a中b 中a文 画，一只猫。「引用」 日本のねこ ネコ ﾈｺ 고양이가 있다 㐀䶵 龦鿿 𠮷野家 𪛟 𫝀 𬺡 𮯠 𰀀 丽 ⼀ 〇 〡 々 ㈱ ㊗
שָׁלוֹם עולם! مرحبا، العالم؟ ﷺ ﻼ ١٢٣٤ ۱۲۳ १२३ ১২৩ ๑๒๓ ႑႒ 𝟙𝟚 ⅓ Ⅻ ⓵ 〹 ௰ ፲
<|startoftext|> <|endoftext|> <|startoftext|>a<|endoftext|> a<|endoftext|>b !<|endoftext|>! <|endoftext|><|endoftext|>
<|STARTOFTEXT|> <|EndOfText|> x<|STARTOFTEXT|>y <|EndOfText|>! !<|EndOfText|> <|endoftext|>\u0338 <|endoftext |> < |endoftext|> <|<|endoftext|>|>
<|ſtartoftext|> <|\u212andoftext|> <|endoftext|> ＜｜endoftext｜＞ <|ENDOFTEXT|><|STARTOFTEXT|> '<|EndOfText|> 's<|EndOfText|>5
1234567890 12.5% 1e-5 3/4 1st 2nd 007 0x1F -1 +1 1,000,000.00 ½ x² m³ H₂O 10⁻³ ٣٫١٤ 五十 Ⅳ
"""


def oddities():
    """ODDITIES with its escapes made characters: whole lines and their words."""
    lines = [
        line.encode("ascii", "backslashreplace").decode("unicode_escape")
        for line in ODDITIES.strip("\n").split("\n")
    ]
    return lines + [word for line in lines for word in line.split(" ")]


def mixtures(count):
    """Random texts over pools of characters, words, oddities and what separates them."""
    rng = random.Random(SEED + 1)
    words = [word for line in PROMPTS for word in line.split()] + oddities()[-300:]
    pools = [
        (0x21, 0x7F), (0x80, 0x250), (0x250, 0x370), (0x370, 0x530), (0x530, 0x700),
        (0x700, 0x1200), (0x1200, 0x2000), (0x2000, 0x2100), (0x2100, 0x2C00), (0x2C00, 0x3100),
        (0x3100, 0xA000), (0xA000, 0xAC00), (0xAC00, 0xD7A4), (0xE000, 0xFB00), (0xFB00, 0x10000),
        (0x10000, 0x11000), (0x11000, 0x12000), (0x16000, 0x17000), (0x1B000, 0x1F000),
        (0x1F000, 0x1FB00), (0x20000, 0x32000), (0xE0000, 0xE0200),
    ]
    marks = list(range(0x300, 0x370)) + list(range(0x1AB0, 0x1AD0)) + list(range(0x8CA, 0x900))
    result = []
    for _ in range(count):
        parts = []
        for _ in range(rng.randint(1, 5)):
            kind = rng.randrange(5)
            if kind == 0:
                low, high = rng.choice(pools)
                parts += [chr(rng.randrange(low, high)) for _ in range(rng.randint(1, 4))]
            elif kind == 1:
                parts.append(rng.choice("aeiouAEIOUΑΣσςsSİkK1"))
                parts += [chr(rng.choice(marks)) for _ in range(rng.randint(0, 3))]
            elif kind == 2:
                parts.append(rng.choice(["'s", "'LL", "’s", "12", "!?", "<|", "|>", "&amp;", "Σ"]))
            else:
                parts.append(rng.choice(words))
            parts.append(rng.choice(["", "", " ", " ", "\t", "\u3000", "\u200d", "'"]))
        result.append("".join(parts))
    return result


def cleaning_texts():
    result = texts() + oddities() + mixtures(4600)
    return list(dict.fromkeys(result))


REPAIRS = r"""
Segment the man’s hat, the “red” car, don’t change the sky; Tom &amp; Jerry, ﬁsh, 画一只猫
‘a’ ‚b‛ “c” „d‟ ʼn 5ʼs ‵e′ «f» ‹g› ❝h❞ `i´ it‘s we‛re I‚m she’LL HE’D they’ve can’t
&#; &#x; &#X; &#xZ; &#12AB; &#x41g; &#59; &#x3b; &#X3B; &semi; &amp &ampx; &; & amp; &&amp;&
&amp;amp;amp;lt; &am\ufeffp; &#38;#38;#65; &lt;|endoftext|&gt; &lt;b&gt; &am&amp;p; ＆ａｍｐ； &＃65;
&aaaaaaaaaaaaaaaaaaaaaaaa; &#0000000000000000000000065; &#00000000000000000000000065;
&#x0000000000000000000041; &#99999999999999999999999; &#xffffffffffffffffffffff; &#1114112;
<b>Tom &amp; Jerry</b> &lt;
Tom &amp; Jerry\n<b>Tom &amp; Jerry</b>\nTom &amp; Jerry &lt;b
<|endoftext|>Tom &amp; Jerry<|startoftext|> &lt;p>
ĲSSELMEER ĳs ŉ Ǳ ǲ ǳ Ǆ ǅ ǆ Ǉ ǈ ǉ Ǌ ǋ ǌ ﬀ ﬁ ﬂ ﬃ ﬄ ﬅ ﬆ ﬓ ﬔ æ œ ﬂuﬃeﬆ ofﬁce
ＬＯＵＤ　ＮＯＩＳＥＳ！ Ｕﾀｰﾝ ｶﾞｷﾞ ﾊﾟﾋﾟ ﾡﾢￂￃ ￠￡￢￣￤￥￦ ￨￩￪ １２３％ ＂ｑ＂ ＇ｓ ｉｔ＇ｓ
\x1b[36;44mblue\x1b[0m \x1b[1mbold \x1b[٣m \x1b[３m \x1b[;;Z x \x1b[m \x1b[ \x1b[1 \x1b[1! \x1b\x1b[0m[0m
\x1b［０m a\x1b[0\x07mb \x9b1mc \x1b]0;title\x07 \x1b[?25l
a\x00b\x01c\x07d\x08e\x0bf\x0cg\x0eh\x1bi\x1fj\x7fk l\u206am\u206fn\ufff9o\ufffap\ufffbq\ufffcr\ufffds
\ufeffstart mid\ufeffdle \u2060w \u200bz \u200cn \u200dj \u00ads \U0001d173m \U000e0067t \ue000p \U000f0000q
a\rb\r\nc\u2028d\u2029e\x85f ΑΣ\r\nΑΣ\u2028ΑΣ\x0bΑ ΑΣ\x00Α ΑΣ\ufeffΑ ΑΣ’Α ΑΣ\u00adΑ
ΑΣ\U0001e030Α \U0001e030Σ ΑΣ\u1c8aΑ ΑΣ\U00010d50
"""


def repair_texts():
    """Texts that ftfy changes: REPAIRS, entities of HTML, and mixtures of what it looks for."""
    rng = random.Random(SEED + 2)
    lines = [
        line.encode("ascii", "backslashreplace").decode("unicode_escape")
        for line in REPAIRS.strip("\n").split("\n")
    ]
    result = lines + [word for line in lines for word in line.split(" ")]
    names = sorted({name.rstrip(";") for name in html.entities.html5})
    for index in range(0, len(names), 4):
        group = names[index : index + 4]
        result.append(" ".join(f"a&{n};b" for n in group))
        result.append(" ".join(f"&{n.upper()};" for n in group))
        result.append("".join(f"&{n} " for n in group) + f"&{group[0].lower()};")
    values = [*range(0x180), 0x2019, 0xD7FF, 0xD800, 0xDFFF, 0xE000, 0xFDD0, 0xFDEF, 0xFDF0, 0xFEFF]
    values += [0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x1F600, 0x1FFFE, 0x10FFFD, 0x10FFFF, 0x110000, 10**20]
    for index in range(0, len(values), 8):
        group = values[index : index + 8]
        result.append(" ".join(f"a&#{v};b" for v in group))
        result.append(" ".join(f"a&#{rng.choice('xX')}{v:0{rng.randint(1, 7)}x};b" for v in group))
    widths = [chr(point) for point in range(0xFF00, 0xFFF0)]
    result += ["".join(widths[index : index + 6]) for index in range(0, len(widths), 6)]
    result += ["a" + "b".join(map(chr, range(p, p + 4))) for p in range(0x80, 0xA0, 4)]
    pieces = ["&amp;", "&lt;", "&#39;", "&#x2019;", "&rsquo;", "&eacute;", "&EACUTE;", "&nbsp;", "&ldquo;"]
    pieces += ["&", "#", ";", "<", ">", "’", "‘", "“", "”", "ʼ", "'", '"', "ﬁ", "ﬂ", "ﬆ", "Ǆ", "ŉ"]
    pieces += ["\x1b[1m", "\x1b[", "\x1b", "\ufeff", "\x00", "\x1f", "\r\n", "\n", "\u2028", "\x85", "\x92"]
    pieces += ["Ａ", "ｱ", "ﾞ", "！", "　", "＇", "e\u0301", "\u0301", "Σ", "ΑΣ", "s", "S", "t", "ll", "中", "国"]
    pieces += ["\ufffc", "\ufffd", "\u200d", "\u00ad", "1", "m", "cat", "Dog", "the", "İ", "ſ", "\u0345", "😀"]
    for _ in range(1200):
        parts = rng.choices(pieces, k=rng.randint(2, 9))
        result.append(rng.choice(["", "", " "]).join(parts))
    return list(dict.fromkeys(result))
