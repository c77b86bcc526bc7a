import Layers
import Models
import Platform
import TensorCore

/// What loading a model took, part by part.
public struct LoadReport: Codable, Sendable {
  /// One part: from its mapped file to weights that are ready to be used.
  public struct Part: Codable, Sendable {
    public var name: String
    public var tensorCount: Int
    /// As safetensors calls them, sorted.
    public var storedTypes: [String]
    /// Of all elements in the files.
    public var storedByteCount: Int
    /// Of all weights in memory, packed ones with what fills up their last panels.
    public var heldByteCount: Int
    /// On the clock.
    public var milliseconds: Double
    /// Of all threads on a processor, of which reading with conversion and laying out for the
    /// kernels are the larger parts.
    public var processorMilliseconds: Double
    public var readMilliseconds: Double
    public var packMilliseconds: Double
  }

  /// Finding the files, mapping them, reading headers and configurations.
  public internal(set) var openMilliseconds = 0.0
  /// Reading the tokenizer's files, beside the text encoder's.
  public internal(set) var tokenizerMilliseconds = 0.0
  /// In the order of loading.
  public internal(set) var parts: [Part] = []
  /// Whether the model says how it is best asked.
  public internal(set) var hasOwnCard = false

  public init() {}

  public var storedByteCount: Int { parts.reduce(0) { $0 + $1.storedByteCount } }
  public var heldByteCount: Int { parts.reduce(0) { $0 + $1.heldByteCount } }

  /// Builds one part with `build` and lets its files go.
  ///
  /// - Returns: nil when there is no such part, or something is wrong with it, which is kept in
  ///   `errors`.
  mutating func load<Configuration: PartConfiguration, Model>(
    _ opened: inout OpenedPart<Configuration>?, errors: inout ErrorCollection,
    _ build: (Configuration, WeightOrigin) throws -> Model,
    parameters: (Model) -> ParameterList
  ) -> Model? {
    guard let part = opened.take() else { return nil }
    let start = ContinuousClock.now
    let processorStart = ProcessorClock.processSeconds
    let model = errors.collect(at: part.path) {
      try build(part.configuration, .stored(part.tensors))
    }
    guard let model else { return nil }
    let work = parameters(model).work
    parts.append(
      Part(
        name: Configuration.part.noun, tensorCount: part.tensors.tensorNames.count,
        storedTypes: part.tensors.elementTypes.map(\.rawValue).sorted(),
        storedByteCount: part.tensors.byteCount, heldByteCount: work.byteCount,
        milliseconds: Self.milliseconds(since: start),
        processorMilliseconds: (ProcessorClock.processSeconds - processorStart) * 1e3,
        readMilliseconds: work.readSeconds * 1e3, packMilliseconds: work.packSeconds * 1e3))
    return model
  }

  static func milliseconds(since start: ContinuousClock.Instant) -> Double {
    (ContinuousClock.now - start) / .milliseconds(1)
  }
}
