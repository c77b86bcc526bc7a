import TensorCore

/// What a resumed run must share with the run it goes on with.
extension TrainingConfiguration {
  /// Keys that decide no number of the run: names, what is written and how often, and where the
  /// data set lies (its names, words and sizes count, and which files are one).
  private static let incidentalKeys = ["name", "output", "data.root"]
  /// What keys mean that runs may have been begun without.
  private static let impliedValues = ["denoiser.products": ProductPrecision.fp32.rawValue]

  /// The values of a configuration's text that decide the run's numbers.
  static func decidingValues(of text: String, path: String) throws -> [String: String] {
    try StrictYAML.values(of: text, path: path).filter { key, value in
      !incidentalKeys.contains { key == $0 || key.hasPrefix($0 + ".") }
        && impliedValues[key] != value
    }
  }

  /// Where this configuration decides otherwise than the text of an earlier one; nil when nowhere.
  package func differences(from earlier: String, path: String) throws -> String? {
    let old = try Self.decidingValues(of: earlier, path: path)
    let new = try Self.decidingValues(of: StrictYAML.encode(self), path: path)
    let changes = Set(old.keys).union(new.keys).sorted().filter { old[$0] != new[$0] }.map { key in
      let implied = Self.impliedValues[key] ?? "not there"
      return "\(key) is \(new[key] ?? implied), was \(old[key] ?? implied)"
    }
    return changes.isEmpty ? nil : changes.joined(separator: "; ")
  }

  /// Tells this configuration on these pictures from others.
  ///
  /// - Parameter pictures: of `examples`.
  func fingerprint(of examples: [TrainingExample], _ pictures: DistinctPictures) throws -> String {
    var hash = Fingerprint()
    let deciding = try Self.decidingValues(of: StrictYAML.encode(self), path: name)
    for (key, value) in deciding.sorted(by: { $0.key < $1.key }) {
      hash.combine(key)
      hash.combine(value)
    }
    func below(_ path: String) -> Substring {
      guard path.hasPrefix(data.root) else { return path[...] }
      return path.dropFirst(data.root.count).drop { $0 == "/" }
    }
    for (example, position) in zip(examples, pictures.positions) {
      // Which files are one decides how often the autoencoder sees them.
      hash.combine(UInt64(position.picture))
      hash.combine(UInt64(position.target))
      hash.combine(below(example.picturePath))
      hash.combine(below(example.targetPath))
      hash.combine(example.instruction)
      hash.combine(example.task.rawValue)
      hash.combine(UInt64(pictures.byteCounts[position.picture]))
      hash.combine(UInt64(pictures.byteCounts[position.target]))
    }
    return hash.text
  }
}
