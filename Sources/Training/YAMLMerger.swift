import Platform
import Yams

/// Lays given values over known ones and gathers what doesn't belong.
struct YAMLMerger {
  /// Dotted paths of mappings that replace what was there before.
  let tables: Set<String>
  private(set) var problems: [String] = []

  init(tables: Set<String>) { self.tables = tables }

  /// - Parameters:
  ///   - current: what stands where nothing is given.
  ///   - known: the defaults, whose keys are all that exist.
  mutating func merge(
    _ given: Node, over current: Node, known: Node, at path: String
  ) -> Node {
    guard let knownMapping = known.mapping else { return given }
    guard let givenMapping = given.mapping else {
      problems.append("\(path) must be a mapping with the keys \(Self.names(knownMapping))")
      return current
    }
    var merged =
      tables.contains(path) ? Node.Mapping([]) : current.mapping ?? knownMapping
    for (key, value) in givenMapping {
      let name = key.string ?? ""
      let full = path.isEmpty ? name : "\(path).\(name)"
      guard let knownValue = knownMapping[key] else {
        reportUnknown(full, name, among: knownMapping)
        continue
      }
      merged[key] = merge(value, over: merged[key] ?? knownValue, known: knownValue, at: full)
    }
    return .mapping(merged)
  }

  /// One override: `value` at `keys` below `path`.
  mutating func set(
    _ keys: ArraySlice<String>, to value: Node, in current: Node, known: Node, at path: String
  ) -> Node {
    guard let name = keys.first else { return merge(value, over: current, known: known, at: path) }
    let full = path.isEmpty ? name : "\(path).\(name)"
    guard let knownMapping = known.mapping, var mapping = current.mapping else {
      problems.append("unknown key \(full): \(path) holds a value, not keys")
      return current
    }
    let key = Node(name)
    guard let knownValue = knownMapping[key] else {
      reportUnknown(full, name, among: knownMapping)
      return current
    }
    mapping[key] = set(
      keys.dropFirst(), to: value, in: mapping[key] ?? knownValue, known: knownValue, at: full)
    return .mapping(mapping)
  }

  private mutating func reportUnknown(_ full: String, _ name: String, among known: Node.Mapping) {
    let nearest = NearestName.of(name, among: known.keys.compactMap(\.string))
    problems.append(
      "unknown key \(full)"
        + (nearest.map { ", did you mean \($0)?" } ?? "; known are \(Self.names(known))"))
  }

  private static func names(_ mapping: Node.Mapping) -> String {
    mapping.keys.compactMap(\.string).joined(separator: ", ")
  }
}
