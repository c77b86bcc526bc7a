import TensorCore

/// The text as the UNet's attentions read it: computed once for all steps of a run.
public struct TextContext: Sendable {
  /// Per attention in the order of computation, per transformer block of it.
  let entries: [[KeysAndValues]]
  /// How many samples it serves; the batch that it is used with.
  public let batch: Int
}

extension TextContext {
  /// The part of samples `samples`; shares storage.
  package subscript(samples samples: Range<Int>) -> TextContext {
    TextContext(
      entries: entries.map { entry in
        entry.map {
          KeysAndValues(keys: $0.keys[leading: samples], values: $0.values[leading: samples])
        }
      }, batch: samples.count)
  }
}
