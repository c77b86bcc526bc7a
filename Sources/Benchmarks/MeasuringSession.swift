import TensorCore

/// Measures named work whenever it is asked for, so that a caller can measure others in turns with it.
public final class MeasuringSession {
  /// What is known before anything is measured.
  public struct Opening: Codable, Sendable {
    public var machine: MachineDescription
    public var name: String
    /// Reading (or drawing) the weights and laying them out; 0 where that is part of the work.
    public var loadMilliseconds: Double
    /// All weights as they are held; 0 where they are not known yet.
    public var weightByteCount: Int
    /// What products are computed in, where parameters are trained.
    public var products: ProductPrecision?
  }

  public struct Measurement: Codable, Sendable {
    public var name: String
    public var milliseconds: Double
    /// By the textbook method.
    public var gigaflop: Double
    /// The most memory of the process so far, bytes; 0 where that is not known.
    public var peakResidentByteCount: Int
  }

  private struct Work {
    var body: () throws -> Void
    var gigaflop: Double
  }

  public let opening: Opening
  private let prepare: (String) throws -> () throws -> Void
  private var works: [String: Work] = [:]

  /// - Parameter prepare: makes the operands of the work of a name, or throws if there is none.
  init(_ opening: Opening, prepare: @escaping (String) throws -> () throws -> Void) {
    self.opening = opening
    self.prepare = prepare
  }

  /// Does the work once. The first time its operations are counted, too, and nothing is warm: a
  /// caller leaves that measurement out.
  public func measure(_ name: String) throws -> Measurement {
    let time: Double
    let gigaflop: Double
    if let work = works[name] {
      time = try Stopwatch.milliseconds(work.body).time
      gigaflop = work.gigaflop
    } else {
      let body = try prepare(name)
      let (profile, first) = try Stopwatch.milliseconds { try OperationProfile.record(body) }
      time = first
      gigaflop = OperationTable([profile.entries]).gigaflop
      works[name] = Work(body: body, gigaflop: gigaflop)
    }
    return Measurement(
      name: name, milliseconds: time, gigaflop: gigaflop,
      peakResidentByteCount: SystemFile.peakResidentByteCount)
  }
}
