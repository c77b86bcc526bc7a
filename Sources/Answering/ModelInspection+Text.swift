import Foundation
import Platform

extension ModelInspection {
  /// For people.
  public var text: String {
    var lines = ["\(card.name.isEmpty ? "model" : Self.plain(card.name)): \(path)"]
    lines.append("  layout: \(layout)")
    lines.append("  architecture: \(architecture)")
    for part in parts { lines += Self.lines(of: part) }
    if let vocabularyCount { lines.append("  tokenizer: \(vocabularyCount) entries") }
    if let schedule { lines.append("  scheduler: \(schedule)") }
    if let sampler { lines.append("  sampler: \(sampler)") }
    if let sizeMultiple, schedule != nil {
      lines.append(
        "  asked best with: \(card.sampler), \(card.steps) steps, guidance "
          + "\(card.textGuidance) (text) and \(card.imageGuidance) (image), resolution "
          + "\(card.resolution) in multiples of \(sizeMultiple), pictures "
          + (card.squashesPictures ? "squashed" : "fitted") + ", outlines "
          + "\(card.outlineWidth) pixels wide")
      for (task, advice) in card.tasks.sorted(by: { $0.key < $1.key }) {
        let differences = [
          advice.steps.map { "\($0) steps" }, advice.textGuidance.map { "guidance \($0) (text)" },
          advice.imageGuidance.map { "guidance \($0) (image)" },
        ].compactMap(\.self)
        lines.append("    \(Self.plain(task)): \(differences.joined(separator: ", "))")
      }
      for (key, value) in card.provenance.sorted(by: { $0.key < $1.key }) {
        lines.append("  \(Self.plain(key)): \(Self.plain(value))")
      }
    }
    if !leftOutCounts.isEmpty {
      let groups = leftOutCounts.sorted { $0.key < $1.key }
      let shown = groups.prefix(8).map { "\(Self.plain($0.key)) (\($0.value))" }
      lines.append(
        "  not needed: \(shown.joined(separator: ", "))\(groups.count > 8 ? ", ..." : "")")
    }
    lines.append(
      "  total: \(Self.millions(parts.reduce(0) { $0 + $1.parameterCount })) parameters, "
        + Self.size(parts.reduce(0) { $0 + $1.byteCount }))
    lines.append("  digest: \(digest)")
    return lines.joined(separator: "\n")
  }

  private static func lines(of part: Part) -> [String] {
    var lines = [
      "  \(part.name): \(millions(part.parameterCount)) parameters in \(part.tensorCount) tensors, "
        + "\(part.elementCounts.keys.sorted().joined(separator: " and ")), "
        + "\(size(part.byteCount)), names of \(part.dialect)"
        + (part.areAverages ? ", moving averages" : ""),
      "    \(part.configuration)",
    ]
    if !part.otherPrefixes.isEmpty {
      let others = part.otherPrefixes.prefix(4).map { "\(plain($0))*" }.joined(separator: ", ")
      lines.append(
        "    taken from \(plain(part.prefix))*, not from \(others)"
          + (part.otherPrefixes.count > 4 ? ", ..." : ""))
    }
    for (what, names) in [
      ("missing", part.missing), ("of another shape", part.misshapen),
      ("not expected", part.unexpected), ("unreadable", part.unreadable),
      ("unreadable, but not needed", part.ignored),
    ] where !names.isEmpty {
      lines.append("    \(what): \(names.count)")
      lines += names.map { "      \(plain($0))" }
    }
    return lines
  }

  /// A name or a note from a file, fit for one line of a terminal.
  private static func plain(_ name: String) -> String {
    String(quoted(name, limit: 1000).dropFirst().dropLast())
  }

  private static func size(_ bytes: Int) -> String {
    bytes < 1_000_000
      ? String(format: "%.1f kB", Double(bytes) / 1e3)
      : String(format: "%.1f MB", Double(bytes) / 1e6)
  }

  private static func millions(_ count: Int) -> String {
    count < 100_000 ? "\(count)" : String(format: "%.2f M", Double(count) / 1e6)
  }
}
