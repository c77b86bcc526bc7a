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

  /// No picture reaches as far; products of two such numbers and 2^16 still fit in an Int.
  static let reach = 1 << 20

  /// `value` without its fraction, within ``reach``.
  static func truncated(_ value: Double) -> Int {
    value.isNaN ? 0 : Int(min(max(value, -Double(reach)), Double(reach)))
  }

  /// Within ``reach``, so that fixed-point arithmetic can't overflow.
  var limited: PixelPoint {
    PixelPoint(min(max(x, -Self.reach), Self.reach), min(max(y, -Self.reach), Self.reach))
  }
}
