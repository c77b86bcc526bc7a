/// Which conditionings one sample loses, by one uniform number as InstructPix2Pix does: first text
/// alone, then both, then the picture alone.
package struct ConditioningDropout: Equatable {
  package let dropsText: Bool
  package let dropsPicture: Bool

  /// - Parameters:
  ///   - draw: uniform in [0, 1).
  ///   - text, both, picture: shares, together at most 1.
  package init(draw: Double, text: Double, both: Double, picture: Double) {
    dropsText = draw < text + both
    dropsPicture = draw >= text && draw < text + both + picture
  }
}
