/// A field of a reference configuration that may be one value for all levels or a list of one
/// value per level.
struct OneOrMany<Value: Codable & Hashable & Sendable>: Codable, Hashable, Sendable {
  let values: [Value]
  let isSingle: Bool

  /// Writes a single value where all are the same.
  init(_ values: [Value]) {
    self.values = values
    isSingle = Set(values).count == 1
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Value.self) {
      values = [value]
      isSingle = true
    } else {
      values = try container.decode([Value].self)
      isSingle = false
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if isSingle, let first = values.first {
      try container.encode(first)
    } else {
      try container.encode(values)
    }
  }

  /// One value for each of `count` levels; nil when a list has another length.
  func expanded(to count: Int) -> [Value]? {
    if isSingle, let first = values.first { return Array(repeating: first, count: count) }
    return values.count == count ? values : nil
  }
}
