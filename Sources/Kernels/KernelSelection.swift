import KernelsBaseline

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
  import KernelsAVX512BF16
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// An instruction set that the kernels are compiled for, the fastest first.
public enum InstructionSet: String, CaseIterable, Sendable {
  /// x86-64-v4 with products of bf16 and of 8-bit integers (AVX512_BF16, AVX512_VNNI).
  case avx512bf16
  /// x86-64-v4: 512-bit vectors.
  case avx512
  /// x86-64-v3: 256-bit vectors with fused multiply-add.
  case avx2
  /// What every processor of the architecture has: SSE2 on x86-64, NEON on arm64.
  case baseline

  /// The processor features that the compiler takes for granted in this set's kernels.
  package var requiredFeatures: [String] {
    let avx2 = [
      "sse4_2", "movbe", "popcnt", "lzcnt", "bmi1", "bmi2", "avx", "f16c", "fma", "avx2",
    ]
    let avx512 = avx2 + ["avx512f", "avx512dq", "avx512cd", "avx512bw", "avx512vl"]
    return switch self {
    case .avx512bf16: avx512 + ["avx512_vnni", "avx512_bf16"]
    case .avx512: avx512
    case .avx2: avx2
    case .baseline: []
    }
  }

  /// Whether a processor with `features` can run this set's kernels, and this program has them.
  public func isAvailable(on features: ProcessorFeatures = .current) -> Bool {
    #if arch(x86_64)
      features.contains(all: requiredFeatures)
    #else
      self == .baseline
    #endif
  }

  /// This set's kernels, or nil where this machine can't run them.
  public var kernels: (any KernelSet)? {
    guard isAvailable() else { return nil }
    #if arch(x86_64)
      return switch self {
      case .avx512bf16: KernelsAVX512BF16.VectorKernels()
      case .avx512: KernelsAVX512.VectorKernels()
      case .avx2: KernelsAVX2.VectorKernels()
      case .baseline: KernelsBaseline.VectorKernels()
      }
    #else
      return KernelsBaseline.VectorKernels()
    #endif
  }
}

/// A request for kernels that can't be met.
public enum KernelSelectionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The value names no instruction set.
  case unknown(String)
  /// This machine can't run the set.
  case unavailable(InstructionSet)

  /// One line with the remedy.
  public var description: String {
    let choices = KernelSelection.available.map(\.rawValue).joined(separator: ", ")
    let problem =
      switch self {
      case .unknown(let value): "'\(value)' is not an instruction set"
      case .unavailable(let set): "this machine can't run the instruction set '\(set.rawValue)'"
      }
    return "\(KernelSelection.environmentName): \(problem); "
      + "use one of \(choices), or unset it for the fastest"
  }
}

/// The choice of kernels: one instruction set for the whole life of the process.
public enum KernelSelection {
  /// The environment variable that forces an instruction set by name.
  public static let environmentName = "INSTRUCTCV_ISA"

  /// The sets that this machine can run, the fastest first; never empty. One whose products of narrow
  /// numbers are wrong is left out.
  public static let available = InstructionSet.allCases.filter { set in
    guard set.isAvailable(), let kernels = set.kernels else { return false }
    return set == .baseline
      || WeightPrecision.allCases.allSatisfy {
        !kernels.prefersNarrowedProducts($0) || NarrowProductCheck.passes(kernels, $0)
      }
  }

  /// The set that `environment` asks for, or the fastest if it doesn't (or the value is empty).
  ///
  /// The process-wide ``kernels`` can't fail and use the fastest set when the request can't be met;
  /// a command calls this first and reports the error.
  public static func resolve(
    environment: [String: String]
  ) throws(KernelSelectionError) -> InstructionSet {
    try resolve(requested: environment[environmentName])
  }

  /// The set named `requested`, or the fastest for nil and for an empty name.
  public static func resolve(
    requested: String?
  ) throws(KernelSelectionError) -> InstructionSet {
    guard let requested, !requested.isEmpty else { return available.first ?? .baseline }
    guard let set = InstructionSet(rawValue: requested) else { throw .unknown(requested) }
    guard available.contains(set) else { throw .unavailable(set) }
    return set
  }

  /// The set in use.
  public static let current: InstructionSet = {
    let requested = getenv(environmentName).map { String(cString: $0) }
    return (try? resolve(requested: requested)) ?? available.first ?? .baseline
  }()
}

/// The kernels in use, of ``KernelSelection/current``.
public let kernels: any KernelSet =
  KernelSelection.current.kernels ?? KernelsBaseline.VectorKernels()
