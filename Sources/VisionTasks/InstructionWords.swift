/// A sentence as the parser sees it.
package struct InstructionWords {
  struct Word {
    /// As written, without punctuation and possessive s.
    let written: String
    /// In lower case, spelling variants and synonyms made one.
    let canonical: String
    /// A comma, full stop, colon or the like follows.
    let endsClause: Bool
    /// Was followed by 's.
    let isPossessive: Bool
  }

  private(set) var words: [Word] = []

  /// Splits `text` at white space and dashes between words, without its politeness.
  package init(_ text: String) {
    for piece in text.split(whereSeparator: { $0.isWhitespace || "/=—–()[]\"“”<>→|".contains($0) })
    {
      append(piece)
    }
    dropPoliteness()
  }

  subscript(index: Int) -> Word { words[index] }
  package var count: Int { words.count }

  /// The canonical word at `index`, "" outside.
  func canonical(_ index: Int) -> String {
    words.indices.contains(index) ? words[index].canonical : ""
  }

  /// The words of `range` as written, without the last one's possessive s.
  package func written(_ range: Range<Int>) -> String {
    range.map { index in
      let word = words[index]
      return word.isPossessive && index + 1 < range.upperBound ? word.written + "'s" : word.written
    }.joined(separator: " ")
  }

  private mutating func append(_ piece: Substring) {
    var piece = piece
    var endsClause = false
    while let last = piece.last, ".,;:?!'’`*_…".contains(last) {
      if ".,;:?!…".contains(last) { endsClause = true }
      piece.removeLast()
    }
    while let first = piece.first, ".,;:?!'‘`*_-".contains(first) { piece.removeFirst() }
    if piece.isEmpty {
      // Punctuation on its own ends the clause before it.
      if endsClause, let last = words.popLast() {
        words.append(
          Word(
            written: last.written, canonical: last.canonical, endsClause: true,
            isPossessive: last.isPossessive))
      }
      return
    }
    var written = String(piece.map { $0 == "’" ? "'" : $0 })
    let lower = written.lowercased()
    if let full = Self.contractions[lower] {
      for (index, part) in full.enumerated() {
        words.append(
          Word(
            written: part, canonical: part, endsClause: endsClause && index == full.count - 1,
            isPossessive: false))
      }
      return
    }
    let isPossessive = lower.hasSuffix("'s")
    if isPossessive { written.removeLast(2) }
    if written.isEmpty { return }
    words.append(
      Word(
        written: written, canonical: Self.canonical(written.lowercased()), endsClause: endsClause,
        isPossessive: isPossessive))
  }

  private mutating func dropPoliteness() {
    var changed = true
    while changed {
      changed = false
      for opening in Self.openings where words.count > opening.count {
        if words.prefix(opening.count).map(\.canonical) == opening {
          words.removeFirst(opening.count)
          changed = true
        }
      }
      for ending in Self.endings where words.count > ending.count {
        if words.suffix(ending.count).map(\.canonical) == ending {
          words.removeLast(ending.count)
          changed = true
        }
      }
    }
  }

  static func canonical(_ lower: String) -> String { synonyms[lower] ?? lower }

  private static let openings: [[String]] = [
    ["please"], ["could", "you"], ["can", "you"], ["would", "you"], ["will", "you"], ["kindly"],
    ["hey"], ["hi"], ["hello"], ["now"], ["ok"], ["okay"], ["i", "want", "you", "to"],
    ["i", "would", "like", "you", "to"], ["i", "need", "you", "to"], ["would", "you", "mind"],
    ["help", "me", "to"], ["could", "someone"], ["can", "someone"], ["be", "willing", "to"],
    ["your", "task", "is", "to"], ["let", "us"], ["go", "ahead", "and"],
  ]
  private static let endings: [[String]] = [
    ["please"], ["thanks"], ["thank", "you"], ["for", "me"], ["with", "me"], ["would", "you"],
    ["will", "you"], ["ok"], ["okay"], ["thank", "you", "very", "much"],
  ]
  private static let contractions: [String: [String]] = [
    "there's": ["there", "is"], "where's": ["where", "is"], "what's": ["what", "is"],
    "it's": ["it", "is"], "that's": ["that", "is"], "let's": ["let", "us"],
    "i'd": ["i", "would"], "i'm": ["i", "am"], "here's": ["here", "is"], "who's": ["who", "is"],
    "they're": ["they", "are"], "how's": ["how", "is"], "where're": ["where", "are"],
  ]
  private static let synonyms: [String: String] = [
    "photo": "image", "picture": "image", "photograph": "image", "pic": "image", "shot": "image",
    "figure": "image", "snapshot": "image", "scene": "image", "graph": "image", "img": "image",
    "photos": "images", "pictures": "images", "photographs": "images", "pics": "images",
    "colour": "color", "colours": "colors", "grey": "gray", "greyscale": "grayscale",
    "metres": "meters", "metre": "meter", "localise": "localize", "visualise": "visualize",
    "recognise": "recognize", "every": "every", "each": "every", "all": "every",
    "an": "a", "utilise": "use", "utilize": "use", "employ": "use", "localisation": "location",
    "localization": "location", "dont": "don't", "doesnt": "doesn't", "isnt": "isn't",
    "arent": "aren't", "cant": "can't",
    "centre": "center", "segmenting": "segment", "detecting": "detect", "locating": "locate",
    "finding": "find",
  ]
}
