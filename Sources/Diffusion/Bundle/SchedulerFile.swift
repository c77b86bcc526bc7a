import Foundation
import Models
import Platform

/// A `scheduler_config.json`: the process it describes and the sampler it asks for.
package struct SchedulerFile: Sendable {
  package let schedule: ScheduleConfiguration
  package let sampler: StatedSampler
  /// As it was written, which can say more than is read here.
  let text: Data

  /// - Throws: ``ReportableError`` (`badData`).
  init(json: Data) throws {
    schedule = try ScheduleConfiguration(json: json)
    sampler = try StatedSampler(json: json)
    text = json
  }

  /// - Throws: ``ReportableError`` naming `path`.
  package init(path: String) throws {
    do {
      try self.init(json: Data(try InputFile.bytes(at: path, maximumByteCount: 4 << 20)))
    } catch let error as ReportableError {
      throw error.at(path)
    }
  }
}

/// The configuration of a part with its text, from a file or a checkpoint's note.
struct StatedConfiguration<Configuration: PartConfiguration> {
  let value: Configuration
  /// Nil for a note.
  let path: String?
  /// As it was written, which can say more than is read here.
  let text: Data

  /// - Throws: ``ReportableError`` (`badData`).
  init(json: Data) throws {
    value = try Configuration(json: json)
    path = nil
    text = json
  }

  /// - Throws: ``ReportableError`` naming `path`.
  init(path: String) throws {
    do {
      text = Data(try InputFile.bytes(at: path, maximumByteCount: 4 << 20))
      value = try Configuration(json: text)
    } catch let error as ReportableError {
      throw error.at(path)
    }
    self.path = path
  }
}
