import Foundation
import Platform
import Yams

/// Decoding of a configuration that knows all its keys: defaults first, then a YAML file, then
/// single overrides. An unknown key is an error that names the nearest known one.
public enum StrictYAML {
  /// - Parameters:
  ///   - defaults: gives every key that exists, and its value when nothing else is said.
  ///   - text: the file's content, a mapping.
  ///   - overrides: `section.key=value`, applied last and in order, values in YAML.
  ///   - tables: dotted paths of mappings that are given as a whole: what they don't list is left
  ///     out instead of taken from the defaults, which only say what may be listed.
  ///   - path: of the file, for messages.
  /// - Throws: ``ReportableError`` (`badData`) that lists all unknown keys at once; `usage` for an
  ///   override without `=`.
  public static func decode<Value: Codable>(
    _ type: Value.Type = Value.self, defaults: Value, text: String, overrides: [String] = [],
    tables: Set<String> = [], path: String
  ) throws -> Value {
    let known = try compose(encode(defaults), path: path)
    let given = try compose(text, path: path)
    guard given.mapping != nil else {
      throw ReportableError(.badData, "must be a mapping of keys to values", path: path)
    }
    var merger = YAMLMerger(tables: tables)
    var merged = merger.merge(given, over: known, known: known, at: "")
    for override in overrides {
      let (keys, value) = try parse(override)
      merged = merger.set(keys[...], to: value, in: merged, known: known, at: "")
    }
    guard merger.problems.isEmpty else {
      throw ReportableError(.badData, merger.problems.joined(separator: "; "), path: path)
    }
    do {
      return try YAMLDecoder().decode(Value.self, from: merged)
    } catch let error as DecodingError {
      throw ReportableError(.badData, describe(error), path: path)
    }
  }

  /// The configuration as YAML, all keys spelt out, numbers as short as they can be read back.
  public static func encode<Value: Encodable>(_ value: Value) throws -> String {
    let encoder = YAMLEncoder()
    encoder.options.sortKeys = false
    let text = try encoder.encode(value)
    return try Yams.serialize(node: plain(try Yams.compose(yaml: text) ?? empty))
  }

  /// Every value of a YAML text as text, by dotted key.
  package static func values(of text: String, path: String) throws -> [String: String] {
    var values: [String: String] = [:]
    func visit(_ node: Node, _ key: String) {
      switch node {
      case .mapping(let mapping):
        for (name, value) in mapping {
          let name = name.string ?? ""
          visit(value, key.isEmpty ? name : "\(key).\(name)")
        }
      case .sequence(let sequence):
        values[key] = "[" + sequence.map { $0.string ?? "..." }.joined(separator: ", ") + "]"
      case .scalar(let scalar): values[key] = scalar.string
      default: values[key] = ""
      }
    }
    visit(try compose(text, path: path), "")
    return values
  }

  private static var empty: Node { .mapping(Node.Mapping([])) }

  private static func compose(_ text: String, path: String) throws -> Node {
    do {
      return try Yams.compose(yaml: text) ?? empty
    } catch {
      throw ReportableError(.badData, "is not valid YAML; correct it", path: path, cause: error)
    }
  }

  /// `1e-1` as `0.1`.
  private static func plain(_ node: Node) -> Node {
    switch node {
    case .mapping(let mapping):
      return .mapping(Node.Mapping(mapping.map { ($0.key, plain($0.value)) }))
    case .sequence(let sequence):
      // Lists of numbers read best on one line.
      return .sequence(Node.Sequence(sequence.map(plain), .implicit, .flow))
    case .scalar(let scalar):
      guard node.tag.rawValue == Tag.Name.float.rawValue, let number = Double(scalar.string),
        number.isFinite
      else { return node }
      return Node("\(number)")
    default: return node
    }
  }

  private static func parse(_ override: String) throws -> (keys: [String], value: Node) {
    guard let split = override.firstIndex(of: "="), split != override.startIndex else {
      throw ReportableError(.usage, "--set needs key=value, not \"\(override)\"")
    }
    let keys = override[..<split].split(separator: ".", omittingEmptySubsequences: false)
    let text = String(override[override.index(after: split)...])
    do {
      return (keys.map(String.init), try Yams.compose(yaml: text) ?? Node("", Tag(.str)))
    } catch {
      throw ReportableError(.usage, "the value of --set \(override) is not valid YAML")
    }
  }

  private static func describe(_ error: DecodingError) -> String {
    func keyPath(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    switch error {
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      return "\(keyPath(context)) must be \(friendlyName(type))"
    case .keyNotFound(let key, let context):
      return "\(keyPath(context)) lacks the key \(key.stringValue)"
    case .dataCorrupted(let context):
      return "\(keyPath(context)): \(context.debugDescription)"
    @unknown default:
      return "can't be understood"
    }
  }

  private static func friendlyName(_ type: Any.Type) -> String {
    switch type {
    case is Int.Type: "a whole number"
    case is UInt64.Type: "a whole number that is not negative"
    case is Double.Type, is Float.Type: "a number"
    case is Bool.Type: "true or false"
    case is String.Type: "a text"
    case is [Int].Type: "a list of whole numbers"
    case is [Bool].Type: "a list of true and false"
    case is Node.Scalar.Type: "a single value"
    case is Node.Sequence.Type: "a list"
    default: "of another kind (\(type))"
    }
  }
}
