#if canImport(Glibc)
  import Glibc
#endif

/// PyTorch's unit of normal numbers: 16 uniform ones of [0, 1) become 16 standard normal ones in
/// place. Elements `i` and `i + 8` are a pair, radius and angle before, cosine and sine part after.
///
/// - Source: pytorch 2.15 `ATen/native/cpu/DistributionTemplates.h`, `NormalFill16`: of its single
///   precision variants the one for AVX2. Golden: `torch-random.safetensors`.
enum BoxMullerBlock {
  static let count = 16
  private static let half = count / 2
  /// A full turn to nearest; `Float.pi` is rounded towards zero.
  private static let turn = Float(2 * Double.pi)

  static func transform(_ block: UnsafeMutableBufferPointer<Float>) {
    for index in 0..<half {
      let radius = (-2 * CephesFunctions.log(1 - block[index])).squareRoot()
      let (sine, cosine) = CephesFunctions.sineAndCosine(turn * block[index + half])
      // The reference adds the mean, which turns -0 into 0.
      block[index] = radius * cosine + 0
      block[index + half] = radius * sine + 0
    }
  }

  static func transform(_ block: UnsafeMutableBufferPointer<Double>) {
    for index in 0..<half {
      let radius = (-2 * log(1 - block[index])).squareRoot()
      let angle = 2 * Double.pi * block[index + half]
      block[index] = radius * cos(angle) + 0
      block[index + half] = radius * sin(angle) + 0
    }
  }
}
