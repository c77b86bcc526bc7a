import Foundation
import Models
import TensorCore
import Testing

/// What ``TextCleaning/ftfy`` makes of text, without CLIP's vocabulary.
@Suite struct TokenizerRepairTests {
  private let tokenizer: CLIPTokenizer

  init() throws {
    tokenizer = try BPETrainer(mergeCount: 0).train(on: []).tokenizer(cleaning: .ftfy)
  }

  /// Texts, and plain ones that read the same.
  private static let pairs: [(String, String)] = [
    ("Segment the man’s hat", "segment the man's hat"),
    ("Segment the “red” car", "segment the \"red\" car"),
    ("Don’t change the sky", "don't change the sky"),
    ("Tom &amp; Jerry", "tom & jerry"),
    ("ﬁsh ﬂuﬃeﬆ ŉ Ĳ", "fish fluffiest 'n ij"),
    ("ＬＯＵＤ　ＮＯＩＳＥＳ ｱ", "loud noises ア"),
    // References: names, capitals, numbers, and what is none.
    ("P&EACUTE;REZ &SZLIG; &nTILDE;", "pérez ss & ntilde ;"),
    ("&#233;&#xE9;&#X2019;&#x80;&#0;", "éé'€\u{fffd}"),
    ("&#59; &#12AB; &#xZ; &amp &;", "&#59; &#12ab; &#xz; &amp &;"),
    ("a&#1;b&#xfdd0;c&#x1ffff;d", "abcd"),
    // Again and again, and after other repairs.
    ("&amp;amp;amp;lt;", "<"), ("＆ａｍｐ；", "&"), ("&am\u{feff}p;", "&"),
    // Markup keeps its references, and so do the lines after it.
    ("<b>Tom &amp; Jerry</b>", "<b>tom &amp; jerry</b>"),
    ("&amp;\n<b>\n&amp;", "&\n<b>\n&amp;"),
    ("\u{1b}[36;44mblue\u{1b}[0m \u{1b}[1!", "blue [1!"),
    ("a\0b\u{7}c\u{7f}d\u{feff}e\u{fffc}f", "abcdef"),
    ("\u{91}it\u{92}s\u{85}", "'it's…"),
    ("e\u{301}", "é"), ("ΑΣ", "ας"),
  ]

  @Test func repairedTextsReadAsPlainOnes() {
    for (text, plain) in Self.pairs {
      #expect(tokenizer.ids(of: text) == tokenizer.ids(of: plain), "\(text.debugDescription)")
    }
  }

  @Test func ideographsStayTogether() throws {
    let trained = BPETrainer(mergeCount: 60, minimumPairCount: 1).train(on: ["画一只猫"])
    #expect(try trained.tokenizer(cleaning: .ftfy).ids(of: "画一只猫").count == 1)
    #expect(try trained.tokenizer(cleaning: .python).ids(of: "画一只猫").count > 1)
  }

  /// Neither many rounds nor random neighbours take long or trap.
  @Test(.timeLimit(.minutes(1))) func hostileTextsEnd() {
    let nested = "&" + String(repeating: "amp;", count: 30_000)
    #expect(tokenizer.encode(nested).count == 77)
    #expect(tokenizer.encode(String(repeating: "\u{1b}[", count: 100_000)).count == 77)
    #expect(tokenizer.encode("&#" + String(repeating: "9", count: 100_000) + ";").count == 77)
    var stream = RandomStream(seed: 12)
    let parts = [
      "&", "#", "x", ";", "amp", "9", "<", "\u{1b}", "[", "m", "\n", "’", "ﬁ", "＆", "\u{301}", "\0",
    ]
    for _ in 0..<3000 {
      let text = (0..<stream.integer(in: 1..<30)).map { _ in stream.element(of: parts) }.joined()
      #expect(tokenizer.encode(text).count == 77)
    }
  }
}
