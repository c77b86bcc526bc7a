import Platform

/// A vocabulary and its merges, checked against each other and indexed for encoding.
struct TokenTables: Sendable {
  /// Spelling by id; empty for ids that no token has.
  private(set) var tokens: [String]
  let startID: Int32
  let endID: Int32
  let padID: Int32
  /// What is found in the text before it is cut.
  let added: [AddedToken]
  private var merger = BytePairMerger()
  /// By byte: the symbol inside a word and the one at its end, nil unless the vocabulary has both.
  private var symbols: [(inside: Int32, last: Int32)?]

  /// More rows than any text encoder's embedding has; bounds what a file can make us allocate.
  static let maximumCount = 1 << 20

  /// What is wrong with the merges, to be said of their file.
  struct MergeFailure: Error { let message: String }

  /// - Throws: ``ReportableError`` about the vocabulary, ``MergeFailure`` about the merges.
  ///
  /// - Parameter place: names the merge of an index in messages, such as "line 7".
  init(
    vocabulary: [String: Int], merges: [(String, String)], settings: TokenizerSettings,
    place: (Int) -> String
  ) throws {
    tokens = try Self.spellings(vocabulary)
    let roles = try settings.resolved(vocabulary)
    (startID, endID, padID, added) = (roles.startID, roles.endID, roles.padID, roles.added)
    try Self.insert(added, into: &tokens)

    // Symbols that may be merged: those of single bytes, and what the merges before have made.
    var made = [Bool](repeating: false, count: tokens.count)
    symbols = (UInt8.min...UInt8.max).map { byte in
      let inside = vocabulary[ByteAlphabet.token(of: [byte])].map(Int32.init)
      let last = vocabulary[ByteAlphabet.token(of: [byte], endsWord: true)].map(Int32.init)
      if let inside { made[Int(inside)] = true }
      if let last { made[Int(last)] = true }
      guard let inside, let last else { return nil }
      return (inside, last)
    }
    guard symbols.contains(where: { $0 != nil }) else {
      throw ReportableError(
        .badData, "has no single-byte tokens; it is not a byte-level vocabulary")
    }
    merger.reserveCapacity(merges.count)
    for (index, merge) in merges.enumerated() {
      func id(_ token: String) throws -> Int32 {
        guard let id = vocabulary[token] else {
          throw MergeFailure(
            message: "\(place(index)): \(quoted(token)) is not in the vocabulary; the two files "
              + "belong to different models")
        }
        return Int32(id)
      }
      let (left, right) = (try id(merge.0), try id(merge.1))
      let product = try id(merge.0 + merge.1)
      for (part, token) in [(left, merge.0), (right, merge.1)] where !made[Int(part)] {
        throw MergeFailure(
          message: "\(place(index)): \(quoted(token)) is merged before any line has made it; the "
            + "lines are out of order")
      }
      guard merger.append(left, right, product: product) else {
        throw MergeFailure(
          message: "\(place(index)): \(quoted(merge.0)) and \(quoted(merge.1)) are merged "
            + "by an earlier line already")
      }
      made[Int(product)] = true
    }
  }

  /// The ids of one piece of text, given as UTF-8.
  func ids(of piece: [UInt8]) -> [Int32] {
    if piece.first == UInt8(ascii: "<"), piece.count > 2 {
      if piece.elementsEqual(CLIPTokenizer.startToken.utf8) { return [startID] }
      if piece.elementsEqual(CLIPTokenizer.endToken.utf8) { return [endID] }
    }
    let known = piece.compactMap { symbols[Int($0)] }
    guard let last = known.last else { return [] }
    return merger.merged(known.dropLast().map(\.inside) + [last.last])
  }

  private static func spellings(_ vocabulary: [String: Int]) throws -> [String] {
    guard let largest = vocabulary.values.max() else {
      throw ReportableError(.badData, "is an empty vocabulary")
    }
    guard largest < maximumCount else {
      throw ReportableError(
        .badData, "has the token id \(largest); ids are below \(maximumCount) in any CLIP model")
    }
    var tokens = [String](repeating: "", count: max(0, largest) + 1)
    for (token, id) in vocabulary {
      guard id >= 0, tokens[id].isEmpty, !token.isEmpty, ByteAlphabet.bytes(of: token) != nil else {
        throw ReportableError(
          .badData,
          "has a token \(quoted(token)) with the id \(id) that is empty, shares its id or is not "
            + "spelled in byte symbols")
      }
      tokens[id] = token
    }
    return tokens
  }

  /// Puts added tokens beside those of the vocabulary; together they must have every id.
  private static func insert(_ added: [AddedToken], into tokens: inout [String]) throws {
    for token in added {
      let id = Int(token.id)
      if id >= tokens.count {
        tokens.append(contentsOf: repeatElement("", count: id + 1 - tokens.count))
      }
      guard tokens[id].isEmpty || tokens[id] == token.content else {
        throw ReportableError(
          .badData,
          "has the id \(id) for \(quoted(token.content)) and for \(quoted(tokens[id])); fetch the "
            + "tokenizer folder again")
      }
      tokens[id] = token.content
    }
    if let gap = tokens.firstIndex(where: \.isEmpty) {
      throw ReportableError(
        .badData, "has no token with the id \(gap); fetch the tokenizer folder again")
    }
  }
}
