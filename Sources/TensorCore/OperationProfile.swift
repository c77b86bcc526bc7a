/// Time and arithmetic by operation and shape while one closure runs; elsewhere nothing is measured.
///
/// Times are exclusive: what an operation calls counts for the called operation. Only the driving
/// thread measures, so the time of the threads that help it is part of the operation's.
public final class OperationProfile: @unchecked Sendable {
  public enum Phase: String, Codable, Sendable {
    case forward, backward
  }

  /// The sum over all calls of one operation with operands of one shape in one phase.
  public struct Entry: Sendable {
    public let name: String
    /// Of the operands, in words; empty for operations that do not say.
    public let shape: String
    public let phase: Phase
    public internal(set) var callCount = 0
    public internal(set) var seconds = 0.0
    /// Time of all threads on a processor: tells the work even when others take the cores.
    public internal(set) var processorSeconds = 0.0
    /// Multiplications and additions of products, counted apart, as the textbook method needs them.
    public internal(set) var operationCount = 0.0
    /// Bytes of operands and results, each counted once.
    public internal(set) var byteCount = 0
  }

  private struct Key: Hashable {
    let name: String
    let shape: String
    let phase: Phase
  }

  private struct Frame {
    let name: String
    var shape = ""
    let phase: Phase
    var operationCount = 0.0
    var byteCount = 0
    var seconds = 0.0
    var processorSeconds = 0.0
  }

  /// An operation that is running; ``end()`` closes it.
  struct Span {
    fileprivate let profile: OperationProfile?

    func end() { profile?.close() }
  }

  @TaskLocal static var current: OperationProfile?

  private var totals: [Key: Entry] = [:]
  private var frames: [Frame] = []
  private var lastChange = ContinuousClock.now
  private var lastProcessorTime = ProcessorClock.processSeconds

  private init() {}

  /// Runs `body` and measures the operations in it.
  ///
  /// - Returns: its result, and the operations, the longest first.
  public static func record<R>(_ body: () throws -> R) rethrows -> (result: R, entries: [Entry]) {
    let profile = OperationProfile()
    let result = try $current.withValue(profile, operation: body)
    return (result, profile.totals.values.sorted { $0.seconds > $1.seconds })
  }

  /// Measures `body` as an operation called `name`.
  public static func measure<R>(_ name: StaticString, _ body: () throws -> R) rethrows -> R {
    let span = begin(name)
    defer { span.end() }
    return try body()
  }

  /// - Parameter phase: that of the operation around this one when nil.
  static func begin(_ name: StaticString, phase: Phase? = nil) -> Span {
    guard let profile = current else { return Span(profile: nil) }
    profile.open(name.description, phase)
    return Span(profile: profile)
  }

  /// A part of the running operation with a line of its own, `linear: weight gradient` for instance.
  static func beginPart(_ name: StaticString) -> Span {
    guard let profile = current else { return Span(profile: nil) }
    let owner = profile.frames.last
    profile.open((owner.map { $0.name + ": " } ?? "") + name.description, nil)
    profile.frames[profile.frames.count - 1].shape = owner?.shape ?? ""
    return Span(profile: profile)
  }

  /// Says what the running operation works on.
  ///
  /// - Parameter byteCount: of operands and results.
  static func describe(shape: @autoclosure () -> String, byteCount: @autoclosure () -> Int) {
    guard let profile = current, let last = profile.frames.indices.last else { return }
    profile.frames[last].shape = shape()
    profile.frames[last].byteCount = byteCount()
  }

  /// Adds to the arithmetic of the running operation.
  static func count(operations: @autoclosure () -> Double) {
    guard let profile = current, let last = profile.frames.indices.last else { return }
    profile.frames[last].operationCount += operations()
  }

  private func open(_ name: String, _ phase: Phase?) {
    lap()
    let owner = frames.last
    var frame = Frame(name: name, phase: phase ?? owner?.phase ?? .forward)
    // A call of itself works on the same.
    if let owner, owner.name == name { frame.shape = owner.shape }
    frames.append(frame)
  }

  private func close() {
    lap()
    guard let frame = frames.popLast() else { return }
    let key = Key(name: frame.name, shape: frame.shape, phase: frame.phase)
    var entry = totals[key] ?? Entry(name: frame.name, shape: frame.shape, phase: frame.phase)
    // An operation made of calls of itself is one call.
    if frames.last.map({ $0.name != frame.name || $0.phase != frame.phase }) ?? true {
      entry.callCount += 1
    }
    entry.seconds += frame.seconds
    entry.processorSeconds += frame.processorSeconds
    entry.operationCount += frame.operationCount
    entry.byteCount += frame.byteCount
    totals[key] = entry
  }

  /// Credits the time since the last change to the innermost running operation.
  private func lap() {
    let now = ContinuousClock.now
    let processorTime = ProcessorClock.processSeconds
    if let last = frames.indices.last {
      frames[last].seconds += (now - lastChange) / .seconds(1)
      frames[last].processorSeconds += processorTime - lastProcessorTime
    }
    lastChange = now
    lastProcessorTime = processorTime
  }
}
