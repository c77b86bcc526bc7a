import TensorCore

/// What the matrix kernel reaches on a shape that suits it: the yardstick of everything else.
public enum PeakRate {
  /// - Returns: the best of a few runs.
  public static func gigaflopPerSecond() -> Double {
    let (rows, inputs, outputs) = (1536, 512, 512)
    var stream = RandomStream(seed: 3)
    let x = Tensor.normal([rows, inputs], using: &stream)
    let weight = PackedMatrix(Tensor.normal([outputs, inputs], using: &stream))
    let times = Spread.milliseconds(warmUp: 2, repeats: 12) {
      _ = x.linear(.packed(weight), bias: nil)
    }
    return 2e-6 * Double(rows * inputs * outputs) / times.minimum
  }
}
