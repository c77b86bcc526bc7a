import Kernels
import TensorCore

/// What `--version` and the logs say about program and machine.
enum VersionText {
  static let version = "0.1.0"

  static var text: String { "instructcv \(version)\n\(machine)" }

  /// The instruction set that computes.
  static var kernels: String { KernelSelection.current.rawValue }

  static var machine: String {
    """
    kernels \(KernelSelection.current.rawValue) (available: \
    \(KernelSelection.available.map(\.rawValue).joined(separator: ", "))), \
    \(Parallel.threadCount) threads, CPU features: \
    \(ProcessorFeatures.current.names.joined(separator: " "))
    """
  }
}
