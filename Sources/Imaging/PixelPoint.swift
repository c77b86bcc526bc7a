/// A pixel by its column and row.
public struct PixelPoint: Hashable, Sendable, Codable {
  /// The column, 0 at the left.
  public var x: Int
  /// The row, 0 at the top.
  public var y: Int

  /// The pixel in column `x`, row `y`.
  public init(_ x: Int, _ y: Int) {
    self.x = x
    self.y = y
  }

  /// Coordinates cut off towards zero, as builders of painted targets do with polygons and boxes;
  /// what is out of reach of any picture (or no number) is brought back to its edge.
  public init(truncating x: Double, _ y: Double) {
    self.init(Self.truncated(x), Self.truncated(y))
  }

  /// `value` without its fraction, within ±2^24.
  static func truncated(_ value: Double) -> Int {
    let limit = Double(1 << 24)
    return value.isNaN ? 0 : Int(min(max(value, -limit), limit))
  }

  /// Within ±2^24, so that fixed-point arithmetic can't overflow.
  var limited: PixelPoint {
    let limit = 1 << 24
    return PixelPoint(min(max(x, -limit), limit), min(max(y, -limit), limit))
  }
}
