import Imaging
import VisionTasks

/// Which cells of a coarse map the things of a data set cover, read off their painted masks.
package final class ThingCells {
  private let pictureSize: Int
  /// By the path of the mask, as they are without a mirror.
  private var known: [String: [Bool]] = [:]

  /// - Parameter pictureSize: side to which masks are squashed, like the pictures they belong to.
  package init(pictureSize: Int) { self.pictureSize = pictureSize }

  /// The covered cells of a map, row by row; none when there is no mask.
  ///
  /// - Parameters:
  ///   - maskPath: of a picture that is white where the thing is.
  ///   - height: of the map, in cells; always the same.
  package func covered(
    by maskPath: String?, height: Int, width: Int, isMirrored: Bool
  ) throws -> [Bool] {
    guard let maskPath else { return [Bool](repeating: false, count: height * width) }
    let cells = try cells(of: maskPath, height: height, width: width)
    guard isMirrored else { return cells }
    return cells.indices.map { cells[$0 / width * width + width - 1 - $0 % width] }
  }

  private func cells(of path: String, height: Int, width: Int) throws -> [Bool] {
    if let cells = known[path] { return cells }
    let mask = try PictureLoading.square(path, side: pictureSize)
    let cells = Self.covered(by: mask, height: height, width: width)
    known[path] = cells
    return cells
  }

  /// Cells of which the white covers a quarter, or as much as of any, when that is less.
  package static func covered(by mask: Image, height: Int, width: Int) -> [Bool] {
    let (cellHeight, cellWidth) = (mask.height / height, mask.width / width)
    let grey = mask.channelMean
    var coverage = [Float](repeating: 0, count: height * width)
    for y in 0..<(height * cellHeight) {
      for x in 0..<(width * cellWidth) {
        coverage[y / cellHeight * width + x / cellWidth] += grey.elements[y * mask.width + x]
      }
    }
    let most = coverage.max() ?? 0
    guard most > 0 else { return coverage.map { _ in false } }
    let enough = min(most, Float(255 * cellHeight * cellWidth) / 4)
    return coverage.map { $0 >= enough }
  }
}
