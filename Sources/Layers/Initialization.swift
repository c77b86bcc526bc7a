import TensorCore

/// How a parameter starts when nothing is loaded into it.
public enum Initialization: Hashable, Sendable {
  case zeros
  case ones
  /// Uniform in `-bound ... bound`.
  case uniform(bound: Double)
  /// Normal about zero.
  case normal(deviation: Double)

  /// PyTorch's default for the weight and the bias of a linear or convolution layer:
  /// uniform within `fanIn^-1/2`.
  public static func fanIn(_ fanIn: Int) -> Initialization {
    .uniform(bound: 1 / Double(max(fanIn, 1)).squareRoot())
  }

  /// Values of this rule. They depend on the seed and on the parameter's name only, so the order
  /// in which a model is built, or a new layer in it, changes no other parameter.
  func values(shape: Shape, seed: UInt64, name: String) -> Tensor {
    switch self {
    case .zeros: return Tensor.zeros(shape)
    case .ones: return Tensor.full(shape, 1)
    case .uniform(let bound):
      let width = 2 * bound * 0x1p-32
      return Self.drawn(shape, seed: seed, name: name, wordsPerValue: 1) { stream in
        Float((Double(stream.nextWord()) + 0.5) * width - bound)
      }
    case .normal(let deviation):
      return Self.drawn(shape, seed: seed, name: name, wordsPerValue: 2) { stream in
        Float(deviation * stream.normal())
      }
    }
  }

  /// Each range of values starts at its own place of the stream, so threads change nothing.
  private static func drawn(
    _ shape: Shape, seed: UInt64, name: String, wordsPerValue: Int,
    _ value: (inout RandomStream) -> Float
  ) -> Tensor {
    let number = fingerprint(of: name)
    return Tensor(shape: shape) { target in
      Parallel.forEachRange(target.count, grain: 4096) { range in
        var stream = RandomStream(
          seed: seed, stream: number, position: UInt64(range.lowerBound * wordsPerValue))
        for index in range { target[index] = value(&stream) }
      }
    }
  }

  /// FNV-1a, 64 bits: the same on every machine, unlike `Hasher`.
  static func fingerprint(of name: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
  }
}
