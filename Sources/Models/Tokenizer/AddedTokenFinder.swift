/// Finds added tokens in text: the leftmost, and of those that begin there the longest.
struct AddedTokenFinder: Sendable {
  enum Segment {
    case text(ArraySlice<UInt8>)
    case token(Int32)
  }

  /// A tree by the bytes of the tokens: the node that a node and a byte lead to. The root is 0.
  private var branches: [UInt64: UInt32] = [:]
  private var ids: [UInt32: Int32] = [:]
  private var nodeCount: UInt32 = 1

  /// Adds a token, spelled in UTF-8; an empty one is never found.
  mutating func insert(_ token: some Sequence<UInt8>, id: Int32) {
    var node: UInt32 = 0
    for byte in token {
      let key = UInt64(node) << 8 | UInt64(byte)
      if let next = branches[key] {
        node = next
      } else {
        branches[key] = nodeCount
        node = nodeCount
        nodeCount += 1
      }
    }
    if node != 0 { ids[node] = id }
  }

  /// `text` as its tokens and what is between them.
  func segments(of text: [UInt8]) -> [Segment] {
    var result: [Segment] = []
    var (begin, position) = (0, 0)
    while position < text.count {
      guard let (length, id) = token(in: text, at: position) else {
        position += 1
        continue
      }
      if begin < position { result.append(.text(text[begin..<position])) }
      result.append(.token(id))
      position += length
      begin = position
    }
    if begin < text.count { result.append(.text(text[begin...])) }
    return result
  }

  private func token(in text: [UInt8], at begin: Int) -> (length: Int, id: Int32)? {
    var node: UInt32 = 0
    var found: (length: Int, id: Int32)?
    for position in begin..<text.count {
      guard let next = branches[UInt64(node) << 8 | UInt64(text[position])] else { break }
      node = next
      if let id = ids[node] { found = (position + 1 - begin, id) }
    }
    return found
  }
}
