import Foundation
import Layers
import Platform
import Serialization
import TensorCore

#if canImport(Glibc)
  import Glibc
#endif

/// Saved states of one training stage, newest kept: folders `step-00001000` with raw weights,
/// moving averages, both optimizer moments and the state.
///
/// A folder is written under a temporary name, flushed, and renamed when whole, and it is renamed
/// before it is removed; whatever stops the program, a folder with a final name is complete.
public struct CheckpointFolder: Sendable {
  public let path: String
  /// How many of the newest checkpoints stay.
  public let keptCount: Int

  public init(path: String, keptCount: Int = 2) {
    self.path = path
    self.keptCount = max(1, keptCount)
  }

  private static let prefix = "step-"
  private static let files = ["weights", "averages", "first_moments", "second_moments"]

  /// Steps of all complete checkpoints, ascending.
  public func steps() -> [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.compactMap { name in
      name.hasPrefix(Self.prefix) ? Int(name.dropFirst(Self.prefix.count)) : nil
    }.sorted()
  }

  /// Where the checkpoint of `step` is.
  public func folder(step: Int) -> String {
    path + "/" + Self.prefix + String(format: "%08d", step)
  }

  /// Writes a checkpoint and removes those that are older than the kept ones.
  ///
  /// - Throws: ``ReportableError`` (`inputOutput`) when the disk is full or can't be written; what
  ///   was there stays.
  public func save(
    _ state: TrainingState, parameters: ParameterList, optimizer: Optimizer
  ) throws {
    let final = folder(step: state.step)
    let temporary = final + ".partial"
    let files = FileManager.default
    try? files.removeItem(atPath: temporary)
    do {
      try OutputFolder.make(temporary)
      var state = state
      let tensors = [
        parameters.parameters.map(\.value), optimizer.averages, optimizer.firstMoments,
        optimizer.secondMoments,
      ]
      for (name, values) in zip(Self.files, tensors) {
        var writer = SafetensorsWriter()
        var digest = Fingerprint()
        for (entry, value) in zip(parameters.entries, values) {
          // Stored in memory order: a checkpoint is for going on, not for exchange.
          writer.add(entry.name, shape: value.shape.dims) { try value.withFloats($0) }
          digest.combine(value)
        }
        try writer.write(to: "\(temporary)/\(name).safetensors")
        state.digests[name] = digest.text
      }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      try AtomicFile.write(encoder.encode(state), to: temporary + "/state.json")
      try put(temporary, inPlace: final)
    } catch {
      try? files.removeItem(atPath: temporary)
      throw error
    }
    for step in steps().dropLast(keptCount) where step != state.step { remove(folder(step: step)) }
  }

  private func put(_ temporary: String, inPlace final: String) throws {
    // A run never comes by a step again that it has saved, so what stands here is not its own.
    remove(final)
    guard rename(temporary, final) == 0 else {
      throw ReportableError(
        .inputOutput, "can't be put in place: \(String(cString: strerror(errno)))", path: final)
    }
    flush()
  }

  /// Makes new names survive a power cut, where the file system can.
  private func flush() {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private func remove(_ old: String) {
    // A folder that is half removed must not look like a checkpoint.
    let condemned = old + ".old.partial"
    if rename(old, condemned) == 0 { try? FileManager.default.removeItem(atPath: condemned) }
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
  ///
  /// - Parameter expected: the state of the same stage at its beginning.
  /// - Throws: ``ReportableError`` when the checkpoint is damaged or of another configuration;
  ///   parameters and optimizer are untouched then.
  public func restore(
    step: Int, expecting expected: TrainingState, totalSteps: Int, parameters: ParameterList,
    optimizer: Optimizer
  ) throws -> TrainingState {
    let folder = folder(step: step)
    let state: TrainingState
    var tensors: [[Tensor]] = []
    do {
      state = try self.state(step: step)
      guard state.fingerprint != expected.fingerprint || state.step == step else {
        throw ReportableError(.badData, "is of step \(state.step)", path: folder)
      }
      if state.fingerprint == expected.fingerprint {
        tensors = try Self.files.map {
          try read("\(folder)/\($0).safetensors", like: parameters, digest: state.digests[$0])
        }
      }
    } catch let error as ReportableError {
      let earlier = steps().last { $0 < step }
      throw ReportableError(
        .badData,
        "is damaged (\(error)); remove this folder to go on from "
          + (earlier.map { "step \($0)" } ?? "the beginning of the stage"), path: folder)
    }
    try state.check(against: expected, totalSteps: totalSteps, path: folder)
    for (parameter, value) in zip(parameters.parameters, tensors[0]) { parameter.value = value }
    optimizer.restore(
      averages: tensors[1], firstMoments: tensors[2], secondMoments: tensors[3],
      updateCount: state.updateCount)
    return state
  }

  private func read(
    _ path: String, like parameters: ParameterList, digest: String?
  ) throws -> [Tensor] {
    let file = try SafetensorsFile(path: path)
    var found = Fingerprint()
    let tensors = try parameters.entries.map { entry in
      let shape = entry.parameter.value.shape
      let stored = try file.entry(entry.name)
      guard stored.shape == shape.dims else {
        throw ReportableError(
          .badData, "\(entry.name) has the shape \(stored.shape) instead of \(shape)", path: path)
      }
      let tensor = Tensor(try file.floats(entry.name), shape: shape)
      file.releasePages(of: entry.name)
      found.combine(tensor)
      return tensor
    }
    guard found.text == digest else {
      throw ReportableError(.badData, "holds other numbers than were written", path: path)
    }
    return tensors
  }
}
