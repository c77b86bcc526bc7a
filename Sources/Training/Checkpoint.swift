import Foundation
import Layers
import Platform
import Serialization
import TensorCore

/// Where a training stage stands: everything besides tensors that the next step depends on.
public struct TrainingState: Codable, Equatable, Sendable {
  /// The stage's name, `autoencoder` or `denoiser`.
  public var stage: String
  /// Optimizer steps done.
  public var step: Int
  /// Moving-average updates done (differs from `step` when steps were skipped as not finite).
  public var updateCount: Int
  /// Examples drawn so far, by group.
  public var positions: [String: Int]
  /// The seed of the run; every random number follows from it and from `step`.
  public var seed: UInt64
  /// The configuration's fingerprint, to refuse a resume under other settings.
  public var fingerprint: String

  public init(
    stage: String, step: Int, updateCount: Int, positions: [String: Int], seed: UInt64,
    fingerprint: String
  ) {
    self.stage = stage
    self.step = step
    self.updateCount = updateCount
    self.positions = positions
    self.seed = seed
    self.fingerprint = fingerprint
  }

  /// Refuses a state of another stage or of another configuration.
  func check(stage: String, fingerprint: String, path: String) throws {
    guard self.stage == stage, self.fingerprint == fingerprint else {
      throw ReportableError(
        .badData, "was made with another configuration; resume with the one it was made with, "
          + "or choose another --output", path: path)
    }
  }
}

/// Saved states of one training stage, newest kept: folders `step-00001000` with raw weights,
/// moving averages, both optimizer moments and the state.
///
/// A folder is written under a temporary name, flushed, and renamed when whole; whatever stops the
/// program, the newest folder with a final name is complete.
public struct CheckpointFolder: Sendable {
  public let path: String
  /// How many of the newest checkpoints stay.
  public let keptCount: Int

  public init(path: String, keptCount: Int = 2) {
    self.path = path
    self.keptCount = max(1, keptCount)
  }

  private static let prefix = "step-"

  /// Steps of all complete checkpoints, ascending.
  public func steps() -> [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.compactMap { name in
      name.hasPrefix(Self.prefix) ? Int(name.dropFirst(Self.prefix.count)) : nil
    }.sorted()
  }

  func folder(step: Int) -> String { path + "/" + Self.prefix + String(format: "%08d", step) }

  /// Writes a checkpoint and removes those that are older than the kept ones.
  ///
  /// - Returns: its folder.
  @discardableResult
  public func save(
    _ state: TrainingState, parameters: ParameterList, optimizer: Optimizer
  ) throws -> String {
    let final = folder(step: state.step)
    let temporary = final + ".partial"
    let files = FileManager.default
    try? files.removeItem(atPath: temporary)
    do {
      try files.createDirectory(atPath: temporary, withIntermediateDirectories: true)
    } catch {
      throw ReportableError(
        .inputOutput, "can't be created; check the folder and free space", path: temporary,
        cause: error)
    }
    do {
      for (name, values) in [
        ("weights", parameters.parameters.map(\.value)), ("averages", optimizer.averages),
        ("first_moments", optimizer.firstMoments), ("second_moments", optimizer.secondMoments),
      ] {
        var writer = SafetensorsWriter()
        for (entry, value) in zip(parameters.entries, values) {
          // Stored in memory order: a checkpoint is for going on, not for exchange.
          writer.add(entry.name, shape: value.shape.dims, floats: value.floats)
        }
        try writer.write(to: "\(temporary)/\(name).safetensors")
      }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      try AtomicFile.write(encoder.encode(state), to: temporary + "/state.json")
    } catch {
      try? files.removeItem(atPath: temporary)
      throw error
    }
    try? files.removeItem(atPath: final)
    guard rename(temporary, final) == 0 else {
      throw ReportableError(.inputOutput, "can't be put in place", path: final)
    }
    for step in steps().dropLast(keptCount) where step != state.step {
      try? files.removeItem(atPath: folder(step: step))
    }
    return final
  }

  /// The state of checkpoint `step`.
  public func state(step: Int) throws -> TrainingState {
    let file = folder(step: step) + "/state.json"
    do {
      return try JSONDecoder().decode(
        TrainingState.self, from: Data(InputFile.bytes(at: file, maximumByteCount: 1 << 20)))
    } catch let error as DecodingError {
      throw ReportableError(.badData, "is not a training state", path: file, cause: error)
    }
  }

  /// Puts the tensors of checkpoint `step` into the parameters and the optimizer.
  public func restore(step: Int, parameters: ParameterList, optimizer: Optimizer) throws {
    let folder = folder(step: step)
    func read(_ name: String) throws -> [Tensor] {
      let file = try SafetensorsFile(path: "\(folder)/\(name).safetensors")
      return try parameters.entries.map { entry in
        let shape = entry.parameter.value.shape
        let stored = try file.entry(entry.name)
        guard stored.shape == shape.dims else {
          throw ReportableError(
            .badData, "\(entry.name) has shape \(stored.shape), the model needs \(shape); "
              + "resume with the configuration that made it", path: file.path)
        }
        return Tensor(try file.floats(entry.name), shape: shape)
      }
    }
    for (parameter, value) in zip(parameters.parameters, try read("weights")) {
      parameter.value = value
    }
    optimizer.averages = try read("averages")
    optimizer.firstMoments = try read("first_moments")
    optimizer.secondMoments = try read("second_moments")
    optimizer.restore(updateCount: try state(step: step).updateCount)
  }
}
