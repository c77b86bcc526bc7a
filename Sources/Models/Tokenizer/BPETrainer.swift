import Platform

/// Learns a vocabulary for ``CLIPTokenizer`` from example texts.
///
/// The texts are cleaned and cut as the tokenizer does; then the most frequent pair of neighbours
/// becomes a token, again and again. Of equally frequent pairs the one whose left, then right token
/// has the smaller id wins, so the same texts in any order give the same vocabulary.
///
/// Source: Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units", 2016,
/// algorithm 1, on bytes. Golden: `tiny-vocab.json`, `tiny-merges.txt`.
public struct BPETrainer: Sendable {
  /// How many merges are learned at most.
  public var mergeCount: Int
  /// Pairs that are rarer are not merged.
  public var minimumPairCount: Int
  /// The bytes that get symbols of their own; others will be dropped from every text.
  public var bytes: Set<UInt8>
  /// How the texts are cleaned and cut.
  public var cleaning: TextCleaning

  /// Every byte: no text loses anything.
  public static let allBytes = Set(UInt8.min...UInt8.max)
  /// What lower-cased English text is made of: 68 bytes, 136 symbols instead of 512.
  public static let lowercaseASCII = Set(
    (UInt8(0x21)...0x7e).filter { !(0x41...0x5a).contains($0) })

  /// - Parameter bytes: not empty; ``allBytes`` unless the vocabulary has to be tiny.
  public init(
    mergeCount: Int, minimumPairCount: Int = 2, bytes: Set<UInt8> = BPETrainer.allBytes,
    cleaning: TextCleaning = .ftfy
  ) {
    require(mergeCount >= 0, "\(mergeCount) merges can't be learned")
    require(minimumPairCount >= 1, "pairs that occur \(minimumPairCount) times can't be merged")
    require(!bytes.isEmpty, "a vocabulary needs at least one byte")
    self.mergeCount = mergeCount
    self.minimumPairCount = minimumPairCount
    self.bytes = bytes
    self.cleaning = cleaning
  }

  /// The vocabulary of `texts`: the bytes, the bytes at ends of words, the merges in the order they
  /// were learned, then the start and end tokens.
  public func train(on texts: some Sequence<String>) -> BPEVocabulary {
    let base = ByteAlphabet.bytes.filter(bytes.contains)
    var tokens =
      base.map { ByteAlphabet.token(of: [$0]) }
      + base.map { ByteAlphabet.token(of: [$0], endsWord: true) }
    var words = Words(counted(texts), base: base)
    var ids = Dictionary(uniqueKeysWithValues: tokens.enumerated().map { ($1, $0) })
    var merges: [(String, String)] = []
    while merges.count < mergeCount, let pair = words.mostFrequentPair(atLeast: minimumPairCount) {
      merges.append((tokens[pair.left], tokens[pair.right]))
      let product = tokens[pair.left] + tokens[pair.right]
      // Two merges may make the same token.
      let id = ids[product] ?? tokens.count
      if id == tokens.count {
        ids[product] = id
        tokens.append(product)
      }
      words.merge(pair, into: id)
    }
    return BPEVocabulary(
      tokens: tokens + [CLIPTokenizer.startToken, CLIPTokenizer.endToken], merges: merges)
  }

  /// How often each piece occurs, what has no symbols left out.
  private func counted(_ texts: some Sequence<String>) -> [[UInt8]: Int] {
    let special = [CLIPTokenizer.startToken, CLIPTokenizer.endToken].map { Array($0.utf8) }
    let splitter = CLIPTextSplitter(cleaning: cleaning)
    var counts: [[UInt8]: Int] = [:]
    for text in texts {
      for piece in splitter.pieces(of: text) where !special.contains(piece) {
        let known = piece.filter(bytes.contains)
        if !known.isEmpty { counts[known, default: 0] += 1 }
      }
    }
    return counts
  }
}

/// The words of the training texts as sequences of token ids, with their pairs counted.
private struct Words {
  struct Pair: Hashable {
    let left: Int
    let right: Int
  }

  private var words: [(ids: [Int], count: Int)]
  private var pairCounts: [Pair: Int] = [:]
  /// Where a pair has been seen; words that have lost it since may still be listed.
  private var places: [Pair: Set<Int>] = [:]

  init(_ counts: [[UInt8]: Int], base: [UInt8]) {
    let ids = Dictionary(uniqueKeysWithValues: base.enumerated().map { ($1, $0) })
    words = counts.map { word, count in
      var symbols = word.compactMap { ids[$0] }
      // The symbols at ends of words follow those inside, in the same order.
      symbols[symbols.count - 1] += base.count
      return (symbols, count)
    }
    for index in words.indices { count(index, sign: 1) }
  }

  func mostFrequentPair(atLeast minimum: Int) -> Pair? {
    let best = pairCounts.max {
      ($0.value, -$0.key.left, -$0.key.right) < ($1.value, -$1.key.left, -$1.key.right)
    }
    guard let best, best.value >= minimum else { return nil }
    return best.key
  }

  mutating func merge(_ pair: Pair, into product: Int) {
    for index in places.removeValue(forKey: pair) ?? [] {
      count(index, sign: -1)
      let ids = words[index].ids
      var merged: [Int] = []
      var position = 0
      while position < ids.count {
        if position + 1 < ids.count, ids[position] == pair.left, ids[position + 1] == pair.right {
          merged.append(product)
          position += 2
        } else {
          merged.append(ids[position])
          position += 1
        }
      }
      words[index].ids = merged
      count(index, sign: 1)
    }
  }

  /// Adds the pairs of a word to the counts, or takes them out.
  private mutating func count(_ index: Int, sign: Int) {
    let (ids, count) = words[index]
    for (left, right) in zip(ids, ids.dropFirst()) {
      let pair = Pair(left: left, right: right)
      let total = pairCounts[pair, default: 0] + sign * count
      pairCounts[pair] = total == 0 ? nil : total
      if sign > 0 { places[pair, default: []].insert(index) }
    }
  }
}
