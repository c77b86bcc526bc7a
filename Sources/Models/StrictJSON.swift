import Foundation
import Platform

/// Decoding of the small JSON files beside a model's weights.
package enum StrictJSON {
  /// The value that `json` describes, in which no object has a key twice: readers differ in which
  /// of the two they keep, and so would the model.
  ///
  /// Python's words for infinity and no number are taken as such numbers, which ranges exclude.
  ///
  /// - Parameter kind: what the text should be, for messages, such as "a model card".
  /// - Throws: ``ReportableError`` (`badData`) without a path, or what the value's own decoding throws.
  package static func decode<Value: Decodable>(
    _ type: Value.Type, from json: Data, as kind: String, remedy: String
  ) throws -> Value {
    func failure(_ why: String) -> ReportableError {
      ReportableError(.badData, "is not \(kind): \(why); \(remedy)")
    }
    do {
      var scanner = JSONScanner([UInt8](json))
      scanner.takesNonFiniteNumbers = true
      try scanner.skipValue(uniqueKeys: true)
      try scanner.finish()
      let decoder = JSONDecoder()
      decoder.nonConformingFloatDecodingStrategy = .convertFromString(
        positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
      return try decoder.decode(type, from: quoting(scanner.nonFiniteNumbers, in: json))
    } catch let error as JSONScanner.Failure {
      throw failure("line \(error.line): \(error.message)")
    } catch let error as DecodingError {
      throw failure(explanation(error))
    }
  }

  /// `json` with a whole number for `key` in its outermost object, in the place of what was there or
  /// before all else; every other byte stays.
  ///
  /// - Throws: ``JSONScanner/Failure`` for what is no object.
  package static func replacing(_ key: String, with number: Int, in json: Data) throws -> Data {
    let bytes = [UInt8](json)
    var scanner = JSONScanner(bytes)
    scanner.takesNonFiniteNumbers = true
    var place: Range<Int>?
    var isEmpty = true
    _ = scanner.peek()
    let inside = scanner.offset + 1
    try scanner.object { scanner, name in
      isEmpty = false
      _ = scanner.peek()
      let start = scanner.offset
      try scanner.skipValue()
      if name == key { place = start..<scanner.offset }
    }
    let text =
      place == nil ? "\(JSONScanner.text(key)): \(number)" + (isEmpty ? "" : ", ") : "\(number)"
    let replaced = place ?? inside..<inside
    return Data(bytes[..<replaced.lowerBound] + Array(text.utf8) + bytes[replaced.upperBound...])
  }

  /// `json` with quotation marks around these words: decoders take such numbers only as strings.
  private static func quoting(_ words: [Range<Int>], in json: Data) -> Data {
    guard !words.isEmpty else { return json }
    let bytes = [UInt8](json)
    let mark = UInt8(ascii: "\"")
    var result: [UInt8] = []
    var position = 0
    for word in words {
      result += bytes[position..<word.lowerBound] + [mark] + bytes[word] + [mark]
      position = word.upperBound
    }
    return Data(result + bytes[position...])
  }

  private static func explanation(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "\(quoted(key.stringValue)) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .dataCorrupted(let context):
      context.codingPath.isEmpty
        ? context.debugDescription
        : "\(quoted(context.codingPath.map(\.stringValue).joined(separator: "."))) has the wrong kind"
    @unknown default: "unreadable"
    }
  }
}
