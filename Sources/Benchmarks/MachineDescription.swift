import Foundation
import Kernels
import TensorCore

/// The machine that numbers were measured on.
public struct MachineDescription: Codable, Sendable, Equatable {
  public var processor: String
  public var coreCount: Int
  public var features: [String]
  /// The instruction set that the kernels in use are compiled for.
  public var kernelSet: String
  public var threads: Int
  /// Mean number of running tasks of the last minute; what exceeds `threads` took time from us.
  public var loadAverage: Double

  /// The machine as it is now.
  public static func current() -> MachineDescription {
    MachineDescription(
      processor: SystemFile.value("model name", in: "/proc/cpuinfo") ?? "unknown processor",
      coreCount: Parallel.availableThreadCount, features: ProcessorFeatures.current.names,
      kernelSet: KernelSelection.current.rawValue, threads: Parallel.threadCount,
      loadAverage: SystemFile.text("/proc/loadavg").split(separator: " ").first.flatMap {
        Double($0)
      } ?? 0)
  }

  public var text: String {
    """
    \(processor), \(coreCount) cores; kernels \(kernelSet), \(threads) threads; \
    load \(String(format: "%.2f", loadAverage)); \(features.joined(separator: " "))
    """
  }
}

/// Files in which Linux tells about the machine and this process; nothing is known elsewhere.
enum SystemFile {
  static func text(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }

  /// The first value of `key` in lines of `key : value`.
  static func value(_ key: String, in path: String) -> String? { value(key, of: text(path)) }

  static func value(_ key: String, of text: String) -> String? {
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == key else { continue }
      return parts[1].trimmingCharacters(in: .whitespaces)
    }
    return nil
  }

  /// The most memory that this process has held since ``resetPeakResident()``, bytes; 0 where that
  /// is not known.
  static var peakResidentByteCount: Int { byteCount("VmHWM") }

  /// The memory that this process holds now, bytes; 0 where that is not known.
  static var residentByteCount: Int { byteCount("VmRSS") }

  /// Starts the peak anew at the current use, where the system can.
  static func resetPeakResident() {
    guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return }
    // Without the right to do so the peak is that of the whole process.
    try? file.write(contentsOf: Data("5".utf8))
    try? file.close()
  }

  private static func byteCount(_ key: String) -> Int {
    let field = value(key, in: "/proc/self/status") ?? ""
    return (field.split(separator: " ").first.flatMap { Int($0) } ?? 0) * 1024
  }
}
