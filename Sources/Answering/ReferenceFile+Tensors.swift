import Platform
import Serialization
import TensorCore

/// Reading in the program's order of axes, and the measure of the difference.
extension ReferenceFile {
  /// Tensor `name`, `[N, T, C]` in the file and here.
  func rows(_ name: String) throws -> Tensor {
    Tensor(
      try tensors.floats(name, requireFinite: true), shape: Shape(try tensors.entry(name).shape))
  }

  /// Tensor `name`, `[N, C, H, W]` in the file, as `[N, H, W, C]`.
  func map(_ name: String) throws -> Tensor {
    let shape = try tensors.entry(name).shape
    require(shape.count == 4, "\(name) of shape \(shape) is no map")
    let (places, channels) = (shape[2] * shape[3], shape[1])
    let stored = try tensors.floats(name, requireFinite: true)
    return Tensor(shape: [shape[0], shape[2], shape[3], channels]) { target in
      for sample in 0..<shape[0] {
        let start = sample * places * channels
        for channel in 0..<channels {
          for place in 0..<places {
            target[start + place * channels + channel] = stored[start + channel * places + place]
          }
        }
      }
    }
  }

  /// Numbers that a network can be told as timesteps.
  func timesteps(_ name: String) throws -> [Double] {
    try tensors.floats(name, requireFinite: true).map { Double($0) }
  }

  /// ``relativeError(of:from:called:)`` from tensor `name`, a map when it has four axes.
  func relativeError(of ours: Tensor, from name: String) throws -> Double {
    let expected = ours.shape.rank == 4 ? try map(name) : try rows(name)
    return try relativeError(of: ours, from: expected, called: name)
  }

  /// The largest difference divided by the largest expected number; infinite when one of ours is not
  /// a number.
  ///
  /// - Throws: ``ReportableError`` (`badData`) when all of `expected` is zero.
  func relativeError(
    of ours: Tensor, from expected: Tensor, called name: String
  ) throws -> Double {
    require(ours.shape == expected.shape, "\(ours.shape) is compared with \(expected.shape)")
    return try ours.withFloats { ours in
      try expected.withFloats { expected in
        let scale = expected.reduce(0) { max($0, abs(Double($1))) }
        guard scale > 0 else {
          throw ReportableError(
            .badData, "tensor \(quoted(name)) is zero, which tells nothing; use other inputs",
            path: tensors.path)
        }
        var largest = 0.0
        for (a, b) in zip(ours, expected) {
          let difference = abs(Double(a) - Double(b))
          // Comparisons with NaN are false.
          largest = difference.isNaN ? .infinity : max(largest, difference)
          if largest == .infinity { break }
        }
        return largest / scale
      }
    }
  }
}
