import Platform
import Synchronization

/// CLIP's byte-level byte-pair tokenizer, the one of Stable Diffusion 1.x and InstructPix2Pix.
///
/// Gives the ids of transformers' CLIP tokenizers, all three of them (see ``TextCleaning`` for how
/// they treat the text). Goldens: `clip-ids-ftfy.json`, `clip-ids-python.json`, `clip-ids-fast.json`,
/// `clip-tokenizer.json`.
///
/// Deviates: a byte that the vocabulary has no symbols for is dropped. CLIP's own vocabulary has
/// all; in a smaller one transformers puts the end token in its place, in the middle of the prompt.
public struct CLIPTokenizer: Sendable {
  /// Begins every sequence.
  public static let startToken = "<|startoftext|>"
  /// Ends every sequence and fills it up.
  public static let endToken = "<|endoftext|>"

  /// The id of ``startToken``.
  public let startID: Int32
  /// The id of ``endToken``.
  public let endID: Int32
  /// What sequences are filled up with: the end token, unless the files name another.
  public let padID: Int32
  /// One more than the largest id: rows that the token embedding needs.
  public let vocabularyCount: Int

  /// Whose treatment of the text it follows.
  public let cleaning: TextCleaning

  private let tables: TokenTables
  private let cache = PieceCache()
  /// Added tokens that are found in the text as it comes, and those found in the cleaned text.
  private let finders: (raw: AddedTokenFinder, clean: AddedTokenFinder)

  init(_ tables: TokenTables, cleaning: TextCleaning) {
    self.tables = tables
    self.cleaning = cleaning
    startID = tables.startID
    endID = tables.endID
    padID = tables.padID
    vocabularyCount = tables.tokens.count
    var finders = (raw: AddedTokenFinder(), clean: AddedTokenFinder())
    for token in tables.added {
      if cleaning == .fast, token.isNormalized {
        let clean = String(String.UnicodeScalarView(FastTextCleaner.cleaned(token.content)))
        finders.clean.insert(clean.utf8, id: token.id)
      } else {
        finders.raw.insert(token.content.utf8, id: token.id)
      }
    }
    self.finders = finders
  }

  /// The sequence for the text encoder: start, at most `length - 2` tokens of `text`, end, and the
  /// padding token up to `length`.
  ///
  /// - Parameter length: 2 or more; CLIP's position table has 77 rows.
  /// - Returns: `[length]` ids.
  public func encode(_ text: String, length: Int = 77) -> [Int32] {
    require(length >= 2, "a token sequence of length \(length) has no room for its start and end")
    var ids = [startID] + ids(of: text, limit: length - 2) + [endID]
    ids.append(contentsOf: repeatElement(padID, count: length - ids.count))
    return ids
  }

  /// How many of the tokens of `text` ``encode(_:length:)`` leaves out.
  public func truncatedCount(_ text: String, length: Int = 77) -> Int {
    max(0, ids(of: text).count - (length - 2))
  }

  /// The ids of `text` alone, without start, end or limit.
  public func ids(of text: String) -> [Int32] { ids(of: text, limit: .max) }

  /// The tokens of `text` as the vocabulary spells them, `</w>` at ends of words.
  public func tokens(of text: String) -> [String] { ids(of: text).map { tables.tokens[Int($0)] } }

  /// Makes sure that the text encoder has a row for every token.
  ///
  /// - Throws: ``ReportableError`` (`badData`) without a path.
  public func check(fits encoder: TextEncoderConfiguration) throws {
    let rowCount = encoder.vocabularySize
    guard vocabularyCount > rowCount else { return }
    throw ReportableError(
      .badData,
      "knows \(vocabularyCount) tokens, but the text encoder has rows for only \(rowCount): "
        + "\(quoted(tables.tokens[rowCount])) has the id \(rowCount); remove the tokens that were "
        + "added, or take the text encoder that was trained with them")
  }

  /// The text that `ids` stand for, blanks where words end, broken UTF-8 repaired.
  ///
  /// - Parameter keepingSpecialTokens: whether start, end and padding tokens are spelled out.
  /// - Precondition: every id is below ``vocabularyCount``.
  public func decode(_ ids: some Sequence<Int32>, keepingSpecialTokens: Bool = false) -> String {
    var bytes: [UInt8] = []
    for id in ids {
      require(tables.tokens.indices.contains(Int(id)), "token id \(id) is not in the vocabulary")
      if !keepingSpecialTokens, id == startID || id == endID || id == padID { continue }
      if let (token, endsWord) = ByteAlphabet.bytes(of: tables.tokens[Int(id)]) {
        bytes.append(contentsOf: token)
        if endsWord { bytes.append(UInt8(ascii: " ")) }
      }
    }
    let text = String(decoding: bytes, as: UTF8.self).unicodeScalars
    let isBlank = { (scalar: Unicode.Scalar) in scalar.properties.isWhitespace }
    guard let first = text.firstIndex(where: { !isBlank($0) }),
      let last = text.lastIndex(where: { !isBlank($0) })
    else { return "" }
    return String(text[first...last])
  }

  private func ids(of text: String, limit: Int) -> [Int32] {
    var result: [Int32] = []
    for segment in finders.raw.segments(of: Array(text.utf8)) {
      if result.count >= limit { break }
      switch segment {
      case .token(let id): result.append(id)
      case .text(let text):
        append(String(decoding: text, as: UTF8.self), to: &result, limit: limit)
      }
    }
    return Array(result.prefix(limit))
  }

  /// Appends the ids of text without added tokens, at least up to `limit`.
  private func append(_ text: String, to result: inout [Int32], limit: Int) {
    let splitter = CLIPTextSplitter(cleaning: cleaning)
    switch cleaning {
    case .python, .ftfy:
      append(splitter.pieces(of: text), to: &result, limit: limit)
    case .fast:
      let clean = String(String.UnicodeScalarView(FastTextCleaner.cleaned(text)))
      for segment in finders.clean.segments(of: Array(clean.utf8)) {
        switch segment {
        case .token(let id): result.append(id)
        case .text(let text):
          let scalars = Array(String(decoding: text, as: UTF8.self).unicodeScalars)
          append(splitter.pieces(ofClean: scalars), to: &result, limit: limit)
        }
      }
    }
  }

  private func append(_ pieces: [[UInt8]], to result: inout [Int32], limit: Int) {
    for piece in pieces {
      if result.count >= limit { return }
      result.append(contentsOf: cache.ids(of: piece) { tables.ids(of: $0) })
    }
  }
}

/// Ids of the words met so far: prompts come from templates and repeat themselves.
private final class PieceCache: Sendable {
  private let entries = Mutex<[[UInt8]: [Int32]]>([:])
  private static let maximumCount = 1 << 16
  private static let maximumByteCount = 64

  func ids(of piece: [UInt8], otherwise compute: ([UInt8]) -> [Int32]) -> [Int32] {
    guard piece.count <= Self.maximumByteCount else { return compute(piece) }
    if let known = entries.withLock({ $0[piece] }) { return known }
    let ids = compute(piece)
    entries.withLock {
      if $0.count < Self.maximumCount { $0[piece] = ids }
    }
    return ids
  }
}
