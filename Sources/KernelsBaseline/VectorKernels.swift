import KernelInterface

/// The kernels as compiled for one instruction set. This folder is compiled once per set; the
/// kernels are extensions in files named after them.
public struct VectorKernels: KernelSet {
  /// The one value of its kind; it holds nothing.
  public init() {}

  /// The name of the instruction set that this compilation uses.
  public var name: String {
    #if KERNELS_AVX512BF16
      "avx512bf16"
    #elseif KERNELS_AVX512
      "avx512"
    #elseif KERNELS_AVX2
      "avx2"
    #else
      "baseline"
    #endif
  }
}
