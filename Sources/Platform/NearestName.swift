/// Suggestions for misspelt names.
public enum NearestName {
  /// The candidate with the fewest edits from `name`, when it is near enough to be meant.
  public static func of(_ name: String, among candidates: [String]) -> String? {
    let scored = candidates.map { ($0, distance(name.lowercased(), $0.lowercased())) }
    guard let best = scored.min(by: { $0.1 < $1.1 }) else { return nil }
    return best.1 <= max(2, name.count / 2) ? best.0 : nil
  }

  /// Insertions, deletions and substitutions between two names (Levenshtein).
  static func distance(_ a: String, _ b: String) -> Int {
    let a = Array(a.prefix(256))
    let b = Array(b.prefix(256))
    var row = Array(0...b.count)
    for i in a.indices {
      var diagonal = row[0]
      row[0] = i + 1
      for j in b.indices {
        let next = min(row[j + 1] + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0 : 1))
        diagonal = row[j + 1]
        row[j + 1] = next
      }
    }
    return row[b.count]
  }
}
