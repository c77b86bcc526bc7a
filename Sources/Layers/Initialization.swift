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

  /// `count` values. They depend on the seed and on the parameter's name only, so the order in
  /// which a model is built, or a new layer in it, changes no other parameter.
  func values(count: Int, seed: UInt64, name: String) -> [Float] {
    switch self {
    case .zeros: return [Float](repeating: 0, count: count)
    case .ones: return [Float](repeating: 1, count: count)
    case .uniform(let bound):
      var stream = RandomStream(seed: seed, stream: Self.fingerprint(of: name))
      let width = 2 * bound * 0x1p-32
      return (0..<count).map { _ in Float((Double(stream.nextWord()) + 0.5) * width - bound) }
    case .normal(let deviation):
      var stream = RandomStream(seed: seed, stream: Self.fingerprint(of: name))
      return (0..<count).map { _ in Float(deviation * stream.normal()) }
    }
  }

  /// FNV-1a, 64 bits: the same on every machine, unlike `Hasher`.
  static func fingerprint(of name: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
  }
}
