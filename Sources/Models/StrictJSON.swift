import Foundation
import Platform

/// Decoding of the small JSON files beside a model's weights.
package enum StrictJSON {
  /// The value that `json` describes, in which no object has a key twice: readers differ in which
  /// of the two they keep, and so would the model.
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
      try scanner.skipValue(uniqueKeys: true)
      try scanner.finish()
      return try JSONDecoder().decode(type, from: json)
    } catch let error as JSONScanner.Failure {
      throw failure("line \(error.line): \(error.message)")
    } catch let error as DecodingError {
      throw failure(explanation(error))
    }
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
