import Platform

/// The elements of a small XML file (PASCAL VOC annotations): names, text and children. Attributes,
/// comments and declarations are passed over; entities other than the five of XML are refused.
package struct MarkupTree {
  package var name: String
  /// The text directly inside, trimmed.
  package var text: String
  package var children: [MarkupTree]

  static let maximumDepth = 32

  package init(_ document: String, path: String) throws {
    var reader = Reader(rest: Array(document.unicodeScalars)[...])
    do {
      self = try reader.document()
    } catch let error as ReportableError {
      throw error.at(path)
    }
  }

  private init(name: String, text: String, children: [MarkupTree]) {
    self.name = name
    self.text = text
    self.children = children
  }

  /// All elements of that name below this one, in the order of the file.
  package func descendants(_ name: String) -> [MarkupTree] {
    children.flatMap { ($0.name == name ? [$0] : []) + $0.descendants(name) }
  }

  private struct Reader {
    var rest: ArraySlice<Unicode.Scalar>

    mutating func document() throws -> MarkupTree {
      if rest.first == "\u{FEFF}" { rest.removeFirst() }
      var outside = String.UnicodeScalarView()
      guard let tag = try nextTag(&outside), !tag.isClosing else {
        throw problem("no element was found")
      }
      let root = try element(tag, depth: 0)
      guard try nextTag(&outside) == nil else { throw problem("something follows the end") }
      return root
    }

    private mutating func element(_ tag: Tag, depth: Int) throws -> MarkupTree {
      guard depth < MarkupTree.maximumDepth else { throw problem("the nesting is too deep") }
      var element = MarkupTree(name: tag.name, text: "", children: [])
      if tag.isEmpty { return element }
      var text = String.UnicodeScalarView()
      while let next = try nextTag(&text) {
        if next.isClosing {
          guard next.name == tag.name else {
            throw problem("</\(next.name)> closes <\(tag.name)>")
          }
          element.text = try MarkupTree.decoded(String(text)).trimmed
          return element
        }
        element.children.append(try self.element(next, depth: depth + 1))
      }
      throw problem("<\(tag.name)> is not closed")
    }

    private struct Tag {
      var name: String
      var isClosing = false
      var isEmpty = false
    }

    /// The next opening or closing tag; the text before it is appended to `text`.
    private mutating func nextTag(_ text: inout String.UnicodeScalarView) throws -> Tag? {
      while let scalar = rest.popFirst() {
        guard scalar == "<" else {
          text.append(scalar)
          continue
        }
        if rest.first == "?" {
          try skip(past: "?>")
        } else if rest.starts(with: "!--".unicodeScalars) {
          try skip(past: "-->")
        } else if rest.first == "!" {
          try skip(past: ">")
        } else {
          return try tag()
        }
      }
      return nil
    }

    private mutating func tag() throws -> Tag {
      var content = String.UnicodeScalarView()
      var quote: Unicode.Scalar?
      while let scalar = rest.popFirst() {
        if let open = quote {
          if scalar == open { quote = nil }
        } else if scalar == "\"" || scalar == "'" {
          quote = scalar
        } else if scalar == ">" {
          let text = String(content)
          let isClosing = text.hasPrefix("/")
          let isEmpty = text.hasSuffix("/") && !isClosing
          let name = text.drop { $0 == "/" }.prefix { !$0.isWhitespace && $0 != "/" }
          guard !name.isEmpty else { throw problem("a tag has no name") }
          return Tag(name: String(name), isClosing: isClosing, isEmpty: isEmpty)
        }
        content.append(scalar)
      }
      throw problem("a tag is not closed")
    }

    private mutating func skip(past end: String) throws {
      let end = Array(end.unicodeScalars)
      while !rest.isEmpty {
        if rest.starts(with: end) {
          rest.removeFirst(end.count)
          return
        }
        rest.removeFirst()
      }
      throw problem("a comment or declaration is not closed")
    }

    private func problem(_ what: String) -> ReportableError {
      MarkupTree.problem(what)
    }
  }

  private static func problem(_ what: String) -> ReportableError {
    ReportableError(.badData, "is not the XML that is expected: \(what); get the file again")
  }

  private static func decoded(_ text: String) throws -> String {
    guard text.contains("&") else { return text }
    var result = ""
    var rest = text[...]
    while let start = rest.firstIndex(of: "&") {
      result += rest[..<start]
      let entities = [
        "&lt;": "<", "&gt;": ">", "&quot;": "\"", "&apos;": "'", "&amp;": "&",
      ]
      guard let entity = entities.first(where: { rest[start...].hasPrefix($0.key) }) else {
        throw problem("an unknown entity is used")
      }
      result += entity.value
      rest = rest[start...].dropFirst(entity.key.count)
    }
    return result + rest
  }
}

extension String {
  fileprivate var trimmed: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
