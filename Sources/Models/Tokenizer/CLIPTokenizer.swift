import Platform
import Synchronization

/// CLIP's byte-level byte-pair tokenizer, the one of Stable Diffusion 1.x and InstructPix2Pix.
///
/// Gives the ids of transformers' slow `CLIPTokenizer` without ftfy (see ``CLIPTextSplitter`` for
/// the treatment of the text). Goldens: `clip-tokenizer.json`, `tiny-tokenizer.json`.
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
  /// What sequences are filled up with.
  public var padID: Int32 { endID }
  /// One more than the largest id: rows that the token embedding needs.
  public let vocabularyCount: Int

  private let tables: TokenTables
  private let cache = PieceCache()

  init(_ tables: TokenTables) {
    self.tables = tables
    startID = tables.startID
    endID = tables.endID
    vocabularyCount = tables.tokens.count
  }

  /// The sequence for the text encoder: start, at most `length - 2` tokens of `text`, end, and end
  /// again up to `length`.
  ///
  /// - Parameter length: 2 or more; CLIP's position table has 77 rows.
  /// - Returns: `[length]` ids.
  public func encode(_ text: String, length: Int = 77) -> [Int32] {
    require(length >= 2, "a token sequence of length \(length) has no room for its start and end")
    var ids = [startID] + ids(of: text, limit: length - 2)
    ids.append(contentsOf: repeatElement(endID, count: length - ids.count))
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

  /// The text that `ids` stand for, blanks where words end, broken UTF-8 repaired.
  ///
  /// - Parameter keepingSpecialTokens: whether start and end tokens are spelled out.
  /// - Precondition: every id is below ``vocabularyCount``.
  public func decode(_ ids: some Sequence<Int32>, keepingSpecialTokens: Bool = false) -> String {
    var bytes: [UInt8] = []
    for id in ids {
      require(tables.tokens.indices.contains(Int(id)), "token id \(id) is not in the vocabulary")
      if !keepingSpecialTokens, id == startID || id == endID { continue }
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
    for segment in segments(of: text) {
      switch segment {
      case .special(let id): result.append(id)
      case .text(let text):
        for piece in CLIPTextSplitter.pieces(of: text) {
          if result.count >= limit { break }
          result.append(contentsOf: cache.ids(of: piece) { tables.ids(of: $0) })
        }
      }
      if result.count >= limit { break }
    }
    return Array(result.prefix(limit))
  }

  private enum Segment {
    case text(String)
    case special(Int32)
  }

  /// Special tokens that are spelled exactly stand for themselves and separate what is around them,
  /// before anything is cleaned.
  private func segments(of text: String) -> [Segment] {
    let marker = Array("<|".utf8)
    var rest = Array(text.utf8)[...]
    var plain: [UInt8] = []
    var result: [Segment] = []
    while let byte = rest.first {
      if byte == marker[0], rest.starts(with: marker),
        let special = [(Self.startToken, startID), (Self.endToken, endID)]
          .first(where: { rest.starts(with: $0.0.utf8) })
      {
        if !plain.isEmpty { result.append(.text(String(decoding: plain, as: UTF8.self))) }
        plain = []
        result.append(.special(special.1))
        rest = rest.dropFirst(special.0.utf8.count)
      } else {
        plain.append(byte)
        rest = rest.dropFirst()
      }
    }
    if !plain.isEmpty { result.append(.text(String(decoding: plain, as: UTF8.self))) }
    return result
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
