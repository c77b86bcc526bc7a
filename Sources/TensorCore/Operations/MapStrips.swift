import Kernels
import Platform

extension Tensor {
  /// Rows `rows` of the map `[1, H, W, C]` of one sample; shares storage.
  public func mapRows(_ rows: Range<Int>) -> Tensor {
    require(
      shape.rank == 4 && shape[0] == 1, "rows are those of one sample's [1, H, W, C], not \(shape)")
    return reshaped([shape[1], shape[2], shape[3]])[leading: rows]
      .reshaped([1, rows.count, shape[2], shape[3]])
  }

  /// Strips `[1, rows, W, C]` put one below the other, copied unless there is only one. Not recorded.
  public static func joined(strips: [Tensor]) -> Tensor {
    if strips.count == 1 { return strips[0].detached() }
    let output = Tensor(uninitialized: shape(ofStrips: strips))
    let span = OperationProfile.begin("join")
    defer { span.end() }
    let width = output.shape[3]
    var offset = 0
    for strip in strips {
      Parallel.forEachRange(strip.shape[1] * strip.shape[2], grain: 64) { pixels in
        (output.mutableBase + offset + pixels.lowerBound * width).update(
          from: strip.base + pixels.lowerBound * width, count: pixels.count * width)
      }
      offset += strip.count
    }
    withExtendedLifetime(strips) {}
    return output
  }

  /// The shape of `strips` one below the other.
  static func shape(ofStrips strips: [Tensor]) -> Shape {
    guard let first = strips.first else {
      require(false, "a map has at least one strip")
      return [0]
    }
    require(
      strips.allSatisfy {
        $0.shape.rank == 4 && $0.shape[0] == 1 && $0.shape[2] == first.shape[2]
          && $0.shape[3] == first.shape[3]
      }, "strips \(strips.map(\.shape)) are not of one map")
    return [1, strips.reduce(0) { $0 + $1.shape[1] }, first.shape[2], first.shape[3]]
  }
}
