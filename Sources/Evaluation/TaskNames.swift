import VisionTasks

extension Collection<TaskKind> {
  /// "classification, detection", for messages.
  package var names: String { map(\.rawValue).sorted().joined(separator: ", ") }
}
