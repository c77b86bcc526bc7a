import Imaging
import TensorCore

/// One random resize, crop and flip, drawn once and applied to a picture and its target alike.
package struct PairTransform: Sendable, Equatable {
  /// Both pictures are squashed to this side first.
  package let side: Int
  package let left: Int
  package let top: Int
  package let isMirrored: Bool
  /// The side of the result.
  package let crop: Int

  /// - Parameters:
  ///   - sides: range of the side before cropping; at least `crop`.
  ///   - flip: chance of a mirror image.
  package init(
    sides: ClosedRange<Int>, crop: Int, flip: Double, using stream: inout RandomStream
  ) {
    side = stream.integer(in: sides.lowerBound..<(sides.upperBound + 1))
    left = stream.integer(in: 0..<(side - crop + 1))
    top = stream.integer(in: 0..<(side - crop + 1))
    isMirrored = stream.uniform() < flip
    self.crop = crop
  }

  /// The transformed picture, `crop` pixels a side.
  package func callAsFunction(_ picture: Image) -> Image {
    var result =
      picture.width == side && picture.height == side
      ? picture : picture.resized(width: side, height: side, filter: .lanczos)
    if side != crop {
      result = result.cropped(x: left, y: top, width: crop, height: crop)
    }
    return isMirrored ? result.flippedHorizontally() : result
  }
}
