import Foundation
import Platform
import Yams

/// Decoding of a configuration that knows all its keys: defaults first, then a YAML file, then
/// single overrides. An unknown key is an error that names the nearest known one.
public enum StrictYAML {
  /// - Parameters:
  ///   - defaults: gives every key that exists, and its value when nothing else is said.
  ///   - text: the file's content, a mapping.
  ///   - overrides: `section.key=value`, applied last, values in YAML.
  ///   - path: of the file, for messages.
  /// - Throws: ``ReportableError`` (`badData`) that lists all unknown keys at once.
  public static func decode<Value: Codable>(
    _ type: Value.Type = Value.self, defaults: Value, text: String, overrides: [String] = [],
    path: String
  ) throws -> Value {
    let known = try tree(of: defaults)
    var given: Node
    do {
      given = try Yams.compose(yaml: text) ?? Node.mapping(Node.Mapping([]))
    } catch {
      throw ReportableError(.badData, "is not valid YAML; correct it", path: path, cause: error)
    }
    for override in overrides {
      given = try applying(override, to: given)
    }
    guard given.mapping != nil else {
      throw ReportableError(.badData, "must be a mapping of keys to values", path: path)
    }
    var problems: [String] = []
    let merged = merge(given, over: known, at: "", problems: &problems)
    guard problems.isEmpty else {
      throw ReportableError(.badData, problems.joined(separator: "; "), path: path)
    }
    do {
      return try YAMLDecoder().decode(Value.self, from: Yams.serialize(node: merged))
    } catch let error as DecodingError {
      throw ReportableError(.badData, describe(error), path: path)
    }
  }

  /// The configuration as YAML, all keys spelt out.
  public static func encode<Value: Encodable>(_ value: Value) throws -> String {
    let encoder = YAMLEncoder()
    encoder.options.sortKeys = false
    return try encoder.encode(value)
  }

  private static func tree<Value: Encodable>(of value: Value) throws -> Node {
    try Yams.compose(yaml: encode(value)) ?? Node.mapping(Node.Mapping([]))
  }

  /// Keys are matched against `known`; an empty known mapping accepts any key (a free-form table).
  private static func merge(
    _ given: Node, over known: Node, at path: String, problems: inout [String]
  ) -> Node {
    guard let knownMapping = known.mapping else { return given }
    guard let givenMapping = given.mapping else {
      problems.append("\(path) must be a mapping with the keys \(names(knownMapping))")
      return known
    }
    guard !knownMapping.isEmpty else { return given }
    var merged = knownMapping
    for (key, value) in givenMapping {
      let name = key.string ?? ""
      let full = path.isEmpty ? name : "\(path).\(name)"
      guard let knownValue = knownMapping[key] else {
        problems.append(unknown(full, name, among: knownMapping.keys.compactMap(\.string)))
        continue
      }
      merged[key] = merge(value, over: knownValue, at: full, problems: &problems)
    }
    return .mapping(merged)
  }

  private static func names(_ mapping: Node.Mapping) -> String {
    mapping.keys.compactMap(\.string).joined(separator: ", ")
  }

  private static func unknown(_ full: String, _ name: String, among known: [String]) -> String {
    let nearest = NearestName.of(name, among: known)
    return "unknown key \(full)"
      + (nearest.map { ", did you mean \($0)?" } ?? "; known are \(known.joined(separator: ", "))")
  }

  private static func applying(_ override: String, to node: Node) throws -> Node {
    guard let split = override.firstIndex(of: "="), split != override.startIndex else {
      throw ReportableError(.usage, "--set needs key=value, not \"\(override)\"")
    }
    let keys = override[..<split].split(separator: ".", omittingEmptySubsequences: false)
    let valueText = String(override[override.index(after: split)...])
    let value: Node
    do {
      value = try Yams.compose(yaml: valueText) ?? Node("null", Tag(.null))
    } catch {
      throw ReportableError(.usage, "the value of --set \(override) is not valid YAML")
    }
    return setting(keys[...], value, in: node)
  }

  private static func setting(
    _ keys: ArraySlice<Substring>, _ value: Node, in node: Node
  ) -> Node {
    guard let first = keys.first else { return value }
    let key = Node(String(first))
    var mapping = node.mapping ?? Node.Mapping([])
    mapping[key] = setting(keys.dropFirst(), value, in: mapping[key] ?? .mapping(.init([])))
    return .mapping(mapping)
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
    case is Double.Type, is Float.Type: "a number"
    case is Bool.Type: "true or false"
    case is String.Type: "a text"
    default: "of another type (\(type))"
    }
  }
}
