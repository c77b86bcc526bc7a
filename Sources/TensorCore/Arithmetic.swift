import COpenBLAS
import Kernels

/// Which code computes: the same numbers, bit for bit, come from the same arithmetic alone.
package enum Arithmetic {
  /// As `avx2, OpenBLAS Zen`.
  package static let name: String = {
    let core = openblas_get_corename().map { String(cString: $0) } ?? "of an unknown kind"
    return "\(KernelSelection.current.rawValue), OpenBLAS \(core)"
  }()
}
